"""Comparison of a notice's state in the store with the judiciary's standing. Pure: no ledger is read here."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Pending, Rejected, SealRefused, Standing, Unknown
from gateway.notice.delivery_state import ENDED, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.reconciliation.finding import Discrepancy

_S = DeliveryState

TOLD = frozenset(
    {_S.SUBMITTED, _S.DELIVERED, _S.VIEWED, _S.UNDELIVERABLE, _S.REJECTED, _S.NO_ACCOUNT, _S.OTHER_CHANNEL}
)
"""States that require a statement of the judiciary, or a person's statement that it has the notice."""

_HAS_IT = frozenset({_S.SUBMITTED, _S.DELIVERED, _S.VIEWED, _S.UNDELIVERABLE})


class Ask(StrEnum):
    """Choice of notices to inquire about."""

    OPEN = "open"
    """Notices that were sent, have not ended, and had no news for a while."""
    ALL = "all"
    """All notices, including those that were never sent."""
    NONE = "none"


def is_asked_about(entry: OutboxEntry, ask: Ask) -> bool:
    """Return True if a notice without recent news is to be inquired about.

    A notice in sending is not: its response is outstanding. A notice with a ticket or in doubt is left to the rescue
    pass; the latter until a person must decide.
    """
    if ask is Ask.NONE or entry.state is _S.SENDING:
        return False
    if ask is Ask.ALL:
        return True
    if entry.state in ENDED:
        return False
    undecided = entry.state is _S.IN_DOUBT and entry.due_at is None
    return undecided or entry.state in TOLD or entry.tracking_number is not None


def disagreement(entry: OutboxEntry, standing: Standing) -> Discrepancy | None:
    """Return the disagreement of store and judiciary, or None.

    What a ticket led to is no disagreement: the question about it will bring the same.
    """
    if entry.state is _S.PENDING:
        return None
    match standing:
        case NotKnown():
            known = entry.state in TOLD or entry.tracking_number is not None
            return _finding("reconcile.unknown-there", entry, "not known there") if known else None
        case Accepted(tracking_number=theirs):
            return _accepted(entry, theirs)
        case Rejected(code=code):
            return None if entry.state is _S.REJECTED else _differs(entry, f"rejected there ({code})")
        case SealRefused(code=code):
            # For a notice that was sent again, this may answer the earlier submission.
            told = entry.state in TOLD - {_S.REJECTED} and entry.attempts <= 1
            return _differs(entry, f"its seal was refused there ({code})") if told else None
        case NoAccount():
            # Afterwards a person may have chosen another channel, unknown to the judiciary.
            agrees = entry.state is _S.NO_ACCOUNT or (entry.state is _S.OTHER_CHANNEL and not entry.tracking_number)
            return None if agrees else _differs(entry, "no account there")
        case Pending():
            return _pending(entry)
        case Unknown():
            return None
        case _:
            assert_never(standing)


def _accepted(entry: OutboxEntry, theirs: str) -> Discrepancy | None:
    if entry.state not in TOLD:
        return _finding("reconcile.sent-already", entry, f"accepted there as {theirs}")
    ours = entry.tracking_number
    if ours is None and entry.state not in _HAS_IT:
        return _differs(entry, f"accepted there as {theirs}")
    # Without a number, a person decided that it was submitted; a receipt will contain the number.
    return None if ours in (None, theirs) else _differs(entry, f"{ours} here, {theirs} there")


def _pending(entry: OutboxEntry) -> Discrepancy | None:
    if entry.state in TOLD:
        # A person may have decided that it was submitted: then it has no number yet.
        told = entry.tracking_number is not None or entry.state not in _HAS_IT
        return _differs(entry, "being processed there") if told else None
    if entry.state in (_S.SENDING, _S.IN_DOUBT):
        return None
    return _finding("reconcile.sent-already", entry, "being processed there")


def _differs(entry: OutboxEntry, detail: str) -> Discrepancy:
    return _finding("reconcile.standing-differs", entry, detail)


def _finding(code: str, entry: OutboxEntry, detail: str) -> Discrepancy:
    return Discrepancy(
        code=code,
        source=entry.source,
        row_key=entry.row_key,
        reference=entry.reference,
        since=entry.state_since,
        detail=f"{entry.state} here; {detail}",
    )
