"""New notice: its first queue entry, the record of its seal, and its admission, of a sealed row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.mapping.model.mapper import Mapper
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.notice.outbox import ORPHAN, OutboxEntry
from gateway.notice.source_row import CaseRow
from gateway.operations.recovery import FORGOTTEN
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """Notice of a row, sealed and admitted at ``admitted_at``.

    ``parcel`` is what `gateway.intake.parcel_check.ParcelCheck.told` has for the seal's context. ``replaces`` is the
    reference of the row's last notice before.
    A notice may have been sent before a recovery, by the same row (``recovered``) or by that of its forgotten
    predecessor (``orphaned``): such a notice is in doubt.
    """

    row: CaseRow
    notice: Notice
    mapper: Mapper
    sealed: SealedNotice
    destination: str
    parcel: Mapping[str, str]
    admitted_at: datetime
    replaces: str | None
    recovered: Recovery | None
    orphaned: Recovery | None

    def seal_record(self) -> EvidenceRecord:
        """Return the evidence record of the seal."""
        sealed = self.sealed
        certificate = {} if sealed.certificate is None else {"certificate": sealed.certificate.thumbprint}
        return evidence_record(
            id=self._seal_id,
            kind=EvidenceKind.SEALED_NOTICE,
            notice=sealed.reference,
            origin=f"{self.row.source}/{self.notice.body.code}",
            destination=self.destination,
            event_time=sealed.sealed_at,
            recorded_at=self.admitted_at,
            payload_digest=sealed.digest,
            context={**named(self.mapper), **certificate, **self.parcel},
        )

    def entry(self) -> OutboxEntry:
        """Return the first entry of the queue: queued, or in doubt after a recovery."""
        now = self.admitted_at
        entry = OutboxEntry(
            reference=self.sealed.reference,
            source=self.row.source,
            row_key=self.row.key,
            destination=self.destination,
            state=DeliveryState.QUEUED,
            seq=0,
            admitted_at=now,
            state_since=now,
            waiting_since=now,
            seal_digest=self.sealed.digest,
            size=len(self.sealed.octets),
            serve_by=self.notice.serve_by,
            replaces=self.replaces,
            due_at=now,
        )
        if self.orphaned is not None:
            entry = replace(entry, replaces=self.replaces or self.notice.predecessor)
            return _in_doubt(entry, self.orphaned, ORPHAN)
        return entry if self.recovered is None else _in_doubt(entry, self.recovered, FORGOTTEN)

    def admission(self) -> Admission:
        """Return the entry with the fields that lists and searches need."""
        notice = self.notice
        return Admission(
            entry=self.entry(),
            body=notice.body.code,
            district=notice.body.district,
            case_number=notice.case_number,
            paper_number=notice.paper_number,
            kind=notice.kind,
            revision=notice.revision,
            predecessor=notice.predecessor,
            recipient_name=notice.recipient.name,
            content_digest=notice.content_digest,
            mapping=self.mapper.name,
            evidence_id=self._seal_id,
        )

    @property
    def _seal_id(self) -> str:
        return f"seal:{self.sealed.reference}"


def _in_doubt(entry: OutboxEntry, recovery: Recovery, code: str) -> OutboxEntry:
    return replace(entry, state=DeliveryState.IN_DOUBT, doubt_since=recovery.since, code=code)


def named(mapper: Mapper) -> dict[str, str]:
    """Return the entries of a context that name a mapping."""
    return {"mapping": mapper.name, "mapping_version": mapper.version, "mapping_digest": mapper.digest}
