"""Write, from fixed input, the octets of records of a courtesy message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.courtesy.courtesy_record import message_record, outcome_record
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceRecord
from gateway.store.courtesy_message import CourtesyMessage, CourtesyOutcome
from gateway.store.payload import Payload

_AT: Final = datetime(2026, 2, 3, 8, 30, 15, 123456, tzinfo=UTC)
_LATER: Final = _AT + timedelta(seconds=2)
_ENTRY: Final = OutboxEntry(
    reference="EB-" + "A" * 32,
    source="cases",
    row_key="1",
    destination="court",
    state=DeliveryState.DELIVERED,
    seq=3,
    admitted_at=_AT,
    state_since=_AT,
    waiting_since=_AT,
    seal_digest=sha256("<seal>ابلاغ</seal>".encode()),
    size=22,
    delivered_at=_AT,
)


def records() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    """Yield the record of a message, and one with its outcome; to be called with a fixed salt."""
    begun = message_record(_ENTRY, "ابلاغیه‌ای به حساب شما رسیده است.", "city", "shahrzad", _AT)
    yield "COURTESY_MESSAGE", begun
    message = CourtesyMessage(
        reference=_ENTRY.reference,
        body="article-100",
        begun_at=_AT,
        outcome=CourtesyOutcome.BEGUN,
        evidence_id=begun[0].id,
    )
    taken = replace(message, outcome=CourtesyOutcome.TAKEN, ended_at=_LATER, message_number="SH-17")
    yield "COURTESY_OUTCOME.taken", outcome_record(taken, "city", "shahrzad", _LATER)
    unknown = replace(message, outcome=CourtesyOutcome.UNKNOWN, ended_at=_LATER, code="courtesy.unknown")
    yield "COURTESY_OUTCOME.unknown", outcome_record(unknown, "city", "shahrzad", _LATER)
