"""What a machine remembers of the store, outside of it; and a store that has forgotten what was sent.

A store that is restored carries its own past inside and cannot tell. So each machine keeps the store's epoch and ids of
records that it saw there: the last messages before they went out, and the newest record now and then. A store that
lacks one of them has gone back in time. (Numbers that count up would not do: a sequence has gaps, and what took a lower
number may be committed after what took a higher one.)
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import SENDABLE, OutboxEntry


class Cause(StrEnum):
    """Why the store is taken for one that has forgotten what was sent."""

    WENT_BACK = "went-back"
    """It lacks records that a machine saw in it."""
    ANOTHER_STORE = "another-store"
    """It is not the one that a machine knew."""
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What was sent before ``since`` may be forgotten here. ``epoch`` is the store's from then on, in place of the
    ``replaced`` one; ``remembered`` is the one that the machine which began it knew, where that is another. It is on
    until a person ends it (``ended_at``, and the evidence of that act)."""

    epoch: str
    replaced: str
    remembered: str | None
    since: datetime
    cause: Cause
    evidence_id: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    def forgot(self, entry: OutboxEntry) -> bool:
        """Whether a notice may have been sent before, and was not asked about since: then it must not be sent.

        That outlasts the end, which says only that whatever is collected after it is new.
        """
        if entry.state not in SENDABLE or (self.ended_at is not None and entry.admitted_at > self.ended_at):
            return False
        asked_from = entry.doubt_since if entry.state is DeliveryState.IN_DOUBT else entry.cleared_at
        return asked_from is None or asked_from < self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFingerprint:
    """The store's epoch, and ids of evidence records that were seen in it, the latest last."""

    epoch: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """How a store of this ``epoch`` differs from a memory: of which epoch that is, and which of its records are
    ``missing``."""

    cause: Cause
    epoch: str
    remembered: str
    missing: tuple[str, ...] = ()


def compare(
    fingerprint: StoreFingerprint, epoch: str, there: Set[str], recoveries: Sequence[Recovery]
) -> Forgetting | None:
    """Return how a store with this ``epoch`` and these ``recoveries`` differs from ``fingerprint``, of whose records
    ``there`` are in it. None: it does not, or another machine has begun a recovery for it."""
    if fingerprint.epoch != epoch:
        begun = any(fingerprint.epoch in (recovery.replaced, recovery.remembered) for recovery in recoveries)
        return None if begun else Forgetting(cause=Cause.ANOTHER_STORE, epoch=epoch, remembered=fingerprint.epoch)
    missing = tuple(record for record in fingerprint.records if record not in there)
    return Forgetting(cause=Cause.WENT_BACK, epoch=epoch, remembered=epoch, missing=missing) if missing else None
