"""Witnesses: holders of our checkpoints outside the machine, so that a rewritten history is detected.

A checkpoint at a witness proves to an auditor that its records existed, and were not rewritten since.
Only the newest checkpoint is sent, and it is sent again until the witness accepts it. With it goes the proof that its
tree continues the checkpoint before it (RFC 9162, 2.1.4).

Each witness has its own schedule: an unreachable one delays neither the others nor the archive.

A witness may remember a state that this machine has lost. So the newest checkpoints that it shows are compared with the
store's tree, and older ones until some are of that tree.
A checkpoint of another tree, signed by our own key, means that the store was rolled back. Then nothing is sent until a
person has acted (`gateway.merkle.fork`).
Any other difference only raises an alarm: otherwise anybody at the witness could stop the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from gateway.archive.consistency import ConsistencyProof
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.merkle.checkpoint import Checkpoint, NotANote, NoteOpener, SignedNote
from gateway.merkle.fork import Fork, ForkBook, of_another_tree
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import consistency_path, is_consistent
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport

BACKOFF = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
"""Waiting time after each failure in a row; the last value repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Checkpoint for a witness: a signed ``note`` of ``size`` records.

    ``held`` is the size that the witness accepted last, 0 if none. ``path`` returns the hashes that prove that the tree
    continues the one of fewer records.
    ``set_aside`` are sizes and roots of a history that a person set aside on record.
    """

    note: bytes
    size: int
    held: int
    path: Callable[[int], Sequence[bytes]] = field(repr=False, compare=False)
    set_aside: frozenset[tuple[int, bytes]] = frozenset()

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.of(SignedNote.of(self.note).text)

    @property
    def origin(self) -> str:
        """Return the origin of the tree."""
        return self.checkpoint.origin

    @property
    def proof(self) -> ConsistencyProof | None:
        """Return the proof that this tree continues the one accepted last; None if none was accepted."""
        if not self.held:
            return None
        return ConsistencyProof(origin=self.origin, old=self.held, new=self.size, path=self.path(self.held))

    def goes_on_from(self, held: Checkpoint) -> bool:
        """Return True if the proof leads from the checkpoint that the witness holds to this one."""
        own = self.checkpoint
        if held.size > own.size:
            return False
        return is_consistent(held.size, held.root, own.size, own.root, self.path(held.size))


class Claim(GatewayError):
    """Refusal in which a witness showed the note that it holds; ``note`` is not verified yet."""

    literal_name = "Claim"

    def __init__(self, code: str, *, where: str, detail: str, note: bytes) -> None:
        super().__init__(code, where=where, detail=detail)
        self.note = note


class Witness(Protocol):
    """Port to a witness; ``name`` comes from the configuration.

    A witness accepts a checkpoint that it already has once more. Raises `Claim` if its refusal shows a note, and
    `GatewayError` ``config.endpoint``, ``witness.unreachable``, ``witness.refused``, ``witness.credentials``.

    ``witness.ahead``: the witness holds a checkpoint of more records.
    ``witness.another``: this checkpoint does not continue the one that it holds.
    ``witness.unbelieved``: the content that it holds is no checkpoint.
    ``witness.lost``: it no longer holds a checkpoint that it accepted.
    """

    @property
    def name(self) -> str: ...

    def notes(self) -> Iterable[bytes]:
        """Return the notes that the witness shows, unverified, newest first. They may be read while they are taken."""
        ...

    def hand_over(self, letter: Letter) -> None:
        """Send the checkpoint; return only once the witness certainly has it."""
        ...

    def check(self) -> str:
        """Check readiness without sending a checkpoint; return the result in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessState:
    """State of a witness, by our clock.

    ``size`` is the size that it accepted last, at ``accepted_at``. ``failures`` counts those in a row until now;
    ``due_at`` is the time of the next attempt, ``code`` the last error.
    """

    name: str
    size: int = 0
    accepted_at: datetime | None = None
    failures: int = 0
    due_at: datetime | None = None
    code: str | None = None

    def is_due(self, now: datetime, every: timedelta) -> bool:
        """Return True if a checkpoint may be sent: at most one for each ``every``, and later after a failure."""
        if self.due_at is not None:
            return now >= self.due_at
        return self.accepted_at is None or now - self.accepted_at >= every


class WitnessBook(ForkBook, Protocol):
    """Store of the states of witnesses, beside the log of the checkpoints. Raises ``store.*``."""

    def last_checkpoint(self) -> StoredCheckpoint | None: ...

    def witnesses(self) -> Mapping[str, WitnessState]:
        """Return the witnesses that were ever tried, by name."""
        ...

    def accepted(self, witness: str, size: int, at: datetime) -> None:
        """Record that a witness accepted a checkpoint and reset its failures. A size never becomes smaller."""
        ...

    def not_accepted(self, state: WitnessState) -> None:
        """Record failures, the next attempt and the error, or that there are none; the accepted size stays."""
        ...


def send_away(
    book: WitnessBook, witness: Witness, opener: NoteOpener, clock: Clock, may_continue: MayContinue = always
) -> PassReport:
    """Compare a witness's checkpoints with the store's tree, and send the newest one if it lacks it.

    A witness that shows its checkpoints and lacks none has no failure any more. ``opener`` knows the archive's key.
    """
    report = PassReport("witness")
    if not may_continue():
        return report
    known = state_of(book, witness.name)
    try:
        look_at(book, witness, opener, clock())
        last = book.last_checkpoint()
        if last is not None and last.size > known.size:
            witness.hand_over(_letter(book, last, known.size))
            book.accepted(witness.name, last.size, clock())
            report.counts["accepted"] += 1
        elif known != replace(known, failures=0, due_at=None, code=None):
            # There is nothing to hand over, and the witness answers again.
            book.not_accepted(WitnessState(name=witness.name))
    except GatewayError as error:
        report.errors.append(_judged(book, witness.name, error, opener, clock()))
        failures = known.failures + 1
        wait, code = BACKOFF[min(failures, len(BACKOFF)) - 1], report.errors[-1].code
        book.not_accepted(WitnessState(name=witness.name, failures=failures, due_at=clock() + wait, code=code))
    return report


PAGE = 200
"""Number of notes that are compared at a time."""


def look_at(book: ForkBook, witness: Witness, opener: NoteOpener, now: datetime, *, every: bool = False) -> None:
    """Compare a witness's notes with the store's tree; record each checkpoint of another tree that our key signed.

    Each checkpoint was handed over only if it continued the one before it. So, unless ``every`` note is to be compared,
    end with the first page that has notes of the store's tree and none of another tree.

    Raises ``archive.forked`` for such a checkpoint, ``witness.unbelieved`` for any other note of another tree, and the
    errors of the witness.
    """
    _judge(book, witness.name, witness.notes(), opener, now, every=every)


def state_of(book: WitnessBook, witness: str) -> WitnessState:
    """Return the state of a witness; the initial state if it was never tried."""
    return book.witnesses().get(witness, WitnessState(name=witness))


def _letter(book: WitnessBook, last: StoredCheckpoint, held: int) -> Letter:
    tree = Tiles(last.size, book.tile)
    settled = frozenset((fork.size, fork.root) for fork in book.forks() if fork.act is not None)
    return Letter(
        note=last.note,
        size=last.size,
        held=held,
        path=lambda old: consistency_path(old, last.size, tree.node),
        set_aside=settled,
    )


def _judged(book: WitnessBook, name: str, error: GatewayError, opener: NoteOpener, now: datetime) -> GatewayError:
    """Return the error that a refusal results in, after judging the note that it shows."""
    if isinstance(error, Claim):
        try:
            _judge(book, name, [error.note], opener, now)
        except GatewayError as worse:
            return worse
    return error


def _checkpoints(notes: Iterable[bytes], unclear: list[str]) -> dict[Checkpoint, list[bytes]]:
    """Return the checkpoints, each with all of its notes: anybody can write a text again with another signature.

    What is no note of a checkpoint is added to ``unclear``.
    """
    found: dict[Checkpoint, list[bytes]] = {}
    for note in notes:
        try:
            found.setdefault(Checkpoint.of(SignedNote.of(note).text), []).append(note)
        except NotANote as problem:
            unclear.append(str(problem))
    return found


def _signed(notes: Iterable[bytes], opener: NoteOpener, problems: list[str]) -> bytes | None:
    """Return the first note that our key signed; None with the reasons in ``problems``."""
    for note in notes:
        try:
            opener.open(note)
        except NotANote as problem:
            problems.append(str(problem))
        else:
            return note
    return None


def _judge(
    book: ForkBook, name: str, notes: Iterable[bytes], opener: NoteOpener, now: datetime, *, every: bool = False
) -> None:
    settled = {(fork.size, fork.root) for fork in book.forks() if fork.act is not None}
    forks: list[Fork] = []
    unclear: list[str] = []
    rest = iter(notes)
    while page := list(islice(rest, PAGE)):
        shown = _checkpoints(page, unclear)
        compared = [c for c in shown if (c.size, c.root) not in settled]
        others = of_another_tree(book, compared)
        known = len(forks)
        for other in others:
            problems: list[str] = []
            if (note := _signed(shown[other], opener, problems)) is None:
                unclear.append(f"a checkpoint of {other.size} records: {problems[0]}")
            else:
                forks.append(Fork(size=other.size, root=other.root, holder=name, note=note, seen_at=now))
        # The next page may be out of reach.
        for fork in forks[known:]:
            book.found(fork)
        if len(forks) == known and len(others) < len(compared) and not every:
            break
    if forks:
        raise max(forks, key=lambda fork: fork.size).error
    if unclear:
        raise GatewayError("witness.unbelieved", where=name, detail=unclear[0])
