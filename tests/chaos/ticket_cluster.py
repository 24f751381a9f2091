"""Gateways before the independent service Peyk, with a wire between them: logins, tickets and error containers."""

from __future__ import annotations

import itertools
import random
import re
import signal
import sqlite3
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.bench.service.delayed_network import delayed_network
from adapters.sandbox.cases import generate
from adapters.sandbox.cases.generator import REFUSED
from adapters.sandbox.verbs.demo_folder import SEED
from gateway.judiciary.courier import CREDENTIALS
from tests.acceptance.cases import Cases
from tests.acceptance.conftest import COMMAND, edit
from tests.examples import peyk
from tests.examples.installation import Installation, Service, lines, serving, write
from tests.relay import Relay

from .cluster import LATENCY, TIMES, Gateways
from .ledgers import Verdict
from .plan import Disturbance, Event, Plan
from .service_plan import LATE, ServiceDisturbance, faults_of
from .ticket_ledgers import UNKNOWN_KINDS, is_over, judged

PERCENT = 10
"""Share of further calls that go wrong by chance."""

TIMES_OF_SERVICE = [
    *("--receipt-delay", "2", "--legal-days", "1", "--day-seconds", "3", "--page-size", "5"),
    *("--token-minutes", "0.25", "--lock-after", "5", "--lock-seconds", "3"),
]
LOG = "service.log"
LATEST_TICKET = 6.0
"""Most seconds from a submission to its decision; each start of the service has its own."""

LATE_REQUEST = 1.0
"""Seconds by which each piece of a request arrives late: far less than a doubt needs to settle."""

PASSING: Sequence[object] = (
    {"end": "busy", "times": 10**6},
    {"end": "code", "code": -15},
    {"end": "internal", "acted": False},
    {"end": "code", "code": -77, "acted": False},
    {"end": "ticket-lost", "acted": False},
)
"""Ends that last as long as trouble does: nothing is served, and then the recipient is like any other one."""


_LOST_LETTERS = """
    SELECT reference FROM outbox
    WHERE state = 'IN_DOUBT' AND code = 'doubt.ticket-late' AND due_at IS NULL AND absences > 1
"""
"""Letters that had a ticket, and that the service does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lasting:
    """A disturbance: it goes on until its time is over and a call has ``met`` it."""

    kind: ServiceDisturbance
    until: float
    met: Callable[[], bool]


class _Cases(Cases):
    """The case database, whose rows end as the service's own book says."""

    def __init__(self, made: Installation, service: Callable[[], Service]) -> None:
        super().__init__(made.directory)
        self._made, self._service = made, service

    def at_their_end(self) -> bool:
        return is_over(self._made, self._service())


class TicketCluster(Gateways):
    """Everything of one run. ``server`` is the service's folder with its npm packages."""

    def __init__(self, directory: Path, plan: Plan, server: Path) -> None:
        super().__init__(directory, COMMAND)
        self._server, self._seed, self._dice = server, plan.seed, random.Random(plan.seed)
        self._lasting: list[_Lasting] = []
        self._peace = False
        self._starts = 0
        self._folder = directory / "service"
        self._folder.mkdir()
        self._running = ExitStack()
        self._relay = self._stack.enter_context(Relay(0))
        try:
            self._prepare(plan.notices)
        except BaseException:
            self.close()
            raise

    def _prepare(self, notices: int) -> None:
        self._steer()
        self._service = self._started()
        generate(self.directory / "cases.db", notices=notices, seed=SEED, small_documents=True)
        public = self._stack.enter_context(delayed_network(self._relay.port, LATENCY))
        url = f"https://127.0.0.1:{public}/peyk/exchange"
        through = replace(self._service, ready={**self._service.ready, "url": url})
        self._made = peyk.bound(self.directory, self.store, through, notices)
        for old, new in TIMES.items():
            edit(self.directory, old, new)
        self._people = self._recipients()
        self._give_ends(*PASSING)
        self.cases = _Cases(self._made, lambda: self._service)

    @property
    def is_disturbed(self) -> bool:
        return bool(self._lasting)

    def is_ready_for(self, event: Event) -> bool:
        """Let a process be killed only while there is a ticket, too."""
        return super().is_ready_for(event) and (event.disturbance is not Disturbance.KILL or "PENDING" in self.states())

    def disturb(self, event: Event) -> None:
        kind = ServiceDisturbance(event.disturbance)
        before = self._counts()
        met: dict[ServiceDisturbance, Callable[[], bool]] = {
            ServiceDisturbance.KILL: lambda: True,
            ServiceDisturbance.CUT: lambda: self._relay.cut() > 0,
            ServiceDisturbance.PASSWORD: self._is_refused,
            ServiceDisturbance.LOCKED: self._is_refused,
        }
        until = time.monotonic() + event.pause
        self._lasting.append(
            _Lasting(kind=kind, until=until, met=met.get(kind, lambda: self._counts()[kind] > before[kind]))
        )
        if kind is ServiceDisturbance.KILL:
            self._service.process.kill()
            self._service.process.wait()
        self._steer()

    def tick(self) -> None:
        over = [each for each in self._lasting if time.monotonic() >= each.until and each.met()]
        for each in over:
            self._lasting.remove(each)
        if over:
            self._steer()
        if not self._kinds[ServiceDisturbance.KILL] and (code := self._service.process.poll()) is not None:
            assert code == -signal.SIGKILL, f"the service ended by itself: {self._folder / LOG}"
            self._service = self._started()
        if self._peace:
            self._release()

    def judiciary_goes(self) -> None:
        self._lasting, self._peace = [], True
        self._steer()
        self._give_ends(*["viewed"] * len(PASSING))
        self._service = self._started()

    def awaits_faults(self) -> bool:
        return not all(self.faults().values()) and not self.cases.at_their_end()

    def faults(self) -> dict[str, int]:
        counts = dict.fromkeys(map(_name, faults_of(self._seed)), 0)
        for name in map(_name, self._played()):
            counts[name] = counts.get(name, 0) + 1
        return counts

    def verdict(self) -> Verdict:
        return judged(self._made, self._service)

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        self._running.close()
        super().close()

    @property
    def _kinds(self) -> Counter[ServiceDisturbance]:
        return Counter(each.kind for each in self._lasting)

    def _started(self) -> Service:
        """Start the service, or start it again, on its ledger; sessions and locks are forgotten."""
        self._running.close()
        self._starts += 1
        delay = f"{self._dice.uniform(2, LATEST_TICKET):.1f}"
        chance = [] if self._peace else ["--faults", f"{self._seed + self._starts}:{PERCENT}"]
        command = [*peyk.COMMAND, *TIMES_OF_SERVICE, "--ticket-delay", delay, *chance]
        log = self._running.enter_context((self._folder / LOG).open("a"))
        service = self._running.enter_context(serving(command, self._folder, cwd=self._server, stderr=log))
        port = urlsplit(service.ready["url"]).port
        assert port is not None
        self._relay.target = port
        return service

    def _steer(self) -> None:
        """Let the service and the wire do what the disturbances of this moment ask for."""
        kinds = self._kinds
        played = set() if self._peace else set(map(_name, self._played()))
        plan = [] if self._peace else [each for each in faults_of(self._seed) if _name(each) not in played]
        if kinds[ServiceDisturbance.PASSWORD]:
            plan.insert(0, {"fault": "session-lost"})
        if kinds[ServiceDisturbance.BUSY]:
            plan.insert(0, {"fault": "busy", "times": 10**6})
        write(self._folder, "faults.json", plan)
        password = {"password": "another"} if kinds[ServiceDisturbance.PASSWORD] else {}
        write(self._folder, "clients.json", peyk.clients(locked=kinds[ServiceDisturbance.LOCKED] > 0, **password))
        self._relay.silent = kinds[ServiceDisturbance.SILENCE] > 0
        self._relay.request_delay = LATE_REQUEST if kinds[ServiceDisturbance.LATE_REQUESTS] else 0
        self._relay.delay = LATE if kinds[ServiceDisturbance.LATE_ANSWERS] else 0

    def _recipients(self) -> list[str]:
        """Return those who are written as they are sent, and whose notices are all admitted, in an order by the seed.

        What is refused, or corrects another paper, may be so because of what became of that one.
        """
        query = """
            SELECT recipient_id, expected_state = ? OR revision > 1, kind IN (?, ?)
            FROM eblagh_notices JOIN sample_expectations USING (notice_id) WHERE recipient_id IS NOT NULL
        """
        with closing(sqlite3.connect(self.directory / "cases.db")) as cases:
            found = cases.execute(query, [REFUSED, *UNKNOWN_KINDS]).fetchall()
        left_out = {_digits(recipient) for recipient, is_bound, _ in found if is_bound}
        sent = {recipient for recipient, _, is_unknown in found if not is_unknown} - left_out
        people = sorted(each for each in sent if re.fullmatch("[0-9]{10,12}", each, re.ASCII))
        self._dice.shuffle(people)
        return people

    def _give_ends(self, *further: object) -> None:
        ends = [*peyk.LASTING, *further]
        assert len(self._people) >= len(ends), f"{len(self._people)} recipients for {len(ends)} ends"
        write(self._folder, "outcomes.json", dict(zip(self._people, itertools.cycle(ends), strict=False)))

    def _played(self) -> list[dict[str, Any]]:
        return lines(self._folder / "faults.jsonl")

    def _counts(self) -> dict[ServiceDisturbance, int]:
        """Count what has met the disturbances of these kinds."""
        return {
            ServiceDisturbance.SILENCE: self._relay.swallowed,
            ServiceDisturbance.LATE_REQUESTS: self._relay.late_requests,
            ServiceDisturbance.LATE_ANSWERS: self._relay.late_answers,
            ServiceDisturbance.BUSY: sum(line["fault"] == "busy" for line in self._played()),
        }

    def _is_refused(self) -> bool:
        """Return True if the gateways' circuit breaker says that our credentials are refused."""
        return (CREDENTIALS,) in self._ask("SELECT code FROM endpoint")

    def _release(self) -> None:
        """Let held notices go on, as the person does who mended what the service refused; send lost letters again."""
        held = [reference for (reference,) in self._ask("SELECT reference FROM outbox WHERE held")]
        if held:
            self._made.run(f"queue release {' '.join(held)} --reason mended", 0, 1)
        lost = [reference for (reference,) in self._ask(_LOST_LETTERS)]
        if lost:
            self._made.run(f"queue decide {' '.join(lost)} --as queued --reason lost", 0, 1)


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdigit())


def _name(fault: Mapping[str, Any]) -> str:
    return f"{fault['operation']} {fault['fault']}"
