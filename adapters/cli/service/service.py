"""The service: passes on their schedules, health and metrics beside them, until a signal ends or renews it.

SIGTERM and SIGINT let current batches finish, and a second one ends the process at once. SIGHUP reads the configuration
anew: a bad one is refused and changes nothing.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from adapters.acts.account import account_of
from adapters.acts.act_message import Request, reply_of
from adapters.acts.act_server import ActServer
from adapters.acts.registry import perform
from adapters.cli.service.listening import LISTENERS, Listening
from adapters.cli.service.parent import end_with_standard_input
from adapters.cli.service.service_parts import Parts
from adapters.cli.service.unfinished import tell_unfinished
from adapters.composition.console.stored_alarms import affirm_alarms
from adapters.composition.pass_gates import SIGNING
from adapters.composition.passes.heartbeat_parts import beat_of
from adapters.composition.passes.shared_policies import endpoint_policy, proof_policy
from adapters.composition.revocation_checks import list_ends
from adapters.composition.tasks import intervals
from adapters.http.http_service import HttpService
from adapters.schedule.alarms import Alarms
from adapters.schedule.heartbeat import Heartbeat
from adapters.schedule.loops import STILL_SECONDS, Loops
from adapters.schedule.service_gate import ServiceGate
from adapters.settings import ServiceSection
from adapters.shipped.resources import version
from adapters.storage.engine.disk import no_spare_files
from adapters.terminal.printing import FINDING, console
from adapters.web.application import Application
from adapters.web.facts import Facts, Readings
from adapters.web.listener_watch import ListenerWatch
from adapters.web.metrics import ServiceCollector, registry_of
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally
from gateway.judiciary.pass_statistics import PassStats
from gateway.operations.operator_action import BY_KERNEL
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.store.store import Store

WEB = "web"
MEASURED: Final = frozenset({"dispatch", "receipts"})
"""Roles without which no notice is sent and no receipt read: only processes with one of them count as running."""

_log = structlog.get_logger(__name__)


class Service:
    """One process of the service, in the main thread of which `run` is called."""

    def __init__(
        self, config: Path, roles: Collection[str], listen: str | None, *, takes_acts: bool = True, parent: bool = False
    ) -> None:
        """Make the service; ``listen`` overrides the configuration's.

        One process of several with a ``parent`` takes acts, the others send them nowhere. Raises `GatewayError` if a
        part cannot be made.
        """
        self._config, self._roles, self._takes_acts, self._parent = config, roles, takes_acts, parent
        self._ending = False
        # A signal just before a wait would not end it; the octet that the interpreter writes here at once does.
        self._signals, wakeup = socket.socketpair()
        wakeup.setblocking(False)
        signal.set_wakeup_fd(wakeup.detach())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._started_at = system_clock()
        self._refused: GatewayError | None = None
        self._acts_refused = ""
        self._reloads = Counter(good=0, refused=0)
        self._pass_stats, self._tally = PassStats(system_clock), PushTally()
        self._parts = Parts.of(config, roles)
        self._acts = ActServer(self._parts.installation.socket, self._settings.socket_group, self._act)
        name = self._parts.installation.settings.gateway.name
        self._gate = ServiceGate(self._store, system_clock, name, assert_clock=self._assert_clock)
        self._loops = self._scheduled()
        owner = self._parts.installation.owner
        self._heartbeat = Heartbeat(
            lambda: beat_of(self._parts.installation),
            owner,
            self._pass_stats,
            system_clock,
            self._affirm_alarms,
            measured=not MEASURED.isdisjoint(roles),
        )
        self._web = self._served(listen or self._settings.listen) if WEB in roles else None
        self._listening = {
            role: Listening(kind, self._parts.installation, self._tally)
            for role, kind in LISTENERS.items()
            if role in roles and kind.wanted(self._parts.installation)
        }

        self._watch = ListenerWatch(self._urls())

    def run(self) -> int:
        """Serve until a signal ends it; return the exit code."""
        if self._parent:
            threading.Thread(target=end_with_standard_input, name="parent", daemon=True).start()
        self._record_configuration()
        self._take_acts()
        self._loops.start()
        for server in self._servers:
            server.start()
        self._heartbeat.start()
        self._watch.start()
        url = None if self._web is None else self._web.url
        fronts = {role: each.server.url for role, each in self._listening.items()}
        _log.info(
            "service began", version=version(), roles=list(self._roles), url=url, **dict.fromkeys(LISTENERS) | fronts
        )
        self._tell_where(url, fronts)
        while self._next_signal() == signal.SIGHUP:
            self._reload()
        return self._end()

    def _tell_where(self, url: str | None, fronts: Mapping[str, str]) -> None:
        """Print the listening addresses and the log's place for a person at a terminal; a log is for programs."""
        file = self._parts.installation.settings.log.file
        log = "standard error" if file is None else str(self._parts.installation.base / file)
        listens = {"health and metrics": url, **fronts}
        told = [f"{what}: {where}" for what, where in listens.items() if where is not None]
        told = told or ["nowhere: no role of this process listens"]
        console.print(f"serving {', '.join(self._roles)}", markup=False, soft_wrap=True)
        console.print(f"listens at {'; '.join(told)}", markup=False, soft_wrap=True)
        console.print(f"logs to {log}; Ctrl-C or SIGTERM ends it, SIGHUP reloads", markup=False, soft_wrap=True)

    def _next_signal(self) -> int:
        """Wait for a signal, and check meanwhile that the schedule moves: a stuck one cannot report it."""
        self._signals.settimeout(STILL_SECONDS / 2)
        while True:
            try:
                return self._signals.recv(1)[0]
            except TimeoutError:
                if not self._loops.moves:
                    still = GatewayError("service.still")
                    self._pass_stats.met(still)
                    _log.error(
                        "schedule stood still", code=still.code, meaning=still.entry.en, remedy=still.entry.remedy
                    )
                    self._loops.wake()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """Note a signal. It may come between any two steps of the main thread, so this takes no lock."""
        if number != signal.SIGHUP:
            # A supervisor may signal parent and children alike, which is no second wish to end.
            if self._ending and not self._parent:
                os._exit(FINDING)
            self._ending = True

    def _reload(self) -> None:
        """Put the present configuration file in force, or log the reason of a refusal."""
        before = self._parts.installation
        try:
            new = Parts.of(self._config, self._roles, before)
            fronts = self._cleared_way(new)
        except GatewayError as error:
            self._refuse(error)
            return
        except Exception as error:
            # An unforeseen error would end the service, and a wrong file is no reason for that.
            _log.error("reload broken", exc_info=error)
            self._refuse(GatewayError("config.broken", where=str(self._config), detail=words_of(error)))
            return
        if fronts is None:
            return
        self._loops.close()
        self._parts, self._refused = new, None
        for role, front in fronts.items():
            self._listening[role].server.service = front
        self._reloads["good"] += 1
        self._record_configuration()
        self._loops = self._scheduled()
        self._loops.start()
        before.close()
        # Bindings and schemas are circular and large: without this they would stay in memory for months.
        del before
        gc.collect()
        _log.info("configuration reloaded")

    def _cleared_way(self, new: Parts) -> Mapping[str, HttpService] | None:
        """Return the services of ``new`` for the same servers once no pass runs, and log by its settings.

        None if the service ends meanwhile. After an error, and after None, the parts of ``new`` are closed; after an
        error passes go on as before. Raises `GatewayError` ``pass.stuck`` for passes that do not end within
        ``stop_seconds``.
        """
        bound = self._settings.stop_seconds.total_seconds()
        try:
            fronts = self._fronts_of(new)
            self._loops.stop()
            until = time.monotonic() + bound
            while running := self._loops.wait(0.2):
                if self._ending:
                    new.installation.close()
                    return None
                if time.monotonic() >= until:
                    detail = f"not ended within {bound:.0f} s; reload once it has"
                    raise GatewayError("pass.stuck", where=", ".join(running), detail=detail)
            new.log()  # last: a refused reload leaves the log where it is
        except BaseException:
            new.installation.close()
            self._loops.go_on()
            raise
        return fronts

    def _record_configuration(self) -> None:
        """Record the configuration even if no pass runs here: a listener trusts by it, too.

        Passes do it before their first batch, once the time of the record is right.
        """
        if not SIGNING.isdisjoint(self._roles):
            return
        try:
            self._parts.installation.record_configuration()
        except GatewayError as error:
            self._pass_stats.met(error)
            _log.error("configuration not recorded", code=error.code, detail=error.detail, remedy=error.entry.remedy)

    def _assert_clock(self) -> None:
        self._parts.gates.clock.assert_trusted()

    def _take_acts(self) -> None:
        if not self._takes_acts:
            return
        try:
            self._acts.serve()
        except GatewayError as error:
            if str(error) != self._acts_refused:  # it is tried with each beat
                self._pass_stats.met(error)
                _log.error("no acts by the socket", code=error.code, where=error.where, detail=error.detail)
            self._acts_refused = str(error)

    def _act(self, octets: bytes, user: int) -> bytes:
        """Do the act of a caller of the socket, in parts of its own: a reload in between closes none of them."""
        try:
            with closing(self._parts.installation.again()) as installation:
                request = Request.of(octets)
                facts = perform(installation, request, account_of(user), BY_KERNEL)
        except GatewayError as error:
            _log.warning("act refused", code=error.code)
            return reply_of(error)
        except Exception as error:
            _log.error("act broken", exc_info=error)
            return reply_of(GatewayError("act.broken", detail=words_of(error)))
        _log.info("act done", act=request.name)
        return reply_of(facts)

    def _refuse(self, error: GatewayError) -> None:
        self._refused = error
        self._reloads["refused"] += 1
        self._pass_stats.met(error)
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
        self._alarms = Alarms(self._pass_stats, self._settings.alarm_after_seconds, self._other_alarms)
        return Loops(
            self._parts.tasks,
            intervals(installation),
            locks=installation.locks(),
            may_continue=self._gate,
            pass_stats=self._pass_stats,
            beat=self._beat,
        )

    def _beat(self) -> None:
        jumped = self._parts.installation.timekeeper.jumped()
        if jumped is not None:
            self._pass_stats.met(jumped)
            _log.error("the clock was set", code=jumped.code, detail=jumped.detail, remedy=jumped.entry.remedy)
        if (spent := no_spare_files()) is not None:
            self._pass_stats.met(spent)
        self._alarms.look()
        self._take_acts()

    def _affirm_alarms(self) -> None:
        """Record the present alarms: `status` shows them, and the pass ``mail`` of any process tells people of them."""
        found = {"configuration": self._refused, "locks": self._pass_stats.without_lock}
        present = {**self._alarms.present, **{name: error for name, error in found.items() if error is not None}}
        affirm_alarms(self._parts.installation, present, system_clock())

    def _other_alarms(self) -> dict[str, GatewayError]:
        gates = self._parts.gates
        ours = {"clock": gates.clock.trouble(), "machine": self._pass_stats.exhausted}
        silent = {f"listener:{name}": error for name, error in self._watch.late().items()}
        told = {name: error for name, error in ours.items() if error}
        return told | silent | gates.proof.alarms()

    def _served(self, listen: str) -> WebServer:
        readings = Readings(self._store, system_clock)
        registry = registry_of(ServiceCollector(self._facts, readings.last, system_clock))
        server = WebServer(listen)
        server.service = Application(self._facts, readings.last, registry, system_clock)
        return server

    @property
    def _servers(self) -> list[WebServer]:
        fronts = [each.server for each in self._listening.values()]
        return fronts if self._web is None else [self._web, *fronts]

    def _urls(self) -> dict[str, str]:
        """Addresses at which this process listens, by role."""
        web = {} if self._web is None else {WEB: self._web.url}
        return web | {role: each.server.url for role, each in self._listening.items()}

    def _fronts_of(self, parts: Parts) -> dict[str, HttpService]:
        """Return a new configuration's services for the same servers."""
        for role, kind in LISTENERS.items():
            # A listener that is not wanted any more leaves a server that answers "not found".
            if role in self._roles and kind.wanted(parts.installation) and role not in self._listening:
                raise GatewayError("config.restart", where=str(self._config), detail=kind.change)
        return {role: each.router_of(parts.installation) for role, each in self._listening.items()}

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
            records=self._pass_stats.records(),
            alarms=self._pass_stats.alarms(self._alarms.after),
            errors=self._pass_stats.errors(),
            without_lock=self._pass_stats.without_lock,
            exhausted=self._pass_stats.exhausted,
            reloads=dict(self._reloads),
            certificates={name: certificate.not_after for name, certificate in self._parts.certificates.items()},
            refused=self._refused,
            offsets=self._parts.installation.timekeeper.offsets(),
            clock_off=self._parts.gates.clock.trouble(),
            destination=installation.settings.judiciary.destination,
            endpoint_policy=endpoint_policy(installation, installation.known_judiciary.profile),
            proof=proof_policy(installation.settings),
            lists=list_ends(installation),
            pushed=self._tally.rows(),
            pushes_refused=self._tally.refusals(),
            silent=self._watch.late(),
        )

    def _end(self) -> int:
        """Let current batches finish, for as long as the configuration allows; return the exit code."""
        bound = self._settings.stop_seconds.total_seconds()
        _log.info("service ends; batches under way are finished", seconds_at_most=bound)
        self._loops.stop()
        until = time.monotonic() + bound
        # In short waits, between which another signal is seen.
        while (running := self._loops.wait(0.5)) and time.monotonic() < until:
            pass
        if running:
            # Threads that do not end would keep the interpreter from ending; and so might the database, asked for this.
            telling = threading.Thread(target=tell_unfinished, args=(self._parts.installation, running), daemon=True)
            telling.start()
            telling.join(timeout=5)
            os._exit(FINDING)
        self._loops.close()
        self._acts.close()
        self._watch.close()
        for server in self._servers:
            server.close()
        self._heartbeat.close()
        self._parts.installation.close()
        _log.info("service ended")
        return 0
