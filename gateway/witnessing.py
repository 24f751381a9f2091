"""Witnesses: places outside the machine that keep our checkpoints, so that nobody can write another history unseen.

A witness that holds a checkpoint proves to an auditor that what it covers was there, and was not rewritten since. So it
is sent nothing but the newest one, never an older one in its place, and again and again until it has accepted it.
Each witness has its own turns: one that is away keeps neither the others nor the archive back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.checkpoint import Checkpoint, SignedNote
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.evidence_log import StoredCheckpoint
from gateway.leave import Leave, always
from gateway.report import PassReport

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
    if it has none."""

    note: bytes
    size: int
    held: int

    @property
    def origin(self) -> str:
        """Whose tree it is."""
        return Checkpoint.of(SignedNote.of(self.note).text).origin


class Witness(Protocol):
    """``name`` is the configuration's. A witness that already has this very checkpoint accepts it once more.

    Raises `GatewayError` ``config.endpoint``, ``witness.unreachable``, ``witness.refused``, ``witness.credentials``;
    ``witness.ahead`` where the witness holds a checkpoint of more records, ``witness.another`` where it holds another
    one of this size, and ``witness.lost`` where it is seen to hold no longer what it accepted.
    """

    @property
    def name(self) -> str: ...

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


class WitnessBook(Protocol):
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


def send_away(book: WitnessBook, witness: Witness, clock: Clock, leave: Leave = always) -> PassReport:
    """Hand the newest checkpoint to one witness, unless it has it."""
    report = PassReport("witness")
    last = book.last_checkpoint()
    known = state_of(book, witness.name)
    if last is None or last.size <= known.size or not leave():
        return report
    try:
        witness.hand_over(Letter(note=last.note, size=last.size, held=known.size))
    except GatewayError as error:
        report.errors.append(error)
        failures = known.failures + 1
        wait = BACKOFF[min(failures, len(BACKOFF)) - 1]
        book.not_accepted(WitnessState(name=witness.name, failures=failures, due_at=clock() + wait, code=error.code))
    else:
        book.accepted(witness.name, last.size, clock())
        report.counts["accepted"] += 1
    return report


def state_of(book: WitnessBook, witness: str) -> WitnessState:
    """What is known of a witness; of one that was never tried, that it holds nothing."""
    return book.witnesses().get(witness, WitnessState(name=witness))
