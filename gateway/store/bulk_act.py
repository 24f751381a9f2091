"""Bulk act: one act of a person on each notice of a list that the store keeps, carried out by the service.

The list is written when the person looks at it (the dry run), with the step that each notice had then. Nothing is done
before the person begins it. Each notice's act and its outcome in this list are one transaction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry

UNCHANGED: Final = "unchanged"
"""Outcome of a notice that was already as the act would make it; there is no record of it."""


class BulkDeed(StrEnum):
    """Deed that is done to each notice. Its value is stored."""

    RETRY = "retry"
    HOLD = "hold"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    OTHER_CHANNEL = "other-channel"
    WRITE_AGAIN = "write-again"
    SEND_ABSENT = "send-absent"
    """Decide a doubt in which absence is proven: send again."""
    WITHDRAW_ABSENT = "withdraw-absent"

    @property
    def act(self) -> str:
        """The name of the act in the record of each notice, as if it had been done singly."""
        decides = self in (BulkDeed.SEND_ABSENT, BulkDeed.WITHDRAW_ABSENT)
        return "queue.decide" if decides else f"queue.{self.value}"


class BulkEnd(StrEnum):
    """Reason of the end of a bulk act."""

    DONE = "done"
    """Every notice has its outcome."""
    STOPPED = "stopped"
    """A person stopped it."""
    NOT_PERMITTED = "not-permitted"
    """Its person was deactivated, or may not act on these bodies any more."""
    RESTORED = "restored"
    """The store was restored after it began: nobody knows here if it was stopped since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Numbers of the notices that matched, by their state when the person looked.

    ``possible`` are those of the list. For ``already`` nothing would change. ``impossible`` has the code of the reason
    and the state.
    """

    possible: Counter[DeliveryState] = field(default_factory=Counter)
    already: Counter[DeliveryState] = field(default_factory=Counter)
    impossible: Counter[tuple[str, DeliveryState]] = field(default_factory=Counter)

    @property
    def matched(self) -> int:
        return self.possible.total() + self.already.total() + self.impossible.total()

    @property
    def states(self) -> dict[DeliveryState, int]:
        """Return the number of all that matched by state, in the order of a notice's life."""
        found = self.possible + self.already
        for (_, state), number in self.impossible.items():
            found[state] += number
        return {state: found[state] for state in DeliveryState if found[state]}

    @property
    def text(self) -> str:
        """Return the form in which the store keeps it."""
        reasons = [[code, state.value, number] for (code, state), number in sorted(self.impossible.items())]
        return json.dumps({"possible": self.possible, "already": self.already, "impossible": reasons}, sort_keys=True)

    @classmethod
    def of(cls, text: str) -> DryRun:
        read = json.loads(text)
        return cls(
            possible=Counter({DeliveryState(state): number for state, number in read["possible"].items()}),
            already=Counter({DeliveryState(state): number for state, number in read["already"].items()}),
            impossible=Counter({(code, DeliveryState(state)): number for code, state, number in read["impossible"]}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """Bulk act of a person: a draft until it began.

    ``account`` is the person's login, ``reason`` the person's words, ``search`` the filters that chose the notices, as
    an address has them. ``bodies`` are the codes of the bodies of all notices in its list, whose number is ``total``.
    ``began_by``, ``stopped_by`` and ``ended_by`` name the records of its begin, of a person's stop, and of its end.
    """

    id: str
    deed: BulkDeed
    person: str
    account: str = field(repr=False)
    authentication: str
    reason: str = field(repr=False)
    search: str = field(repr=False)
    bodies: frozenset[str]
    dry_run: DryRun
    total: int
    drafted_at: datetime
    began_at: datetime | None = None
    began_by: str | None = None
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    ended_at: datetime | None = None
    ended_as: BulkEnd | None = None
    ended_by: str | None = None

    @property
    def runs(self) -> bool:
        """True if further notices get their outcome."""
        return self.began_at is not None and self.stopped_at is None and self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkNotice:
    """Notice in the list of a bulk act: the number of its last step and its hold when the person looked, its outcome.

    ``held`` is None in a list of an earlier version, which does not know the hold.
    ``outcome`` is a word of `gateway.operations.intervention`, `UNCHANGED`, or the code of an error if it ``failed``;
    None: nothing was done so far.
    """

    reference: str
    seq: int
    case_number: str = field(default="", repr=False)
    outcome: str | None = None
    failed: bool = False
    done_at: datetime | None = None
    evidence_id: str | None = None
    held: bool | None = None
    held_by: str | None = None

    @classmethod
    def of(cls, entry: OutboxEntry) -> BulkNotice:
        """Return a notice as the person looks at it."""
        return cls(reference=entry.reference, seq=entry.seq, held=entry.held, held_by=entry.held_by)

    def is_held_as_seen(self, held: bool, held_by: str | None) -> bool:
        """Return False for a notice that is not held any more, or by another act than the person saw, if that is known.

        A person placed the hold since then, or ended it, for a reason that the dry run did not show.
        """
        return self.held is None or (self.held, self.held_by) == (held, held_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkTally:
    """Numbers of the notices of a bulk act by outcome; those ``left`` have none."""

    outcomes: Mapping[str, int]
    failures: Mapping[str, int]
    left: int

    @property
    def done(self) -> int:
        return sum(self.outcomes.values())

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


class BulkEvent(StrEnum):
    """Event in the life of a bulk act."""

    BEGIN = "begin"
    STOP = "stop"
    """No further notice gets an outcome; the end follows, with the numbers of those that have one."""
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkStep:
    """Step of a bulk act, with the record of it. An end has its reason, and the number of outcomes in its record."""

    id: str
    event: BulkEvent
    at: datetime
    evidence_id: str
    ended_as: BulkEnd | None = None
    outcomes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkChange:
    """Changes of a bulk act: a ``step``, and ``outcomes`` of notices of the act ``of``.

    An outcome is stale if its notice has one already, if the act does not run, if the notice took a step since the
    person looked (unless the outcome is a failure), or if it changes a notice with another hold. A step is stale if the
    act took it already, with another record, and an end if there are more outcomes than its record says.
    """

    step: BulkStep | None = None
    of: str = ""
    outcomes: Sequence[BulkNotice] = ()
