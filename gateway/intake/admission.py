"""Admission: rows of a case database become sealed, queued notices, or are refused with a reason.

Sealing happens outside any transaction. Notice, seal, queue entry, evidence, refusals and the marks of their rows are
committed together.
A row that is processed twice is admitted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.intake.forgotten_rows import recoveries_of
from gateway.intake.hidden_signs import hidden_in
from gateway.intake.new_notice import NewNotice, named
from gateway.intake.parcel_check import REGISTER_CODES, ParcelCheck, ParcelPolicy
from gateway.intake.row_ownership import TWO_ROWS, another
from gateway.mapping import RowRefused
from gateway.mapping.model.mapper import FROM_FILE, Mapper
from gateway.notice.delivery_state import ENDED_WITHOUT_SERVICE, DeliveryState
from gateway.notice.envelope import Sealer, SigningCertificate
from gateway.notice.notice import Notice
from gateway.notice.recipient_index import IndexEntry, RecipientKey
from gateway.notice.source_row import KEY_TWICE, CaseRow, CaseSource, Refusal, RowMark, named_keys
from gateway.operations.recovery import current
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import CATALOGUE, Actor, ErrorScope, GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Admission, Changes, Known, Payload
from gateway.store.waiting_receipt import disputed


@dataclass(frozen=True, slots=True, kw_only=True)
class _MappedRow:
    """Row with its notice.

    ``earlier`` are the notices that the row stood for before. ``recovered`` is the ended recovery before which its
    notice may have been sent (`gateway.intake.forgotten_rows`).
    """

    row: CaseRow
    notice: Notice
    earlier: Sequence[Known]
    recovered: Recovery | None


@dataclass(frozen=True, slots=True)
class _Problem:
    """Reason for refusing a row. ``reason`` replaces the words of the code's entry in the catalogue."""

    code: str
    field: str
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class _Group:
    """Results of judging a group of rows, until they are committed together.

    ``known`` has the notices that these rows name, and is extended by each admission. ``disputed`` are the ended ones
    of which a believed receipt is in quarantine. ``by_register`` are the notices that the asset register's answer
    refuses, by row key.
    """

    mapper: Mapper
    again: bool
    known: dict[str, Known] = field(default_factory=dict)
    disputed: frozenset[str] = frozenset()
    notices: list[Notice] = field(default_factory=list)
    admissions: list[Admission] = field(default_factory=list)
    recipients: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    by_register: dict[str, Notice] = field(default_factory=dict)
    lifted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    evidence: list[EvidenceRecord] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    certificates: dict[str, SigningCertificate] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)

    def admit(self, new: NewNotice) -> None:
        admission, sealed = new.admission(), new.sealed
        reference = admission.entry.reference
        self.known[reference] = Known(
            reference=reference,
            state=DeliveryState.QUEUED,
            content_digest=admission.content_digest,
            source=new.row.source,
            row_key=new.row.key,
        )
        self.notices.append(new.notice)
        self.admissions.append(admission)
        self.recipients[reference] = new.notice.recipient.identifier
        self.evidence.append(new.seal_record())
        self.payloads.append(Payload(digest=sealed.digest, octets=sealed.octets))
        if sealed.certificate is not None:
            self.certificates[sealed.certificate.thumbprint] = sealed.certificate


class AdmissionBatch:
    """Admission of groups of rows: mapping, rules of admission, sealing, and one commit for each group.

    An instance serves one pass. Nothing of a group that raised an error is left to the next one, except that lookups in
    the asset register may count as recorded (`gateway.intake.parcel_check`): so the pass ends with the error.
    """

    def __init__(
        self,
        source: CaseSource,
        store: Store,
        sealer: Sealer,
        clock: Clock,
        destination: str,
        report: PassReport,
        recipient_key: Callable[[], RecipientKey | None] = lambda: None,
        parcels: ParcelPolicy | None = None,
    ) -> None:
        self._case_source, self._source = source, source.name
        self._store, self._recipient_key = store, recipient_key
        self._parcels = ParcelCheck(parcels, source.name, clock, report)
        self._sealer, self._clock, self._destination, self._report = sealer, clock, destination, report

    def take(self, rows: Sequence[CaseRow], mapper: Mapper, *, again: bool = False) -> None:
        """Map, judge and seal rows by one mapping, and commit the results with the rows' marks.

        Rows that are judged ``again`` count as older than new rows. If another process admits a row's notice from
        another row before the commit, the row is judged once more. Rows with one key are refused, each with the others.

        Raises ``source.another``; then no row is admitted, except those that were committed before such a loss.
        """
        group = _Group(mapper=mapper, again=again)
        mapped = self._mapped(self._with_own_keys(rows, group), group)
        if mapped:
            self._take_over(group)
        group.known = self._known(mapped)
        for each in self._with_past(mapped, group):
            self._judge(each, group)
        lost = self._commit(rows, group)
        if lost:  # The notices of the other rows are known now, so no row is lost a second time.
            self.take([row for row in rows if row.key in lost], mapper, again=again)

    def _with_own_keys(self, rows: Sequence[CaseRow], group: _Group) -> Sequence[CaseRow]:
        """Return the rows whose key no other one has; refuse and report the others, whatever they hold.

        A result is found by its row's key: of two notices, one would never be shown.
        """
        last = {row.key: row for row in rows}
        if len(last) == len(rows):
            return rows
        count = Counter(row.key for row in rows)
        twice = [row for key, row in last.items() if count[key] > 1]
        problem, now = _Problem("notice.key-twice", "notice_id"), self._clock()
        group.refusals += (_refusal(row, problem, None, None, now) for row in twice)
        detail = f"keys: {named_keys([row.key for row in twice])}"
        self._report.errors.append(GatewayError(KEY_TWICE, where=self._source, detail=detail))
        return [row for row in rows if count[row.key] == 1]

    def _mapped(self, rows: Sequence[CaseRow], group: _Group) -> list[tuple[CaseRow, Notice]]:
        """Return the rows that the mapping makes notices of; refuse the others."""
        mapped: list[tuple[CaseRow, Notice]] = []
        for row, found in zip(rows, group.mapper.map_all(rows), strict=True):
            if isinstance(found, RowRefused):
                problem = _Problem(found.code, found.field, found.reason)
                group.refusals.append(_refusal(row, problem, found.case_number, found.body, self._clock()))
            else:
                mapped.append((row, found))
        return mapped

    def _take_over(self, group: _Group) -> None:
        """Record a mapping that no person activated, if another one mapped this source's rows before.

        The record is committed with the first rows that it maps. (The activation of a mapping by a person is recorded
        at once.)
        """
        cursor, now, mapper = f"mapping:{self._source}", self._clock(), group.mapper
        before = self._store.rows.cursor(cursor)
        if before == mapper.digest:
            return
        group.cursors[cursor] = mapper.digest
        if mapper.version != FROM_FILE:
            return
        group.payloads.append(Payload(digest=mapper.digest, octets=mapper.octets))
        group.evidence.append(
            evidence_record(
                id=f"mapping:{self._source}:{mapper.digest}:{timestamp(now)}",
                kind=EvidenceKind.MAPPING_ACTIVATED,
                notice=None,
                origin=self._source,
                destination=self._destination,
                event_time=now,
                recorded_at=now,
                payload_digest=mapper.digest,
                context={**named(mapper), "before": before or "none"},
            )
        )

    def _known(self, mapped: Iterable[tuple[CaseRow, Notice]]) -> dict[str, Known]:
        """Return the stored ones among these notices and their predecessors."""
        return self._store.notices.known(
            [each for _, notice in mapped for each in (notice.reference, notice.predecessor) if each]
        )

    def _with_past(self, mapped: Sequence[tuple[CaseRow, Notice]], group: _Group) -> list[_MappedRow]:
        """Return rows with their past, after the asset register was asked about all that may be admitted."""
        earlier = self._store.notices.known_rows(self._source, [row.key for row, _ in mapped])
        new = {row.key: notice.reference for row, notice in mapped if notice.reference not in group.known}
        recovered = recoveries_of(self._case_source, self._store, new, self._clock())
        found = [
            _MappedRow(row=row, notice=notice, earlier=earlier.get(row.key, ()), recovered=recovered.get(row.key))
            for row, notice in mapped
        ]
        before = {each for one in found for each in _before(one, group.known)}
        group.disputed = disputed(self._store.quarantine, sorted(before)) if before else frozenset()
        self._parcels.look_up(each.notice for each in found if _is_free(each, group))
        return found

    def _judge(self, mapped: _MappedRow, group: _Group) -> None:
        """Admit a row's notice, refuse the row, or lift the refusal of a row whose notice is admitted already."""
        row, notice = mapped.row, mapped.notice
        if (here := group.known.get(notice.reference)) is not None:
            if (problem := _problem_beside(here, row, notice)) is None:
                group.lifted[row.source, row.key] = self._clock()
        else:
            orphaned = self._orphaned(mapped, group)
            problem = self._obstacle(mapped, group, orphaned) or self._admit(mapped, group, orphaned)
        if problem is not None:
            group.refusals.append(_refusal(row, problem, notice.case_number, notice.body.code, self._clock()))

    def _orphaned(self, mapped: _MappedRow, group: _Group) -> Recovery | None:
        """Return the recovery that may have forgotten the notice's predecessor.

        The row of a forgotten revision may hold this one now, and will not deliver the other again.
        """
        predecessor = mapped.notice.predecessor
        if predecessor is None or predecessor in group.known or not group.again:
            return None
        return mapped.recovered or current(self._store.recovery)

    def _obstacle(self, mapped: _MappedRow, group: _Group, orphaned: Recovery | None) -> _Problem | None:
        """Return the reason why a new notice may not be admitted, or not yet."""
        notice = mapped.notice
        if notice.predecessor is not None and orphaned is None and not _ended(group.known.get(notice.predecessor)):
            return _Problem("notice.predecessor", "revision")
        # A row with an edited case, paper or recipient names another notice while its first one is still active.
        if not all(map(_ended, mapped.earlier)):
            return _Problem("notice.changed", "notice_id")
        # The judiciary signed that such a notice arrived: its paper would start a second deadline.
        if signed_for := next((each for each in _before(mapped, group.known) if each in group.disputed), None):
            return _Problem("notice.predecessor", "revision", _disputed(signed_for))
        # An admitted paper's later revision, and what a loss made the store forget, keep their numbers.
        is_first = notice.predecessor is None and mapped.recovered is None
        if is_first and (hidden := hidden_in(notice)) and current(self._store.recovery) is None:
            return _Problem(*hidden)
        if (refused := self._parcels.refusal_of(notice)) is not None:
            group.by_register[mapped.row.key] = notice
            return _Problem(refused[0], "renovation_code", refused[1])
        return None

    def _admit(self, mapped: _MappedRow, group: _Group, orphaned: Recovery | None) -> _Problem | None:
        """Seal and admit a notice; return the problem of one that cannot be sealed."""
        notice, now = mapped.notice, self._clock()
        try:
            sealed = self._sealer.seal(notice, now)
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            if error.entry.actor is not Actor.MUNICIPALITY:
                self._report.errors.append(error)
            return _Problem(error.code, error.where)
        group.admit(
            NewNotice(
                row=mapped.row,
                notice=notice,
                mapper=group.mapper,
                sealed=sealed,
                destination=self._destination,
                parcel=self._parcels.told(notice),
                admitted_at=now,
                replaces=mapped.earlier[-1].reference if mapped.earlier else None,
                recovered=mapped.recovered,
                orphaned=orphaned,
            )
        )
        return None

    def _commit(self, rows: Sequence[CaseRow], group: _Group) -> set[str]:
        """Commit and count the results; return the keys of rows whose notice another row has got meanwhile."""
        newly_refused = self._newly_refused(group) if group.again else None
        looked_up = self._parcels.recording(group.notices, newly_refused, self._clock())
        stale = self._store.commit(
            Changes(
                admissions=group.admissions,
                recipients=self._index_entries(group.recipients),
                refusals=group.refusals,
                cleared_refusals=group.lifted,
                evidence=[*looked_up.records, *group.evidence],
                payloads=[*looked_up.payloads, *group.payloads],
                message_notices=looked_up.links,
                certificates=list(group.certificates.values()),
                cursors=group.cursors,
                seen=[RowMark(source=row.source, key=row.key, version=row.version) for row in rows],
            )
        )
        lost = {each.entry.row_key for each in group.admissions if each.entry.reference in stale}
        self._report.counts += {"admitted": len(group.admissions) - len(lost), "refused": len(group.refusals)}
        return lost

    def _newly_refused(self, group: _Group) -> list[Notice]:
        """Return the notices that the asset register's answer refuses, and did not refuse by the last one."""
        if not group.by_register:
            return []
        standing = self._store.refusals.of_rows(self._source, list(group.by_register))
        codes = {key: (each.refusal.code, each.refusal.row_version) for key, each in standing.items()}
        return [
            group.by_register[each.row_key]
            for each in group.refusals
            if each.code in REGISTER_CODES and codes.get(each.row_key) != (each.code, each.row_version)
        ]

    def _index_entries(self, recipients: dict[str, str]) -> list[IndexEntry]:
        """Return index entries for the new notices' recipients.

        An unreadable key blocks no notice: the error is reported, and `gateway.notice.recipient_index.index_recipients`
        writes the missing entries later.
        """
        if not recipients:
            return []
        try:
            key = self._recipient_key()
        except GatewayError as error:
            self._report.errors.append(error)
            return []
        return [key.entry_of(*each) for each in recipients.items()] if key else []


def _problem_beside(here: Known, row: CaseRow, notice: Notice) -> _Problem | None:
    """Return the problem of a row whose notice is stored; None if it is this row's, unchanged. Raises
    ``source.another``."""
    if here.row_key == row.key and here.source != row.source:
        raise another(row.source, row.key, here)
    if (here.source, here.row_key) != (row.source, row.key):
        return _Problem(TWO_ROWS, "notice_id", _two_rows(here))
    return None if here.content_digest == notice.content_digest else _Problem("notice.changed", "notice_id")


def _refusal(row: CaseRow, problem: _Problem, case_number: str | None, body: str | None, at: datetime) -> Refusal:
    entry = CATALOGUE[problem.code]
    return Refusal(
        source=row.source,
        row_key=row.key,
        row_version=row.version,
        code=problem.code,
        field=problem.field,
        reason=problem.reason or f"{entry.fa} {entry.remedy_fa}",
        refused_at=at,
        case_number=case_number,
        body=body,
    )


def _two_rows(here: Known) -> str:
    """Return the reason for refusing a second row.

    It names the first row, so that nobody removes a row whose paper is being served.
    """
    entry = CATALOGUE[TWO_ROWS]
    return f"{entry.fa} آن ردیف: «{here.row_key}» در منبع «{here.source}». {entry.remedy_fa}"


def _ended(known: Known | None) -> bool:
    return known is not None and known.state in ENDED_WITHOUT_SERVICE


def _is_free(mapped: _MappedRow, group: _Group) -> bool:
    """Return True if no stored notice stands in the way of a new one, which its predecessor or its row had."""
    notice, known = mapped.notice, group.known
    before = [] if notice.predecessor is None else [known.get(notice.predecessor)]
    free = notice.reference not in known and all(map(_ended, [*mapped.earlier, *before]))
    return free and group.disputed.isdisjoint(_before(mapped, known))


def _before(mapped: _MappedRow, known: dict[str, Known]) -> list[str]:
    """Return the stored notices of the row and of the paper that came before a new notice; none for a stored one."""
    notice = mapped.notice
    if notice.reference in known:
        return []
    own = [each.reference for each in mapped.earlier]
    return [*own, notice.predecessor] if notice.predecessor in known and notice.predecessor is not None else own


def _disputed(reference: str) -> str:
    """Return the reason for refusing a row while a believed receipt of an earlier notice is in quarantine."""
    return (
        f"رسیدی با امضای قوه قضاییه درباره ابلاغیه پیشین ({reference}) در قرنطینه است و شاید به مخاطب رسیده باشد. "
        "متصدی سامانه باید از قوه قضاییه پیگیری کند؛ پس از تعیین تکلیف رسید، این ردیف خودبه‌خود بررسی می‌شود."
    )
