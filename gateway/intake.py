"""Collect and admit: rows of a case database become sealed, queued notices, or go back with a reason.

Sealing happens outside any transaction; notice, seal, queue entry, evidence, refusals and the cursor of a page are
committed together. A page that is collected twice is admitted once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.clock import Clock
from gateway.delivery import ENDED_WITHOUT_SERVICE, DeliveryState
from gateway.envelope import SealedNotice, Sealer
from gateway.errors import CATALOGUE, GatewayError
from gateway.evidence import EvidenceKind, EvidenceRecord, evidence_record
from gateway.mapping import RowRefused
from gateway.notice import Notice
from gateway.outbox import OutboxEntry
from gateway.report import PassReport
from gateway.source import CaseRow, CaseSource, Refusal
from gateway.store import Admission, Changes, Known, Payload, Store


class Mapper(Protocol):
    """Turns a row into a notice; ``name`` and ``digest`` stand in the evidence of each notice that it made."""

    @property
    def name(self) -> str: ...

    @property
    def digest(self) -> str: ...

    def map(self, row: CaseRow) -> Notice:
        """Return the notice. Raises `RowRefused`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Where notices go, and how many rows a page has."""

    destination: str
    page_rows: int = 100


def collect(
    source: CaseSource, store: Store, mapper: Mapper, sealer: Sealer, clock: Clock, policy: IntakePolicy
) -> PassReport:
    """Take in every row that is new in ``source``."""
    report = PassReport("collect")
    cursor_name = f"source:{source.name}"
    while True:
        page = source.read(store.cursor(cursor_name), policy.page_rows)
        if not page.rows:
            return report
        desk = _Desk(source.name, store, mapper, sealer, clock, policy)
        desk.take(page.rows)
        store.commit(desk.changes({cursor_name: page.cursor}))
        report.counts += {"collected": len(page.rows), "admitted": len(desk.admissions), "refused": len(desk.refusals)}


class _Desk:
    """One page's way through mapping, admission rules and sealing."""

    def __init__(
        self, source: str, store: Store, mapper: Mapper, sealer: Sealer, clock: Clock, policy: IntakePolicy
    ) -> None:
        self._source, self._store, self._mapper = source, store, mapper
        self._sealer, self._clock, self._policy = sealer, clock, policy
        self.admissions: list[Admission] = []
        self.refusals: list[Refusal] = []
        self._evidence: list[EvidenceRecord] = []
        self._payloads: list[Payload] = []

    def changes(self, cursors: dict[str, str]) -> Changes:
        return Changes(
            admissions=self.admissions,
            refusals=self.refusals,
            evidence=self._evidence,
            payloads=self._payloads,
            cursors=cursors,
        )

    def take(self, rows: Iterable[CaseRow]) -> None:
        mapped: list[tuple[CaseRow, Notice]] = []
        for row in rows:
            try:
                mapped.append((row, self._mapper.map(row)))
            except RowRefused as refused:
                self._refuse(row, refused.code, refused.field, refused.reason)
        known = self._store.known(
            [ref for _, notice in mapped for ref in (notice.reference, notice.predecessor) if ref]
        )
        for row, notice in mapped:
            self._admit(row, notice, known)

    def _admit(self, row: CaseRow, notice: Notice, known: dict[str, Known]) -> None:
        here = known.get(notice.reference)
        if here is not None:
            if (here.source, here.row_key) != (row.source, row.key):
                self._refuse(row, "notice.two-rows", "notice_id")
            elif here.content_digest != notice.content_digest:
                self._refuse(row, "notice.changed", "notice_id")
            return
        if notice.predecessor is not None and not _ended(known.get(notice.predecessor)):
            self._refuse(row, "notice.predecessor", "revision")
            return
        now = self._clock()
        try:
            sealed = self._sealer.seal(notice, now)
        except GatewayError as error:
            if error.entry.retry or not error.code.startswith("notice."):
                raise
            self._refuse(row, error.code, error.where)
            return
        known[notice.reference] = Known(
            state=DeliveryState.QUEUED, content_digest=notice.content_digest, source=row.source, row_key=row.key
        )
        self._record(row, notice, sealed, now)

    def _record(self, row: CaseRow, notice: Notice, sealed: SealedNotice, now: datetime) -> None:
        reference, digest = sealed.reference, sealed.digest
        record = evidence_record(
            id=f"seal:{reference}",
            kind=EvidenceKind.SEALED_NOTICE,
            notice=reference,
            origin=f"{row.source}/{notice.body.code}",
            destination=self._policy.destination,
            event_time=sealed.sealed_at,
            recorded_at=now,
            payload_digest=digest,
            context={"mapping": self._mapper.name, "mapping_digest": self._mapper.digest},
        )
        entry = OutboxEntry(
            reference=reference,
            source=row.source,
            row_key=row.key,
            destination=self._policy.destination,
            state=DeliveryState.QUEUED,
            seq=0,
            admitted_at=now,
            state_since=now,
            seal_digest=digest,
            size=len(sealed.octets),
            due_at=now,
        )
        self._evidence.append(record)
        self._payloads.append(Payload(digest=digest, octets=sealed.octets))
        self.admissions.append(
            Admission(
                entry=entry,
                body=notice.body.code,
                district=notice.body.district,
                case_number=notice.case_number,
                paper_number=notice.paper_number,
                kind=notice.kind,
                revision=notice.revision,
                predecessor=notice.predecessor,
                recipient_name=notice.recipient.name,
                content_digest=notice.content_digest,
                mapping=self._mapper.name,
                evidence_id=record.id,
            )
        )

    def _refuse(self, row: CaseRow, code: str, field: str, reason: str | None = None) -> None:
        entry = CATALOGUE[code]
        self.refusals.append(
            Refusal(
                source=row.source,
                row_key=row.key,
                row_version=row.version,
                code=code,
                field=field,
                reason=reason or f"{entry.fa} {entry.remedy_fa}",
                refused_at=self._clock(),
            )
        )


def _ended(known: Known | None) -> bool:
    return known is not None and known.state in ENDED_WITHOUT_SERVICE
