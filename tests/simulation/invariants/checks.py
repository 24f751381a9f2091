"""Checks of one run. They look at the judiciary's ledger, the case database, the archive, and raw rows of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.runtime.clock import parse_timestamp

from ..judiciary.ledger import Flight
from ..judiciary.service import LIFE, SKEW
from ..judiciary.signed import opened
from ..plan import HOUR
from ..raw_rows import Step
from ..world.machine import true_time
from .absence import Absence
from .answered import Answered
from .end import at_end
from .history import History
from .states import EVIDENT, START, table_of_states
from .writeback import shown_wrongly

if TYPE_CHECKING:
    from ..world.world import World

_CLOCKS: Final = 120.0
"""Seconds by which the time of a message may be wrong."""

_LEASE: Final = timedelta(minutes=5)
"""As the configuration has it."""

_KNOWN: Final = 3 * HOUR
"""Seconds after which every pass that sends must know of a fork, however slow its store is."""

_MOST_STEPS: Final = 500
"""More steps than any notice has in a run."""

_NOTICED: Final = 120.0
"""Seconds in which a gateway must notice that its clock was set."""


class Stop(Exception):
    """End of a run after its first violation: what follows only repeats it."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Broken invariant, by its name in `table.INVARIANTS`, with what is wrong."""

    invariant: str
    at: float
    detail: str


@dataclass(slots=True)
class Checks:
    """`after_step` looks only at what has changed."""

    world: World
    violations: list[Violation] = field(default_factory=list)
    Stop = Stop
    store_changed: bool = False
    history: History = field(default_factory=History)
    absence: Absence = field(init=False)
    answered: Answered = field(init=False)
    _known: dict[str, list[Step]] = field(default_factory=dict)
    _records: set[str] = field(default_factory=set)
    _since: dict[str, float] = field(default_factory=dict)
    _written: int = 0
    _segments: int = 0
    _steps: int = 0
    _notes: int = 0
    _served: int = 0
    _forked_since: float | None = None
    _signed: int | None = 0
    """Number of checkpoints; None: those of a restored store are not counted yet."""

    def __post_init__(self) -> None:
        self.absence = Absence(requeue=self.world.plan.requeue)
        self.answered = Answered(self.world.network.answers)
        self.world.network.observe = self._sending
        self.world.network.sends = self._asking

    def fail(self, invariant: str, detail: str) -> None:
        self.violations.append(Violation(invariant, self.world.scheduler.now, detail))
        self.world.trace.note("VIOLATION", f"{invariant}: {detail}")
        raise Stop

    def restored(self) -> None:
        """Forget what the store has forgotten."""
        self._known.clear()
        self._records.clear()
        self.answered.restored()
        self._steps = 0
        self.history.restored()
        self.absence.repeats, self._signed = True, None
        self.store_changed = True

    def is_accepted(self, reference: str) -> bool:
        """Return True if a gateway knows that the judiciary accepted a notice, and by which number."""
        return any(step.event == "SubmissionAcceptance" for step in self._known.get(reference, ()))

    def after_step(self) -> None:
        world = self.world
        if self.store_changed:
            self.store_changed = False
            self._read_store()
        if len(world.cases.written) > self._written:
            self._read_rows()
        if world.archive.written > self._segments:
            self._segments = world.archive.written
            self._assert_unmoved()
            if (wrong := self.history.wrong_segments(world.archive.segments)) is not None:
                self.fail(*wrong)
        notes = world.witnesses["first"].notes
        if len(notes) > self._notes:
            new, self._notes = notes[self._notes :], len(notes)
            for note in new:
                if (other := self.history.wrong_note(note)) is not None:
                    self.fail("one-history", other)
        ledger = world.judiciary.ledger
        if ledger.submissions > self._served:
            self._served = ledger.submissions
            for reference in ledger.acted:
                if ledger.served(reference) > 1:
                    self.fail("served-once", f"{reference} is served {ledger.served(reference)} times")

    def at_end(self) -> None:
        """Judge the end of a run, long after its last fault."""
        self._assert_unmoved()
        for invariant, detail in at_end(self.world, self._since):
            self.fail(invariant, detail)

    def _assert_unmoved(self) -> None:
        if (wrong := self.history.moved(self.world.database)) is not None:
            self.fail("tree-grows", wrong)

    # What is on its way.

    def _sending(self, flight: Flight) -> None:
        ledger, now = self.world.judiciary.ledger, self.world.judiciary.clock()
        written, set_at = flight.expires - LIFE, self.world.clock_set_at
        signed_at, began = self.world.network.signed[flight.message]
        wrong_by = abs((written - true_time(signed_at)).total_seconds())
        # A process hears an outside clock before its first message; one that runs finds out a little later.
        if wrong_by > _CLOCKS and (signed_at - set_at > _NOTICED or began > set_at):
            self.fail("times-are-true", f"{flight.message} was signed by a clock that is wrong by {wrong_by:.0f} s")
        if not self.world.database.has_record(f"sent:{flight.message}"):
            self.fail("recorded-before-sent", f"{flight.message} is on its way, and no record says so")
        self._assert_undivided(flight.message)
        if self._forked_since is not None and signed_at > self._forked_since + _KNOWN:
            self.fail("nothing-signed-on-a-fork", f"{flight.message} is signed, and the store knows of another tree")
        if now > flight.expires + SKEW:
            return  # nobody acts on it any more
        for reference in flight.references:
            if (claimed := self._claimed_at(reference)) is not None and written > claimed + _LEASE:
                self.fail("signed-under-lease", f"{reference} was claimed at {claimed}, and signed at {written}")
            known = ledger.standing(reference)
            if known is not None and self.answered.was_known(flight.message, reference):
                self.fail("known-is-not-sent", f"{reference} is sent, and an answer on record says {known.status}")
            if reference in self.world.judiciary.erred:
                continue
            if known is not None:
                self.fail("submitted-once", f"{reference} was submitted before, and is {known.status}")
            for other in ledger.flights.get(reference, ()):
                is_judged = self.world.judiciary.has_judged(other.message)
                if other.copies and not is_judged and now <= other.expires + SKEW:
                    self.fail("submitted-once", f"{reference} may still arrive in {other.message}")

    def _claimed_at(self, reference: str) -> datetime | None:
        """Return when a notice was claimed, by the clock of whoever claimed it; None if it is not leased now."""
        last = self._known[reference][-1] if self._known.get(reference) else None
        return last.at if last is not None and last.state == "SENDING" else None

    def _asking(self, octets: bytes) -> None:
        _, told, _ = opened(octets)
        self.absence.asks(told["id"], self.world.scheduler.now, parse_timestamp(told["at"]))
        if told["op"] == "ConfirmReceipts":
            stored = self.world.database.receipts()
            for receipt in told["content"]["receipts"]:
                if receipt not in stored:
                    self.fail("stored-before-confirmed", f"{receipt} is confirmed and not stored")

    # The store.

    def _read_store(self) -> None:
        database = self.world.database
        if new := database.records(len(self._records)):
            self._records.update(record.id for record in new)
            self.answered.take(new)
            self.world.rests.came("archive")
        if (wrong := self.history.grow(database)) is not None:
            self.fail("tree-grows", wrong)
        self._read_checkpoints(database.checkpoint_count())
        if self.world.restored_at:
            is_forked, since = database.has_open_fork(), self._forked_since
            self._forked_since = (self.world.scheduler.now if since is None else since) if is_forked else None
        if (count := database.step_count()) == self._steps:
            return
        self._steps = count
        steps: dict[str, list[Step]] = {}
        kinds = set[str]()
        for step in database.steps(self._known):
            steps.setdefault(step.reference, []).append(step)
        for reference, found in steps.items():
            known = self._known.get(reference, [])
            if len(found) != len(known):
                self._judge(found, len(known))
                self._known[reference], self._since[reference] = found, self.world.scheduler.now
                kinds |= {kind for step in found[len(known) :] for kind in _NEXT.get(step.state, ("writeback",))}
        self.absence.repeats = False
        if kinds:
            self.world.rests.news(*sorted(kinds))

    def _read_checkpoints(self, count: int) -> None:
        known, self._signed = self._signed, count
        if known is None or count <= known:
            return
        self.world.rests.came("witness")
        self._assert_undivided("a checkpoint")

    def _assert_undivided(self, what: str) -> None:
        segments = self.world.archive.segments
        if segments and self.history.is_divided(segments[-1].note):
            self.fail("nothing-signed-on-a-fork", f"{what} is signed, and the archive ends with {segments[-1].file}")

    def _judge(self, steps: list[Step], known: int) -> None:
        table = table_of_states()
        if len(steps) > _MOST_STEPS:
            self.fail("nothing-breaks", f"{steps[0].reference} has {len(steps)} steps")
        for number in range(known, len(steps)):
            step, before = steps[number], steps[number - 1].state if number else START
            self.world.coverage.transitions[before, step.event, step.state] += 1
            self.world.trace.note(step.reference, f"{before} -- {step.event} --> {step.state}")
            self.world.stalls.moved(step.reference, step.event)
            self.answered.moved(step.reference, step.event)
            if step.state == "IN_DOUBT" != before:
                self.world.doubted(step.reference)
            if (before, step.event, step.state) not in table:
                self.fail("through-the-table", f"{step.reference}: {before} {step.event} {step.state}")
            restored = max(self.world.restored_at, default=None)
            if (
                wrong := self.absence.wrong(steps, number, self.world.scheduler.now, restored, self.world.slowed())
            ) is not None and not (step.event == "Requeue" and step.reference in self.world.judiciary.erred):
                self.fail("absence-is-proven", wrong)
            if step.event in EVIDENT and step.evidence not in self._records:
                self.fail("step-has-evidence", f"{step.reference}: {step.event} names {step.evidence}")

    def _read_rows(self) -> None:
        new, self._written = self.world.cases.written[self._written :], len(self.world.cases.written)
        for result in new:
            if (wrong := shown_wrongly(result, self.world.judiciary.ledger)) is not None:
                self.fail("written-as-proven", f"row {result.row_key}: {wrong}")


_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "SENDING": (),
    "QUEUED": ("dispatch", "writeback"),
    "IN_DOUBT": ("rescue", "writeback"),
    "PENDING": ("rescue", "writeback"),
}
"""State -> passes that work on it next; of any other state, only writing back."""
