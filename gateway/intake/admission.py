"""Admission: rows of a case database become sealed, queued notices, or are refused with a reason.

Sealing happens outside any transaction. Notice, seal, queue entry, evidence, refusals and the marks of their rows are
committed together.
A row that is processed twice is admitted once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.intake.parcel_check import REGISTER_CODES, ParcelCheck, ParcelPolicy
from gateway.intake.row_ownership import TWO_ROWS, another
from gateway.mapping import RowRefused
from gateway.mapping.model.mapper import FROM_FILE, Mapper
from gateway.notice.delivery_state import ENDED_WITHOUT_SERVICE, DeliveryState
from gateway.notice.envelope import SealedNotice, Sealer, SigningCertificate
from gateway.notice.notice import Notice
from gateway.notice.outbox import ORPHAN, OutboxEntry
from gateway.notice.recipient_index import IndexEntry, RecipientKey
from gateway.notice.source_row import CaseRow, Refusal, RowMark
from gateway.operations.recovery import FORGOTTEN, current, ended_since
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import CATALOGUE, Actor, ErrorScope, GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Admission, Changes, Known, Payload


class AdmissionBatch:
    """Admission of a group of rows: mapping, rules of admission, sealing, and one commit."""

    def __init__(
        self,
        source: str,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        destination: str,
        report: PassReport,
        recipient_key: Callable[[], RecipientKey | None] = lambda: None,
        parcels: ParcelPolicy | None = None,
    ) -> None:
        self._source, self._store, self._recipient_key = source, store, recipient_key
        self._parcels = ParcelCheck(parcels, source, clock, report)
        self._sealer, self._clock, self._destination, self._report = sealer, clock, destination, report
        self._clear()

    def _clear(self) -> None:
        self._admissions: list[Admission] = []
        self._recipients: dict[str, str] = {}
        self._refusals: list[Refusal] = []
        self._lifted: list[tuple[str, str]] = []
        self._evidence: list[EvidenceRecord] = []
        self._payloads: list[Payload] = []
        self._certificates: dict[str, SigningCertificate] = {}
        self._cursors: dict[str, str] = {}
        self._admitted: list[Notice] = []
        self._own: dict[str, Notice] = {}

    def _take_over(self, mapper: Mapper) -> None:
        """Record a mapping that no person activated, if another one mapped this source's rows before.

        The record is committed with the first rows that it maps. (The activation of a mapping by a person is recorded
        at once.)
        """
        cursor, now = f"mapping:{self._source}", self._clock()
        before = self._store.rows.cursor(cursor)
        if before == mapper.digest:
            return
        self._cursors[cursor] = mapper.digest
        if mapper.version != FROM_FILE:
            return
        self._payloads.append(Payload(digest=mapper.digest, octets=mapper.octets))
        self._evidence.append(
            evidence_record(
                id=f"mapping:{self._source}:{mapper.digest}:{timestamp(now)}",
                kind=EvidenceKind.MAPPING_ACTIVATED,
                notice=None,
                origin=self._source,
                destination=self._destination,
                event_time=now,
                recorded_at=now,
                payload_digest=mapper.digest,
                context={**_named(mapper), "before": before or "none"},
            )
        )

    def take(self, rows: Sequence[CaseRow], mapper: Mapper, *, again: bool = False) -> None:
        """Map, judge and seal rows by one mapping, and commit the results with the rows' marks.

        Rows that are judged ``again`` count as older than new rows. If another process admits a row's notice from
        another row before the commit, the row is judged once more.

        Raises ``source.another``; then no row is admitted, except those that were committed before such a loss.
        """
        mapped: list[tuple[CaseRow, Notice]] = []
        for row, found in zip(rows, mapper.map_all(rows), strict=True):
            if isinstance(found, RowRefused):
                self._refuse(row, found.case_number, found.body, found.code, found.field, found.reason)
            else:
                mapped.append((row, found))
        if mapped:
            self._take_over(mapper)
        known = self._store.notices.known(
            [ref for _, notice in mapped for ref in (notice.reference, notice.predecessor) if ref]
        )
        keys = [row.key for row, _ in mapped]
        of_rows, recovered = self._store.notices.known_rows(self._source, keys), self._refused_in_recovery(keys)
        self._parcels.look_up(
            notice
            for row, notice in mapped
            if notice.reference not in known and all(map(_ended, [*of_rows.get(row.key, []), *_before(notice, known)]))
        )
        for row, notice in mapped:
            self._admit(row, notice, mapper, known, of_rows.get(row.key, []), recovered.get(row.key), again=again)
        looked_up = self._parcels.recording(self._admitted, self._newly_refused() if again else None, self._clock())
        stale = self._store.commit(
            Changes(
                admissions=self._admissions,
                recipients=self._index_entries(),
                refusals=self._refusals,
                cleared_refusals=self._lifted,
                evidence=[*looked_up.records, *self._evidence],
                payloads=[*looked_up.payloads, *self._payloads],
                message_notices=looked_up.links,
                certificates=list(self._certificates.values()),
                cursors=self._cursors,
                seen=[RowMark(source=row.source, key=row.key, version=row.version) for row in rows],
            )
        )
        lost = {each.entry.row_key for each in self._admissions if each.entry.reference in stale}
        self._report.counts += {"admitted": len(self._admissions) - len(lost), "refused": len(self._refusals)}
        self._clear()
        if lost:  # The notices of the other rows are known now, so no row is lost a second time.
            self.take([row for row in rows if row.key in lost], mapper, again=again)

    def _index_entries(self) -> list[IndexEntry]:
        """Return index entries for the new notices' recipients.

        An unreadable key blocks no notice: the error is reported, and `gateway.notice.recipient_index.index_recipients`
        writes the missing entries later.
        """
        if not self._recipients:
            return []
        try:
            key = self._recipient_key()
        except GatewayError as error:
            self._report.errors.append(error)
            return []
        return [key.entry_of(*each) for each in self._recipients.items()] if key else []

    def _newly_refused(self) -> list[Notice]:
        """Return the notices that the asset register's answer refuses, and did not refuse by the last one."""
        if not self._own:
            return []
        standing = self._store.refusals.of_rows(self._source, list(self._own))
        codes = {key: (each.refusal.code, each.refusal.row_version) for key, each in standing.items()}
        return [
            self._own[each.row_key]
            for each in self._refusals
            if each.code in REGISTER_CODES and codes.get(each.row_key) != (each.code, each.row_version)
        ]

    def _refused_in_recovery(self, keys: Sequence[str]) -> dict[str, Recovery]:
        """Return the ended recovery of each row that was refused when it ended.

        Notices of these rows may have been sent before the recovery.
        """
        if not (recoveries := self._store.recovery.all()):
            return {}
        standing = self._store.refusals.of_rows(self._source, keys)
        found = {key: ended_since(recoveries, each.since) for key, each in standing.items()}
        return {key: recovery for key, recovery in found.items() if recovery is not None}

    def _admit(
        self,
        row: CaseRow,
        notice: Notice,
        mapper: Mapper,
        known: dict[str, Known],
        of_row: list[Known],
        recovered: Recovery | None,
        *,
        again: bool,
    ) -> None:
        here = known.get(notice.reference)
        if here is not None:
            if here.row_key == row.key and here.source != row.source:
                raise another(row.source, row.key, here)
            if (here.source, here.row_key) != (row.source, row.key):
                self._refuse_notice(row, notice, TWO_ROWS, "notice_id", _two_rows(here))
            elif here.content_digest != notice.content_digest:
                self._refuse_notice(row, notice, "notice.changed", "notice_id")
            else:
                self._lifted.append((row.source, row.key))
            return
        orphaned: Recovery | None = None
        if notice.predecessor is not None and not _ended(known.get(notice.predecessor)):
            # The row of a forgotten revision may hold this one now, and will not deliver the other again.
            orphaned = current(self._store.recovery) if again and notice.predecessor not in known else None
            if orphaned is None:
                self._refuse_notice(row, notice, "notice.predecessor", "revision")
                return
        # A row with an edited case, paper or recipient names another notice while its first one is still active.
        if not all(map(_ended, of_row)):
            self._refuse_notice(row, notice, "notice.changed", "notice_id")
            return
        if (refused := self._parcels.refusal_of(notice)) is not None:
            self._own[row.key] = notice
            self._refuse_notice(row, notice, refused[0], "renovation_code", refused[1])
            return
        now = self._clock()
        try:
            sealed = self._sealer.seal(notice, now)
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            self._refuse_notice(row, notice, error.code, error.where)
            self._report.errors += [error] if error.entry.actor is not Actor.MUNICIPALITY else []
            return
        here = Known(
            reference=notice.reference,
            state=DeliveryState.QUEUED,
            content_digest=notice.content_digest,
            source=row.source,
            row_key=row.key,
        )
        known[notice.reference] = here
        replaces = of_row[-1].reference if of_row else None
        self._record(row, notice, here, mapper, sealed, now, replaces, orphaned, recovered)

    def _record(
        self,
        row: CaseRow,
        notice: Notice,
        known: Known,
        mapper: Mapper,
        sealed: SealedNotice,
        now: datetime,
        replaces: str | None,
        orphaned: Recovery | None,
        recovered: Recovery | None,
    ) -> None:
        reference, digest = sealed.reference, sealed.digest
        record = evidence_record(
            id=f"seal:{reference}",
            kind=EvidenceKind.SEALED_NOTICE,
            notice=reference,
            origin=f"{row.source}/{notice.body.code}",
            destination=self._destination,
            event_time=sealed.sealed_at,
            recorded_at=now,
            payload_digest=digest,
            context=_named(mapper) | _sealed_by(sealed) | self._parcels.told(notice),
        )
        entry = OutboxEntry(
            reference=reference,
            source=row.source,
            row_key=row.key,
            destination=self._destination,
            state=DeliveryState.QUEUED,
            seq=0,
            admitted_at=now,
            state_since=now,
            waiting_since=now,
            seal_digest=digest,
            size=len(sealed.octets),
            serve_by=notice.serve_by,
            replaces=replaces,
            due_at=now,
        )
        if recovered is not None:
            entry = replace(entry, state=DeliveryState.IN_DOUBT, doubt_since=recovered.since, code=FORGOTTEN)
        if orphaned is not None:
            entry = replace(
                entry,
                state=DeliveryState.IN_DOUBT,
                doubt_since=orphaned.since,
                replaces=replaces or notice.predecessor,
                code=ORPHAN,
            )
        self._evidence.append(record)
        self._admitted.append(notice)
        self._recipients[reference] = notice.recipient.identifier
        self._payloads.append(Payload(digest=digest, octets=sealed.octets))
        if sealed.certificate is not None:
            self._certificates[sealed.certificate.thumbprint] = sealed.certificate
        self._admissions.append(
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
                content_digest=known.content_digest,
                mapping=mapper.name,
                evidence_id=record.id,
            )
        )

    def _refuse_notice(self, row: CaseRow, notice: Notice, code: str, field: str, reason: str | None = None) -> None:
        self._refuse(row, notice.case_number, notice.body.code, code, field, reason)

    def _refuse(
        self,
        row: CaseRow,
        case_number: str | None,
        body: str | None,
        code: str,
        field: str,
        reason: str | None = None,
    ) -> None:
        entry = CATALOGUE[code]
        self._refusals.append(
            Refusal(
                source=row.source,
                row_key=row.key,
                row_version=row.version,
                code=code,
                field=field,
                reason=reason or f"{entry.fa} {entry.remedy_fa}",
                refused_at=self._clock(),
                case_number=case_number,
                body=body,
            )
        )


def _two_rows(here: Known) -> str:
    """Return the reason for refusing a second row.

    It names the first row, so that nobody removes a row whose paper is being served.
    """
    entry = CATALOGUE[TWO_ROWS]
    return f"{entry.fa} آن ردیف: «{here.row_key}» در منبع «{here.source}». {entry.remedy_fa}"


def _ended(known: Known | None) -> bool:
    return known is not None and known.state in ENDED_WITHOUT_SERVICE


def _before(notice: Notice, known: dict[str, Known]) -> list[Known | None]:
    return [] if notice.predecessor is None else [known.get(notice.predecessor)]


def _named(mapper: Mapper) -> dict[str, str]:
    return {"mapping": mapper.name, "mapping_version": mapper.version, "mapping_digest": mapper.digest}


def _sealed_by(sealed: SealedNotice) -> dict[str, str]:
    return {} if sealed.certificate is None else {"certificate": sealed.certificate.thumbprint}
