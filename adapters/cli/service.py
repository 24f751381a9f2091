"""The service: passes on their schedules, health and metrics beside them, until a signal ends or renews it.

SIGTERM and SIGINT let batches under way finish, and a second one ends the process at once. SIGHUP reads the
configuration anew: a bad one is refused and changes nothing.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog

from adapters.cli.console import FINDING
from adapters.cli.logs import log_to
from adapters.cli.unfinished import tell_unfinished
from adapters.crypto.certificate import Certificate, assert_valid_now
from adapters.municipal.rest.application import MAX_BODY_BYTES
from adapters.resources import version
from adapters.schedule.alarms import Alarms
from adapters.schedule.gate import Gate
from adapters.schedule.loops import STILL_SECONDS, Loops
from adapters.schedule.task import Task
from adapters.settings import ServiceSection, assert_changeable
from adapters.tasks import intervals, tasks
from adapters.web.application import Application
from adapters.web.facts import Facts, Readings
from adapters.web.metrics import ServiceCollector, registry_of
from adapters.web.server import WebServer
from adapters.wiring import Installation
from gateway.clock import system_clock
from gateway.errors import GatewayError
from gateway.journal import Journal
from gateway.pushing import PushTally
from gateway.store import Store

WEB, PUSH = "web", "push"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a configuration file makes: all of it can be had, or none is in force."""

    installation: Installation
    tasks: Sequence[Task]
    certificates: Mapping[str, Certificate]

    @classmethod
    def of(cls, config: Path, roles: Collection[str], before: Installation | None = None) -> Parts:
        """Read ``config``, and load every key and certificate that ``roles`` need. What shall take the place of an
        installation ``before`` must be fit for work, too. Raises `GatewayError`, and whatever it raises,
        leaves nothing open then."""
        installation = Installation.of(config)
        try:
            parts = cls(
                installation=installation,
                tasks=tasks(installation, roles),
                certificates={use: load() for use, load in installation.certificates().items()},
            )
            if before is not None:
                assert_changeable(config, before.settings, installation.settings)
                for use, certificate in parts.certificates.items():
                    # A partner's old certificate stands beside its new one for a while.
                    if not use.startswith(("judiciary", "source")):
                        assert_valid_now(certificate, system_clock())
            log_to(installation.settings.log, installation.base)
        except BaseException:
            installation.close()
            raise
        return parts


class Service:
    """One process of the service, in the main thread of which `run` is called."""

    def __init__(self, config: Path, roles: Collection[str], listen: str | None) -> None:
        """``listen`` stands in place of the configuration's. Raises `GatewayError` for what cannot be begun."""
        self._config, self._roles = config, roles
        self._ending = False
        # A signal that comes just before a wait begins would not end it; what the interpreter writes here at once does.
        self._signals, wakeup = socket.socketpair()
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.detach())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._started_at = system_clock()
        self._refused: GatewayError | None = None
        self._front: WSGIApplication | None = None
        self._reloads = Counter(good=0, refused=0)
        self._journal, self._tally = Journal(system_clock), PushTally()
        self._parts = Parts.of(config, roles)
        self._gate = Gate(self._store, system_clock, self._parts.installation.settings.gateway.name)
        self._loops = self._scheduled()
        self._web = self._served(listen or self._settings.listen) if WEB in roles else None
        self._push = self._listening() if PUSH in roles and self._parts.installation.sources.pushed else None

    def run(self) -> int:
        """Serve until a signal says otherwise; return the exit code."""
        self._loops.start()
        for server in self._servers:
            server.start()
        url, push = (server.url if server is not None else None for server in (self._web, self._push))
        _log.info("service began", version=version(), roles=list(self._roles), url=url, push=push)
        while self._next_signal() == signal.SIGHUP:
            self._reload()
        return self._end()

    def _next_signal(self) -> int:
        """Wait for a signal, and see meanwhile that the schedule moves: nothing in it can say that it does not."""
        self._signals.settimeout(STILL_SECONDS / 2)
        while True:
            try:
                return self._signals.recv(1)[0]
            except TimeoutError:
                if not self._loops.moves:
                    still = GatewayError("service.still")
                    self._journal.met(still)
                    _log.error(
                        "schedule stood still", code=still.code, meaning=still.entry.en, remedy=still.entry.remedy
                    )
                    self._loops.wake()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """May come between any two steps of the main thread, so it takes no lock."""
        if number != signal.SIGHUP:
            if self._ending:
                os._exit(FINDING)
            self._ending = True

    def _reload(self) -> None:
        """Put the configuration file as it is now in force, or say why not."""
        before = self._parts.installation
        try:
            new = Parts.of(self._config, self._roles, before)
            front = self._front_of(new)
        except GatewayError as error:
            self._refuse(error)
            return
        except Exception as error:
            # What nobody foresaw would end the service, and a file that is wrong is no reason for that.
            _log.error("reload broken", exc_info=error)
            self._refuse(GatewayError("config.broken", where=str(self._config), detail=type(error).__name__))
            return
        self._loops.stop()
        while self._loops.wait(0.2):
            if self._ending:
                new.installation.close()
                return
        self._loops.close()
        self._parts, self._refused, self._front = new, None, front
        self._reloads["good"] += 1
        self._loops = self._scheduled()
        self._loops.start()
        before.close()
        # Bindings and schemas refer to themselves and are large: nobody would miss them before months have passed.
        del before
        gc.collect()
        _log.info("configuration reloaded")

    def _refuse(self, error: GatewayError) -> None:
        self._refused = error
        self._reloads["refused"] += 1
        self._journal.met(error)
        _log.error(
            "reload refused; the configuration before it stays in force",
            code=error.code,
            where=error.where,
            detail=error.detail,
            who_must_act=error.entry.actor.value,
            remedy=error.entry.remedy,
        )

    @property
    def _settings(self) -> ServiceSection:
        return self._parts.installation.settings.service

    def _scheduled(self) -> Loops:
        installation = self._parts.installation
        self._alarms = Alarms(self._journal, self._settings.alarm_after_seconds, self._other_alarms)
        return Loops(
            self._parts.tasks,
            intervals(installation),
            duties=installation.duties(),
            leave=self._gate,
            journal=self._journal,
            beat=self._beat,
        )

    def _beat(self) -> None:
        jumped = self._parts.installation.timekeeper.jumped()
        if jumped is not None:
            self._journal.met(jumped)
            _log.error("the clock was set", code=jumped.code, detail=jumped.detail, remedy=jumped.entry.remedy)
        self._alarms.look()

    def _other_alarms(self) -> dict[str, GatewayError]:
        installation = self._parts.installation
        off = installation.timekeeper.off()
        return ({"clock": off} if off else {}) | installation.proof_gate.alarms()

    def _served(self, listen: str) -> WebServer:
        readings = Readings(self._store, system_clock)
        registry = registry_of(ServiceCollector(self._facts, readings.last, system_clock))
        return WebServer(Application(self._facts, readings.last, registry, system_clock), listen)

    @property
    def _servers(self) -> list[WebServer]:
        return [server for server in (self._web, self._push) if server is not None]

    def _listening(self) -> WebServer:
        """The server that rows are pushed to; it has its address before it has an application, which names it."""
        server = WebServer(self._to_front, self._parts.installation.settings.push.listen, MAX_BODY_BYTES)
        self._front = self._parts.installation.front(server.url, self._tally)
        return server

    def _front_of(self, parts: Parts) -> WSGIApplication | None:
        """Return what a new configuration makes of the same server, whose parts are closed where it makes nothing."""
        try:
            if self._push is not None:
                return parts.installation.front(self._push.url, self._tally)
            if PUSH in self._roles and parts.installation.sources.pushed:
                detail = "the first source that rows are pushed to"
                raise GatewayError("config.restart", where=str(self._config), detail=detail)
            return None
        except BaseException:
            parts.installation.close()
            raise

    def _to_front(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """To the application of the configuration that is in force."""
        assert self._front is not None
        return self._front(environ, start_response)

    def _store(self) -> Store:
        return self._parts.installation.store()

    def _facts(self) -> Facts:
        installation = self._parts.installation
        return Facts(
            version=version(),
            roles=tuple(self._roles),
            started_at=self._started_at,
            moves=self._loops.moves,
            ending=self._ending,
            records=self._journal.records(),
            alarms=self._journal.alarms(self._alarms.after),
            errors=self._journal.errors(),
            reloads=dict(self._reloads),
            certificates={name: certificate.not_after for name, certificate in self._parts.certificates.items()},
            refused=self._refused,
            offsets=self._parts.installation.timekeeper.offsets(),
            clock_off=self._parts.installation.timekeeper.off(),
            destination=installation.settings.judiciary.destination,
            manners=installation.policies.manners(installation.profiles.known.profile),
            proof=installation.policies.proof(),
            lists=installation.revocation.ends(),
            pushed=self._tally.rows(),
            pushes_refused=self._tally.refusals(),
        )

    def _end(self) -> int:
        """Let what is under way finish, for as long as the configuration allows; return the exit code."""
        bound = self._settings.stop_seconds.total_seconds()
        _log.info("service ends; batches under way are finished", seconds_at_most=bound)
        self._loops.stop()
        until = time.monotonic() + bound
        # In short waits, between which another signal is heard.
        while (running := self._loops.wait(0.5)) and time.monotonic() < until:
            pass
        if running:
            # Threads that do not end would keep the interpreter from ending; and so might the database, asked for this.
            telling = threading.Thread(target=tell_unfinished, args=(self._parts.installation, running), daemon=True)
            telling.start()
            telling.join(timeout=5)
            os._exit(FINDING)
        self._loops.close()
        for server in self._servers:
            server.close()
        self._parts.installation.close()
        _log.info("service ended")
        return 0
