"""Fingerprint of the store, kept by each machine outside of the database to detect a restored store.

A restored store holds only its own past and cannot detect the restore. So each machine keeps the store's epoch and ids
of records that it saw there. These are the last messages before they were sent, and now and then the newest record. A
store that lacks one of them has gone back in time. (Counters would not do: a sequence has gaps, and a record with a
lower number may be committed after one with a higher number.)
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import SENDABLE, OutboxEntry
from gateway.runtime.clock import CLOCKS_DIFFER


class Cause(StrEnum):
    """Reason to treat the store as one that has forgotten sent notices."""

    WENT_BACK = "went-back"
    """The store lacks records that a machine saw in it."""
    ANOTHER_STORE = "another-store"
    """The store is not the one that a machine knew."""
    PERSON = "person"


NOTICED_LATE: Final = timedelta(days=2)
"""Time in which a person notices a restore that no machine noticed.

Until then rows refuse what is written back: they show later steps, which the store has forgotten.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Recovery of a store that may have forgotten notices sent before ``since``.

    ``epoch`` is the store's new epoch, in place of the ``replaced`` one. ``remembered`` is the epoch that the machine
    which began the recovery knew, if it is another one. The recovery is on until a person ends it: ``ended_at``, and
    ``ended_by`` as the evidence of that act.
    """

    epoch: str
    replaced: str
    remembered: str | None
    since: datetime
    cause: Cause
    evidence_id: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def rewritten_from(self) -> datetime:
        """Time since which a step may have been written back in vain; when the recovery begins, it is written again."""
        return self.since - NOTICED_LATE

    @property
    def covers_until(self) -> datetime | None:
        """Time until which a gateway with a clock that is ahead may have written what came before the end."""
        return None if self.ended_at is None else self.ended_at + CLOCKS_DIFFER

    def covers(self, moment: datetime) -> bool:
        """Return True unless a gateway's ``moment`` is certainly later than the end."""
        return self.covers_until is None or moment <= self.covers_until

    def forgot(self, entry: OutboxEntry) -> bool:
        """Return True if a notice may have been sent before and no inquiry followed: then it must not be sent.

        This outlasts the end of the recovery. The end means only that notices collected after it are new.
        """
        if entry.state not in SENDABLE or not self.covers(entry.admitted_at):
            return False
        match entry.state:
            case DeliveryState.IN_DOUBT:
                known_from = entry.doubt_since
            case DeliveryState.PENDING:
                known_from = max(entry.state_since, entry.doubt_since or entry.state_since)
            case _:
                known_from = entry.cleared_at
        return known_from is None or known_from < self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFingerprint:
    """Epoch of the store, and ids of evidence records that were seen in it, the latest last."""

    epoch: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Difference between a store of this ``epoch`` and a fingerprint.

    ``remembered`` is the epoch of the fingerprint; ``missing`` are its records that the store lacks.
    """

    cause: Cause
    epoch: str
    remembered: str
    missing: tuple[str, ...] = ()


def compare(
    fingerprint: StoreFingerprint, epoch: str, there: Set[str], recoveries: Sequence[Recovery]
) -> Forgetting | None:
    """Return the difference between a store and ``fingerprint``; ``there`` are its records that the store holds.

    Return None if they agree, or if ``recoveries`` show that another machine has begun a recovery for it.
    """
    if fingerprint.epoch != epoch:
        begun = any(fingerprint.epoch in (recovery.replaced, recovery.remembered) for recovery in recoveries)
        return None if begun else Forgetting(cause=Cause.ANOTHER_STORE, epoch=epoch, remembered=fingerprint.epoch)
    missing = tuple(record for record in fingerprint.records if record not in there)
    return Forgetting(cause=Cause.WENT_BACK, epoch=epoch, remembered=epoch, missing=missing) if missing else None
