"""Witnesses: places outside the machine that keep our checkpoints, so that nobody can write another history unseen.

A witness that holds a checkpoint proves to an auditor that what it covers was there, and was not rewritten since. So it
is sent nothing but the newest one, never an older one in its place, and again and again until it has accepted it. With
it goes the proof that its tree goes on from the checkpoint before it (RFC 9162, 2.1.4).
Each witness has its own turns: one that is away keeps neither the others nor the archive back.

A witness remembers what this machine may have forgotten. So each checkpoint that it shows is compared with the store's
tree: one of another tree that our own key signed says that the store was rolled back, and nothing is sent until a
person has acted (`gateway.merkle.fork`). Whatever else a witness shows only alarms, or anybody at the witness could
stop us.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
"""The wait after each failure in a row; the last one from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a witness is handed: a signed ``note`` of ``size`` records. ``held`` is the size that it accepted last, 0
    if it has none. ``path`` returns the hashes that prove that the tree goes on from that of fewer records;
    ``set_aside`` are sizes and roots of a history that a person set aside on record."""

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
        """Whose tree it is."""
        return self.checkpoint.origin

    @property
    def proof(self) -> ConsistencyProof | None:
        """That it goes on from what was accepted last; None where nothing was."""
        if not self.held:
            return None
        return ConsistencyProof(origin=self.origin, old=self.held, new=self.size, path=self.path(self.held))

    def goes_on_from(self, held: Checkpoint) -> bool:
        """Tell whether the proof leads from a checkpoint that a witness holds to this one."""
        own = self.checkpoint
        if held.size > own.size:
            return False
        return is_consistent(held.size, held.root, own.size, own.root, self.path(held.size))


class Claim(GatewayError):
    """A refusal with which a witness showed what it holds instead: a ``note``, of which nothing is believed yet."""

    literal_name = "Claim"

    def __init__(self, code: str, *, where: str, detail: str, note: bytes) -> None:
        super().__init__(code, where=where, detail=detail)
        self.note = note


class Witness(Protocol):
    """``name`` is the configuration's. A witness that already has this very checkpoint accepts it once more.

    Raises `Claim` where it shows a note in its refusal, and `GatewayError` ``config.endpoint``,
    ``witness.unreachable``, ``witness.refused``, ``witness.credentials``; ``witness.ahead`` where the witness holds a
    checkpoint of more records, ``witness.another`` where this one does not go on from the one that it holds,
    ``witness.unbelieved`` where what it holds is no checkpoint, and ``witness.lost`` where it is seen to hold no longer
    what it accepted.
    """

    @property
    def name(self) -> str: ...

    def notes(self) -> Sequence[bytes]:
        """Return the notes that it holds, as far as it shows them; nothing in them is believed."""
        ...

    def hand_over(self, letter: Letter) -> None:
        """Return only if it is certain that the witness has it."""
        ...

    def check(self) -> str:
        """See whether it could be handed something, as far as that can be seen without doing so; say what was seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessState:
    """What is known of a witness: the ``size`` that it accepted last, and when (by our clock); failures since then,
    when it is tried again after them, and the ``code`` of the last one."""

    name: str
    size: int = 0
    accepted_at: datetime | None = None
    failures: int = 0
    due_at: datetime | None = None
    code: str | None = None

    def is_due(self, now: datetime, every: timedelta) -> bool:
        """Whether it may be sent something: no more often than ``every``, and later after a failure."""
        if self.due_at is not None:
            return now >= self.due_at
        return self.accepted_at is None or now - self.accepted_at >= every


class WitnessBook(ForkBook, Protocol):
    """What is known of witnesses, beside the log whose checkpoints they keep. Raises ``store.*``."""

    def last_checkpoint(self) -> StoredCheckpoint | None: ...

    def witnesses(self) -> Mapping[str, WitnessState]:
        """Those that were ever tried, by name."""
        ...

    def accepted(self, witness: str, size: int, at: datetime) -> None:
        """Note that a witness has a checkpoint, and that its failures are over. A size never becomes smaller."""
        ...

    def not_accepted(self, state: WitnessState) -> None:
        """Note failures, when it is due again and why; what it accepted stays as it is."""
        ...


def send_away(
    book: WitnessBook, witness: Witness, opener: NoteOpener, clock: Clock, may_continue: MayContinue = always
) -> PassReport:
    """Compare what one witness holds with the store's tree, and hand it the newest checkpoint, unless it has it.
    ``opener`` knows the archive's key."""
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
    except GatewayError as error:
        report.errors.append(_judged(book, witness.name, error, opener, clock()))
        failures = known.failures + 1
        wait, code = BACKOFF[min(failures, len(BACKOFF)) - 1], report.errors[-1].code
        book.not_accepted(WitnessState(name=witness.name, failures=failures, due_at=clock() + wait, code=code))
    return report


def look_at(book: ForkBook, witness: Witness, opener: NoteOpener, now: datetime) -> None:
    """Compare what a witness shows with the store's tree; keep each checkpoint of another tree that our key signed.

    Raises ``archive.forked`` for one of these, ``witness.unbelieved`` for anything else that is of another tree, and
    what the witness raises.
    """
    _judge(book, witness.name, witness.notes(), opener, now)


def state_of(book: WitnessBook, witness: str) -> WitnessState:
    """What is known of a witness; of one that was never tried, that it holds nothing."""
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
    """Return what a refusal comes to, once the note that it shows was looked at."""
    if isinstance(error, Claim):
        try:
            _judge(book, name, [error.note], opener, now)
        except GatewayError as worse:
            return worse
    return error


def _judge(book: ForkBook, name: str, notes: Sequence[bytes], opener: NoteOpener, now: datetime) -> None:
    shown: dict[Checkpoint, bytes] = {}
    unclear: list[str] = []
    for note in notes:
        try:
            shown[Checkpoint.of(SignedNote.of(note).text)] = note
        except NotANote as problem:
            unclear.append(str(problem))
    settled = {(fork.size, fork.root) for fork in book.forks() if fork.act is not None}
    forks: list[Fork] = []
    for other in of_another_tree(book, [c for c in shown if (c.size, c.root) not in settled]):
        try:
            opener.open(shown[other])
        except NotANote as problem:
            unclear.append(f"a checkpoint of {other.size} records: {problem}")
        else:
            forks.append(Fork(size=other.size, root=other.root, holder=name, note=shown[other], seen_at=now))
    for fork in forks:
        book.found(fork)
    if forks:
        raise max(forks, key=lambda fork: fork.size).error
    if unclear:
        raise GatewayError("witness.unbelieved", where=name, detail=unclear[0])
