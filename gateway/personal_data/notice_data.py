"""One notice of an export: its files, and its line in the index."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.evidence.evidence_file import attachment_name, notice_name, paper_name, receipt_name
from gateway.evidence.readable_records import damage_of, divided
from gateway.evidence.timeline import timeline
from gateway.notice.notice import sha256
from gateway.notice.notice_kinds import KINDS
from gateway.operations.notice_access import is_access
from gateway.operations.notice_work import is_work, of_course
from gateway.overview.evidence.record_kinds import RECORD_KINDS
from gateway.overview.notice_words import STATES
from gateway.overview.notices.timeline_line import TimelineLine, timeline_lines
from gateway.personal_data.actors import Actors, act_words, payloads_of
from gateway.personal_data.brought_row import NAME, brought_row, row_parts
from gateway.personal_data.part import GONE, Part, Ports, Wanted, json_part
from gateway.record.deletion import Deleted
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.retention_class import About, Naming
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, EvidenceRow, Quarantined

_DOCUMENTS: Final = ("Document/Content", "/Content")
_ISOLATES: Final = dict.fromkeys((0x2068, 0x2069))
"""Signs that keep a value apart from the direction of a page's text. Data is read by programs."""
_EVENT_COLUMNS: Final = ("at", "event_fa", "event_en", "detail_fa", "detail_en", "state_fa", "state_en")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """Line of the index. ``gone`` is the number of payloads that were deleted by rule or are lost.

    ``damaged`` are the notice's records that cannot be read.
    """

    admission: Admission
    body: str
    papers: int
    receipts: int
    gone: int
    damaged: Sequence[EvidenceRow] = field(default=(), repr=False)

    @property
    def damage(self) -> list[GatewayError]:
        return damage_of(self.admission.entry.reference, self.damaged)

    @property
    def told(self) -> dict[str, Any]:
        """Return the line. If ``arrival_known`` is False, the date of service is the latest that is possible."""
        notice, entry = self.admission, self.admission.entry
        kind = KINDS.get(notice.kind)
        return {
            "folder": f"notices/{entry.reference}",
            "reference": entry.reference,
            "kind": notice.kind,
            "kind_fa": kind.fa if kind else notice.kind,
            "issuing_body": self.body,
            "case_number": notice.case_number,
            "paper_number": notice.paper_number,
            "state": entry.state.value,
            "state_fa": STATES[entry.state].fa,
            "state_en": STATES[entry.state].en,
            "admitted_at": timestamp(entry.admitted_at),
            "delivered_at": None if entry.delivered_at is None else timestamp(entry.delivered_at),
            "viewed_at": None if entry.viewed_at is None else timestamp(entry.viewed_at),
            "date_of_service": None if entry.service is None else entry.service.date,
            "tracking_number": entry.tracking_number,
            "papers": self.papers,
            "receipts": self.receipts,
            "gone": self.gone,
            "damaged": len(self.damaged),
            "arrival_known": None if entry.service is None else entry.service.arrival_known,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeData:
    """Everything that is held about one notice. Records that cannot be read are named, and the rest is told."""

    ports: Ports = field(repr=False)
    wanted: Wanted
    admission: Admission
    rows: Sequence[EvidenceRow] = field(repr=False)
    quarantined: Sequence[Quarantined] = field(repr=False)
    actors: Actors = field(repr=False)

    @property
    def reference(self) -> str:
        return self.admission.entry.reference

    def parts(self) -> Generator[Part, None, NoticeLine]:
        """Yield the files of the notice, each made only now; return its line."""
        readable, damaged = divided(self.rows)
        headers = [Header.of(row.header) for row in readable]
        deleted = self.ports.store.evidence.deleted(sorted({each.payload_digest for each in headers}))
        gone: dict[str, str] = {digest: f"deleted under rule {each.rule}" for digest, each in deleted.items()}
        sealed = self._octets(self.admission.entry.seal_digest, gone)
        fields = {} if sealed is None else self._fields(sealed)
        papers = receipts = 0
        files: dict[str, str] = {}
        if sealed is not None and self.wanted.papers:
            yield Part(name=notice_name(self.reference), octets=sealed)
            for number, (media_type, octets) in enumerate(self.ports.documents(sealed)):
                papers += 1
                files[sha256(octets)] = self._document(number, media_type)
                yield Part(name=files[sha256(octets)], octets=octets)
        row = brought_row(self.ports.inbox, self.admission.entry) if self.wanted.papers else None
        if row is not None:
            yield from row_parts(row, self.reference, files)
        for header in headers:
            if header.kind is EvidenceKind.RECEIPT and (receipt := self._octets(header.payload_digest, gone)):
                receipts += 1
                yield Part(name=receipt_name(self.reference, receipts, receipt), octets=receipt)
        events = self._events(readable, deleted)
        yield Part(name=f"notices/{self.reference}/events.csv", octets=self.ports.table(_EVENT_COLUMNS, events))
        line = NoticeLine(
            admission=self.admission,
            body=fields.get("IssuingBody/Title", self.admission.body),
            papers=papers,
            receipts=receipts,
            gone=len(gone),
            damaged=damaged,
        )
        told = {
            **line.told,
            "revision": self.admission.revision,
            "earlier_revision": self.admission.predecessor,
            "district": self.admission.district,
            "recipient_name": self.admission.recipient_name,
            "source": self.admission.entry.source,
            "row": self.admission.entry.row_key,
            "brought_row": None if row is None else NAME,
            "held_back": self.admission.entry.held,
            "code": self.admission.entry.code,
            "reason": self.admission.entry.reason,
            "fields": fields,
            "events": events,
            "records": [self._record(header, gone) for header in headers],
            "damaged_records": [{"record": row.id, "payload": row.payload_digest} for row in damaged],
            "legal_holds": self._holds(),
            "quarantine": [_quarantined(each) for each in self.quarantined],
            "acts_of_persons": self._acts(),
        }
        yield json_part(f"notices/{self.reference}/notice.json", told)
        return line

    def _octets(self, digest: str, gone: dict[str, str]) -> bytes | None:
        try:
            return self.ports.store.evidence.payload(digest)
        except GatewayError as error:
            if error.code not in GONE:
                raise
            gone.setdefault(digest, error.code)
            return None

    def _fields(self, sealed: bytes) -> dict[str, str]:
        """Return what the sealed notice says, its documents left out: they are files of their own."""
        found = self.ports.fields(sealed)
        return {path: text for path, text in found.items() if not path.endswith(_DOCUMENTS)}

    def _document(self, number: int, media_type: str) -> str:
        return paper_name(self.reference) if number == 0 else attachment_name(self.reference, number, media_type)

    def _events(self, readable: Sequence[EvidenceRow], deleted: Mapping[str, Deleted]) -> list[dict[str, Any]]:
        headers = [Header.of(row.header) for row in of_course(readable)]
        of_these = {each.payload_digest for each in headers}
        gone = [each for digest, each in deleted.items() if digest in of_these]
        history = self.ports.store.notices.history(self.reference)
        return [_event(line) for line in timeline_lines(timeline(self.admission, history, headers, gone), headers)]

    def _record(self, header: Header, gone: Mapping[str, str]) -> dict[str, Any]:
        kind, recorded_at = header.kind, parse_timestamp(header.recorded_at)
        about = self.admission.kind if header.notice else None
        naming = Naming(kind=kind, notice_kind=about, recorded_at=recorded_at)
        rule = next((each for each in self.ports.rules if each.fits(naming)), None)
        return {
            "kind": kind.value,
            "kind_fa": RECORD_KINDS[kind].fa,
            "recorded_at": header.recorded_at,
            "payload": header.payload_digest,
            "gone": gone.get(header.payload_digest),
            "retention_class": None if rule is None else rule.name,
            "retention_days": None if rule is None else rule.days,
        }

    def _holds(self) -> list[dict[str, str]]:
        own = {(About.NOTICE, self.reference), (About.CASE, self.admission.case_number)}
        return [
            {"about": each.about.value, "since": timestamp(each.since)}
            for each in self.ports.holds
            if (each.about, each.subject) in own
        ]

    def _acts(self) -> list[dict[str, Any]]:
        acts = [row for row in self.rows if row.kind == EvidenceKind.PERSON_ACT]
        return [
            {
                "at": told["at"],
                "what": "access" if is_access(row) else "work" if is_work(row) else "act",
                "act": told["act"],
                "act_fa": act_words(told["act"]).fa,
                "person": self.actors.id_of(told),
                "reason": told.get("reason", ""),
            }
            for row, told in payloads_of(self.ports.store.evidence, acts)
        ]


def _event(line: TimelineLine) -> dict[str, Any]:
    return {
        "at": timestamp(line.occurred_at),
        "event_fa": line.words.fa,
        "event_en": line.words.en,
        "detail_fa": None if line.detail is None else line.detail.fa.translate(_ISOLATES),
        "detail_en": None if line.detail is None else line.detail.en.translate(_ISOLATES),
        "state_fa": line.state.fa if line.state else None,
        "state_en": line.state.en if line.state else None,
    }


def _quarantined(item: Quarantined) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "code": item.code,
        "received_at": timestamp(item.received_at),
        "payload": item.payload_digest,
        "ended_at": None if item.ended_at is None else timestamp(item.ended_at),
        "ended_as": item.ended_as,
    }
