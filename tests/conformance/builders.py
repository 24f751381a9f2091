"""Small builders for what a store holds: each gives a whole, plausible value, and the test says only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import Refusal, RowMark
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.store.store import Store
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.stored import Admission, Changes, Ending, Payload, Quarantined, QuarantineKind, StoredReceipt

NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
LEASE = timedelta(minutes=5)


def at(**period: float) -> datetime:
    """Return `NOW` and a period later."""
    return NOW + timedelta(**period)


def reference(number: int) -> str:
    return f"EB-{number:032d}"


def seal(number: int, size: int = 100) -> bytes:
    return f"<seal n='{number}'>ابلاغ".encode().ljust(size, b".")


def entry(number: int = 1, **fields: Any) -> OutboxEntry:
    octets = seal(number)
    present = OutboxEntry(
        reference=reference(number),
        source="cases",
        row_key=f"row-{number}",
        destination="court",
        state=DeliveryState.QUEUED,
        seq=0,
        admitted_at=NOW,
        state_since=NOW,
        waiting_since=NOW,
        seal_digest=sha256(octets),
        size=len(octets),
        due_at=NOW,
    )
    return replace(present, **fields)


def admission(present: OutboxEntry, **fields: Any) -> Admission:
    new = Admission(
        entry=present,
        body="article-100",
        district="منطقه ۵",
        case_number="1404-100-1",
        paper_number=f"P-{present.row_key}",
        kind="ruling",
        revision=1,
        predecessor=None,
        recipient_name="شخص نمونه",
        content_digest=sha256(present.reference.encode()),
        mapping="builtin-1",
        evidence_id=f"seal:{present.reference}",
    )
    return replace(new, **fields)


def evidence(
    id: str,
    *,
    kind: EvidenceKind = EvidenceKind.RECEIPT,
    notice: str | None = None,
    payload: bytes = b"<paper/>",
    recorded_at: datetime = NOW,
) -> EvidenceRecord:
    return evidence_record(
        id=id,
        kind=kind,
        notice=notice,
        origin="city",
        destination="court",
        event_time=NOW,
        recorded_at=recorded_at,
        payload_digest=sha256(payload),
    )


def intake(*presents: OutboxEntry) -> Changes:
    """Make the changes that intake commits for new notices: seals, their evidence, admissions."""
    admissions = [admission(present) for present in presents]
    return Changes(
        admissions=admissions,
        evidence=[
            evidence(a.evidence_id, kind=EvidenceKind.SEALED_NOTICE, notice=a.entry.reference) for a in admissions
        ],
        payloads=[Payload(digest=p.seal_digest, octets=seal(int(p.reference[3:]))) for p in presents],
    )


def admit(store: Store, *presents: OutboxEntry) -> list[OutboxEntry]:
    """Put notices into the store as intake does."""
    store.commit(intake(*presents))
    return list(presents)


def claim(store: Store, **arguments: Any) -> list[OutboxEntry]:
    usual: dict[str, Any] = {
        "destination": "court",
        "owner": "one",
        "now": NOW,
        "lease": LEASE,
        "limit": 50,
        "max_bytes": 8_000_000,
    }
    wanted = usual | arguments
    return store.outbox.claim(**({"due_by": wanted["now"]} | wanted))


def receipt(number: int, present: OutboxEntry, **fields: Any) -> StoredReceipt:
    stored = StoredReceipt(
        receipt_id=f"R{number}",
        reference=present.reference,
        tracking_number="T-1",
        event=DeliveryEvent.CONTENT_CONSIGNMENT,
        event_time=at(hours=number),
        received_at=at(hours=number, minutes=5),
        payload_digest=sha256(f"receipt {number}".encode()),
        evidence_id=f"receipt:R{number}",
    )
    return replace(stored, **fields)


def receipt_batch(receipts: Sequence[StoredReceipt], **others: Any) -> Changes:
    """Make the changes that the receipts' pass commits for a page."""
    records = [evidence(r.evidence_id, notice=r.reference) for r in receipts]
    return Changes(receipts=receipts, evidence=records, **others)


def refusal(number: int = 1, **fields: Any) -> Refusal:
    refused = Refusal(
        source="cases",
        row_key=f"row-{number}",
        row_version="v1",
        code="recipient.national-id",
        field="recipient_id",
        reason="کد ملی مخاطب نادرست است.",
        refused_at=at(minutes=number),
    )
    return replace(refused, **fields)


def mark(number: int = 1, **fields: Any) -> RowMark:
    return replace(RowMark(source="cases", key=f"row-{number}", version="v1"), **fields)


def begin_recovery(store: Store, since: datetime = NOW) -> Recovery:
    """Begin a recovery and return it."""
    begun = Recovery(
        epoch="new",
        replaced=store.recovery.epoch,
        remembered=None,
        since=since,
        cause=Cause.PERSON,
        evidence_id="recovery:begun",
    )
    store.commit(Changes(recovery=begun, evidence=[evidence("recovery:begun")]))
    return begun


def end_recovery(store: Store, begun: Recovery, ended_at: datetime) -> None:
    ended = replace(begun, ended_at=ended_at, ended_by="recovery:ended")
    store.commit(Changes(recovery=ended, evidence=[evidence("recovery:ended")]))


def ending(item: Quarantined, **fields: Any) -> Ending:
    ended = Ending(
        payload_digest=item.payload_digest,
        code=item.code,
        ended_at=at(hours=1),
        ended_as="released",
        ended_by="act:1",
    )
    return replace(ended, **fields)


def quarantined(octets: bytes = b"<forged/>", **fields: Any) -> Quarantined:
    set_aside = Quarantined(
        payload_digest=sha256(octets),
        kind=QuarantineKind.RECEIPT,
        origin="court",
        code="verify.signature",
        detail="the signature does not verify",
        received_at=NOW,
    )
    return replace(set_aside, **fields)
