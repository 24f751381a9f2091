"""The world of a run: everything that is there once, and what strikes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from adapters.http.client import HttpAnswer
from gateway.judiciary.courier import CallFailed
from gateway.runtime.errors import GatewayError

from ..coverage import Coverage
from ..judiciary.network import Network
from ..judiciary.service import Judiciary
from ..plan import DAY, FAULTS_END, HOUR, LASTING, MISTAKEN, ODD_RECEIPTS, ONE_GATEWAY, Fault, Plan, PlannedNotice
from ..process import Crash, Process
from ..scheduler import Scheduler
from ..trace import Trace
from .archive import ArchiveStorage, WitnessStorage
from .cases import CaseDatabase, fields_of
from .machine import MachineClock
from .person import SETTLE, Person
from .rests import Rests
from .rows_after_restore import RowsAfterRestore
from .stalls import KIND as STALLED
from .stalls import Stalls
from .strikes import POWER_FAILURE, STRIKES, concerned, is_work

if TYPE_CHECKING:
    from ..invariants.checks import Checks

SLOW: Final = (90.0, 400.0, HOUR)
"""Seconds that a call of a slow store may take: less and more than a lease, and more than the settling time."""


@dataclass(eq=False, slots=True)
class Awaited:
    """Fault that begins after so many more calls of its gateway's work."""

    fault: Fault
    calls: int


@dataclass(eq=False)
class World:
    """One run. ``database`` is of either mode: it opens stores, takes snapshots and shows raw rows."""

    plan: Plan
    database: Any
    keeps_notes: bool = False
    starts: int = 0
    checks: Checks | None = None
    locks: dict[str, Process] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    cases: CaseDatabase = field(default_factory=CaseDatabase)
    archive: ArchiveStorage = field(default_factory=ArchiveStorage)
    witnesses: dict[str, WitnessStorage] = field(default_factory=lambda: {"first": WitnessStorage("first")})
    coverage: Coverage = field(default_factory=Coverage)
    counts: dict[str, int] = field(default_factory=lambda: {"crashes": 0, "restores": 0, "faults": 0})
    restored_at: list[float] = field(default_factory=list)
    clock_set_at: float = -HOUR
    """Time when a clock was set last, wrong or right."""
    archives_from: float = 0.0
    """Time at which the archive's passes begin: once, they come up long after the others."""
    slow: list[tuple[float, float]] = field(default_factory=list)
    """Beginning and length of each wait for a slow store."""
    told: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Code of an error that a person is told -> when it was told last, and its detail."""

    def __post_init__(self) -> None:
        seed = self.plan.seed
        self.scheduler = Scheduler(Random(f"order {seed}"))
        self.trace = Trace(self.scheduler, keeps=self.keeps_notes)
        self._strike, self._odd, self.octets = Random(f"strike {seed}"), Random(f"odd {seed}"), Random(f"octets {seed}")
        self.clocks = [
            MachineClock(self.scheduler, drift, offset)
            for drift, offset in zip(self.plan.drifts, self.plan.offsets, strict=True)
        ]
        self.memories = [self.database.new_memory() for _ in range(self.plan.gateways)]
        self.judiciary = Judiciary(
            seed,
            self.plan.tickets,
            self.clocks[-1].wall,
            lambda: self.scheduler.now,
            lambda seconds, run: self.later(seconds, run, "receipts", *self.plan.tickets * ("rescue",)),
            self._odd_receipt,
        )
        self.network = Network(
            self.scheduler, self.judiciary, Random(f"network {seed}"), self._hits, told=self.trace.note
        )
        self.person = Person(self, Random(f"person {seed}"))
        self.rows_after_restore = RowsAfterRestore(self)
        self._first = Random(f"first {seed}")
        self.rests = Rests(self, Random(f"rests {seed}"))
        self.stalls = Stalls(self, Random(f"stalls {seed}"))
        self.active: list[Fault] = []
        self.awaited: list[Awaited] = []
        """Faults that last now."""
        self._store_random = Random(f"store {seed}")

    # Construction of the story.

    def begin(self) -> None:
        """Start the gateways, and plan whatever happens to them and around them."""
        for number in range(self.plan.gateways):
            self._start(number)
        for notice in self.plan.notices:
            self.later(notice.at, lambda notice=notice: self._add(notice), "collect")
        self.scheduler.spawn("person", self.person.live)
        for fault in self.plan.faults:
            self.later(fault.at, lambda fault=fault: self._begin_fault(fault))

    def later(self, seconds: float, run: Callable[[], None], *kinds: str) -> None:
        """Let something happen later, which concerns passes of these kinds."""

        def happen() -> None:
            run()
            self.rests.news(*kinds)

        self.scheduler.at(self.scheduler.now + seconds, happen)

    def _start(self, number: int) -> None:
        self.starts += 1
        process = Process(self, number, began=self.scheduler.now)
        self.processes = [each for each in self.processes if each.number != number] + [process]
        self.trace.note(process.name, "starts")
        process.start()

    def store_changed(self) -> None:
        if self.checks is not None:
            self.checks.store_changed = True

    def doubted(self, reference: str) -> None:
        """Let a person ask again about one new doubt in four, at the worst time: slowly, as the settling time ends.

        About one in eight the person says at once that it never came; another one in eight the person holds, and says
        by mistake that it may be sent again. That is safe while it is held, and a receipt corrects it.
        """
        self.stalls.doubted(reference)
        random = Random(f"{self.plan.seed}/{reference}/again")
        deed = random.random() if self.scheduler.now < FAULTS_END else 1.0
        if 0.25 < deed < 0.375:
            self.later(random.uniform(60, 1500), lambda: self.person.give_up(reference), "rescue")
        if 0.375 < deed < 0.5:
            self.later(random.uniform(60, 1500), lambda: self.person.hold(reference))
            self.later(SETTLE.total_seconds() + random.uniform(60, HOUR), lambda: self.person.err(reference))
            self.later(self.plan.lifetime_days * DAY + 3 * HOUR, lambda: None, "rescue")
        if deed < 0.25:
            after = SETTLE.total_seconds() - random.uniform(15, 45)
            self.later(after, lambda: self._begin_fault(Fault(kind="delay", at=self.scheduler.now, lasts=60.0)))
            self.later(after, lambda: self.person.ask_again(reference), "rescue")
            self.later(after + 15, lambda: None, "rescue")  # now it is due by every clock

    def err_at_once(self, reference: str, *, holds: bool) -> None:
        """Let a person say by mistake of a notice in doubt that it may be sent again; the judiciary forgives that.

        If the person ``holds`` it before, it is not sent.
        """
        if self.database.waiting().get(reference, ("",))[0] == "IN_DOUBT":
            if holds:
                self.person.hold(reference)
            self.judiciary.erred.add(reference)
            self.person.err_at_once(reference)

    # Rows.

    def _add(self, notice: PlannedNotice) -> None:
        key, fields, version = f"row-{notice.number}", fields_of(notice.number), self.cases.next_version()
        if notice.fate == "refused-row":
            fields["recipient_id"] = "0012345670"
        self.trace.note("cases", f"{key} is added {notice.fate}")
        if notice.fate == "late-commit":
            self.later(notice.later, lambda: self.cases.commit(key, version, fields), "collect")
            return
        self.cases.commit(key, version, fields)
        if notice.fate in ("edit", "refused-row"):
            changed = {**fields_of(notice.number), "subject": "ابلاغ رأی قطعی"}
            self.later(notice.later, lambda: self.cases.commit(key, self.cases.next_version(), changed), "collect")
        elif notice.fate == "delete":
            self.later(notice.later, lambda: self.cases.delete(key), "collect")

    # Faults.

    def _begin_fault(self, fault: Fault) -> None:
        if fault.after_work:
            self._await_work(Awaited(fault, fault.after_work))
            return
        who = f"gateway {fault.gateway + 1}" if fault.kind in (*ONE_GATEWAY, "crash", "clock-jump") else "world"
        self.trace.note(who, f"FAULT {fault.kind} for {fault.lasts:.0f} s")
        self.counts["faults"] += 1
        match fault.kind:
            case "crash":
                self._process(fault.gateway).crash_in = 1 + int(fault.amount)
                self._process(fault.gateway).restart_after = fault.lasts
                self.rests.wake_all(self._process(fault.gateway).name)
            case "clock-jump":
                self.clocks[fault.gateway].offset += fault.amount
                self.clock_set_at = self.scheduler.now
                if fault.lasts > HOUR:
                    self._power_failure(fault.gateway)
                self.rests.wake_all(self._process(fault.gateway).name)
                self.later(fault.lasts, lambda: self._set_right(fault))
            case "restore" | "rollback":
                self._take_and_restore(fault)
            case _:
                if fault.kind == "store-away":
                    self._remember(self._process(fault.gateway))
                self.active.append(fault)
                self.later(fault.lasts, lambda: self._end_fault(fault))

    def worked(self, process: Process, label: str) -> None:
        """Let the faults begin that wait for this call of a process's work."""
        if not is_work(label):
            return
        for awaited in [each for each in self.awaited if each.fault.gateway == process.number]:
            awaited.calls -= 1
            if not awaited.calls:
                self._begin_awaited(awaited)

    def _await_work(self, awaited: Awaited) -> None:
        """Let a fault begin at a call of its gateway's work, or three hours later if there is too little of it."""
        self.awaited.append(awaited)
        self.later(3 * HOUR, lambda: self._begin_awaited(awaited))

    def _begin_awaited(self, awaited: Awaited) -> None:
        if awaited in self.awaited:
            self.awaited.remove(awaited)
            self._begin_fault(replace(awaited.fault, after_work=0))

    def _end_fault(self, fault: Fault) -> None:
        self.active.remove(fault)
        self.rests.fault_is_over(*concerned(fault.kind))

    def _power_failure(self, first: int) -> None:
        """End all processes; this one starts long before the others."""
        for process in list(self.processes):
            if not process.dead:
                process.restart_after = 60.0 if process.number == first else HOUR / 2
                self.crash(process, POWER_FAILURE)

    def _set_right(self, fault: Fault) -> None:
        self.clocks[fault.gateway].offset = self.plan.offsets[fault.gateway]
        self.clock_set_at = self.scheduler.now
        self.rests.fault_is_over()
        self.trace.note(f"gateway {fault.gateway + 1}", "its clock is right again")

    def _take_and_restore(self, fault: Fault) -> None:
        if self.plan.seed % 3 == 0:
            self.person.act_ahead()
        snapshot, memories = self.database.snapshot(), list(map(copy, self.memories))
        self.trace.note("world", "a backup of the database is taken")
        self.later(fault.lasts, lambda: self._restore(snapshot, memories if fault.kind == "rollback" else None))

    def _restore(self, snapshot: Any, memories: list[Any] | None) -> None:
        """Bring a backup back; with ``memories`` whole machines, if then at least the archive's folder shows it."""
        for process in list(self.processes):
            self._kill(process)
        self.locks.clear()
        known = set(self.database.waiting())
        self.database.restore(snapshot)
        self.rows_after_restore.forgotten(known - set(self.database.waiting()))
        segments = self.archive.segments
        if memories is not None and segments and segments[-1].end > self.database.tree_size():
            self.memories = memories
            self.archives_from = self.scheduler.now + HOUR
            self.trace.note("world", "the machines have forgotten as much")
        self.counts["restores"] += 1
        self.restored_at.append(self.scheduler.now)
        self.trace.note("world", "RESTORE of the database from its backup")
        if self.checks is not None:
            self.checks.restored()
        for number in range(self.plan.gateways):
            self.later(60.0 + number, lambda number=number: self._start(number))
        for after in (0.3, 1.0, 2.0, 4.0, 60.0):
            self.later(60.0 + after, self.person.hurry, "overdue")

    def spoil(self, key: str, fields: Mapping[str, object], seconds: float) -> None:
        """Make a row unfit for so long."""
        self.cases.commit(key, self.cases.next_version(), {**fields, "recipient_id": "0012345670"})
        self.trace.note("cases", f"{key} becomes unfit")
        self.later(seconds, lambda: self._correct(key, fields), "collect")

    def _correct(self, key: str, fields: Mapping[str, object]) -> None:
        self.cases.commit(key, self.cases.next_version(), fields)
        self.trace.note("cases", f"{key} is right again")

    def _process(self, number: int) -> Process:
        return next(each for each in self.processes if each.number == number)

    def crash(self, process: Process, label: str) -> None:
        """End a process where it stands, and start it anew later."""
        self.counts["crashes"] += 1
        self.coverage.faults["crash", label] += 1
        self.trace.note(process.name, f"CRASH at {label}")
        self._kill(process)
        number, after = process.number, process.restart_after
        self.later(after, lambda: self._restart(number))

    def _restart(self, number: int) -> None:
        if self._process(number).dead:
            self._start(number)

    def _kill(self, process: Process) -> None:
        self._remember(process)
        process.dead = True
        self.store_changed()  # its last transaction may be committed, although it never heard so
        self.scheduler.wake_all(process.name)

    def _remember(self, process: Process) -> None:
        """Let a machine remember what it has just seen in the store: its passes look every few seconds, and only rest
        here."""
        away = any(fault.kind == "store-away" and fault.gateway == process.number for fault in self.active)
        if not process.dead and not away:
            epoch, records = self.database.newest()
            self.memories[process.number].note(epoch, records)

    def strike(self, process: Process, label: str) -> None:
        """Raise the error of a fault that strikes this port now."""
        for fault in list(self.active):
            if fault.kind == STALLED and fault.gateway == process.number:
                self.stalls.strike(process, label)
            found = STRIKES.get(fault.kind)
            if found is None or (fault.kind in ONE_GATEWAY and fault.gateway != process.number):
                continue
            meets, code = found
            if meets(label) and (LASTING[fault.kind] == 1.0 or self._strike.random() < LASTING[fault.kind]):
                self.coverage.faults[fault.kind, label] += 1
                self.trace.note(process.name, f"{fault.kind} strikes {label}")
                if not code:
                    seconds = self._strike.choice(SLOW)
                    self.slow.append((self.scheduler.now, seconds))
                    process.sleep(seconds)
                    return
                raise GatewayError(code, where=label)

    def slowed(self) -> float:
        """Return the seconds that a slow store may have put between the decision on a step and its commit."""
        now = self.scheduler.now
        return sum(seconds for began, seconds in self.slow if began + seconds > now - 4 * HOUR)

    def _hits(self, kind: str) -> bool:
        for fault in self.active:
            if fault.kind == kind and (LASTING[kind] == 1.0 or self._strike.random() < LASTING[kind]):
                self.coverage.faults[kind, "judiciary"] += 1
                self.trace.note("network", kind)
                return True
        return False

    def _odd_receipt(self, reference: str) -> str:
        if self.scheduler.now > FAULTS_END or self._odd.random() > 0.2:
            return ""
        kind = self._odd.choice(ODD_RECEIPTS)
        if kind in MISTAKEN and (self.plan.restores or self.checks is None or not self.checks.is_accepted(reference)):
            return ""  # it is mistaken only for whoever knows better
        self.coverage.faults[kind, "receipt"] += 1
        return kind

    # Ports.

    def post(self, process: Process) -> Callable[[bytes], HttpAnswer]:
        def post(octets: bytes) -> HttpAnswer:
            process.at("judiciary.send")
            try:
                answer = self.network.post(octets)
            except CallFailed as failed:
                process.at(f"judiciary.failed {failed.code}")
                raise
            self.stalls.heard(process, octets)
            process.at("judiciary.answered")
            return answer

        return post

    def open_store(self, process: Process) -> Any:
        clock = self.clocks[process.number]
        return self.database.open(process.at, clock.steady, self.memories[process.number], self._store_random)


__all__ = ["Crash", "World"]
