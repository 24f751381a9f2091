"""What the store says of a notice against what the judiciary says of it. Pure: no ledger is asked here."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Rejected, SealRefused, Standing, Unknown
from gateway.notice.delivery import ENDED, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.reconciliation.finding import Discrepancy

_S = DeliveryState

TOLD = frozenset(
    {_S.SUBMITTED, _S.DELIVERED, _S.VIEWED, _S.UNDELIVERABLE, _S.REJECTED, _S.NO_ACCOUNT, _S.OTHER_CHANNEL}
)
"""States into which a notice gets by a word of the judiciary, or by a person's that it has it."""

_HAS_IT = frozenset({_S.SUBMITTED, _S.DELIVERED, _S.VIEWED, _S.UNDELIVERABLE})


class Ask(StrEnum):
    """Which notices the judiciary is asked about."""

    OPEN = "open"
    """Those that were sent, are not at their end, and of which nothing was heard for a while."""
    ALL = "all"
    """All, those too that were never sent."""
    NONE = "none"


def is_asked_about(entry: OutboxEntry, ask: Ask) -> bool:
    """Return whether a notice is asked about, if nothing was heard of it for a while. What is being sent is not: its
    answer is under way. What is in doubt is rescue's to ask about, until a person is to decide."""
    if ask is Ask.NONE or entry.state is _S.SENDING:
        return False
    if ask is Ask.ALL:
        return True
    if entry.state in ENDED:
        return False
    undecided = entry.state is _S.IN_DOUBT and entry.due_at is None
    return undecided or entry.state in TOLD or entry.tracking_number is not None


def disagreement(entry: OutboxEntry, standing: Standing) -> Discrepancy | None:
    """Return what store and judiciary do not agree on, or None where they do."""
    match standing:
        case NotKnown():
            known = entry.state in TOLD or entry.tracking_number is not None
            return _finding("reconcile.unknown-there", entry, "not known there") if known else None
        case Accepted(tracking_number=theirs):
            return _accepted(entry, theirs)
        case Rejected(code=code):
            return None if entry.state is _S.REJECTED else _differs(entry, f"rejected there ({code})")
        case SealRefused(code=code):
            # Of a notice that was sent again it may be the answer to the submission before.
            told = entry.state in TOLD - {_S.REJECTED} and entry.attempts <= 1
            return _differs(entry, f"its seal was refused there ({code})") if told else None
        case NoAccount():
            # From there a person may have chosen another channel, which the judiciary does not know.
            agrees = entry.state is _S.NO_ACCOUNT or (entry.state is _S.OTHER_CHANNEL and not entry.tracking_number)
            return None if agrees else _differs(entry, "no account there")
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
    # Without a number a person said that it was submitted; a receipt will tell its number.
    return None if ours in (None, theirs) else _differs(entry, f"{ours} here, {theirs} there")


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
