"""Export of an evidence file: gather the proof of one notice, or of all notices of one case.

Nothing of another notice is included. A message is included only if it carried no other notice.
Words of persons, and content that failed verification, are included by their header alone. The header has the digest,
so that the payload can be shown elsewhere.
Accesses of persons (`gateway.operations.notice_access`) are left out: they prove nothing about the notice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol, assert_never

from gateway.evidence.evidence_file import (
    INDEX,
    NOTE,
    TIMELINE,
    TOKEN,
    InclusionProof,
    Index,
    IndexedNotice,
    IndexedRecord,
    Withheld,
    attachment_name,
    bundle_names,
    dump,
    mapping_name,
    notice_name,
    paper_name,
    proof_name,
    record_name,
    sorted_names,
)
from gateway.evidence.evidence_log import EvidenceLog, StoredCheckpoint
from gateway.evidence.evidence_payloads import Absent, Entry, held, payloads_of, taken_from
from gateway.evidence.readable_records import readable_records
from gateway.evidence.timeline import Timeline, timeline
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import inclusion_path
from gateway.operations.notice_work import of_course
from gateway.record.deletion import Deleted
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Admission, EvidenceRow

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_PAGE = 100


Read = Callable[[str], bytes]
"""Function that returns the octets of a file of the new container. Raises `KeyError` if it is absent."""

Pages = Callable[[Sequence[Timeline], Index, Mapping[str, int], Read], Mapping[str, bytes]]
"""Function that makes the pages for people.

Its arguments are timelines, the index, the place of each record by its id, and a reader of the container. The reader
is used for sealed notices and receipts.
"""

Paper = Callable[[bytes], bytes]
"""Function that returns the paper in a sealed notice. Raises `ValueError` if the octets hold none."""

Attachments = Callable[[bytes], Sequence[tuple[str, bytes]]]
"""Function that returns media types and octets of the attachments in a sealed notice, in order. Raises as `Paper`."""


class EvidenceWriter(Protocol):
    """Writer that signs files and packs them into a container."""

    def write(self, entries: Sequence[Entry], at: datetime) -> None:
        """Write the container. Raises `GatewayError` ``time.*``, ``evidence.file``, and as the entries' readers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Files in addition to records: PEM certificates by name, revocation lists (DER)."""

    certificates: Mapping[str, bytes]
    lists: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Summary of a written file; ``withheld`` counts records whose payload is not in it.

    ``damaged`` has an error ``evidence.damaged`` for each record that kept its notice out of the file.
    """

    notices: int
    records: int
    withheld: int
    size: int
    stamped: bool
    damaged: Sequence[GatewayError] = ()


def of_notice(store: NoticeStore, reference: str) -> list[Admission]:
    """Return the notice of this reference. Raises `GatewayError` ``evidence.unknown``."""
    found = store.admission(reference)
    if found is None:
        raise GatewayError("evidence.unknown", where=reference)
    return [found]


def of_case(store: NoticeStore, case: str, body: str | None) -> list[Admission]:
    """Return every notice of a case, by reference.

    Raises `GatewayError` ``evidence.unknown``, and ``evidence.bodies`` if several bodies have a case of this number and
    ``body`` is None.
    """
    found: list[Admission] = []
    among = Among(case_number=case, body=body)
    while page := store.find(state=None, limit=_PAGE, after=found[-1].entry.reference if found else None, among=among):
        found += page
    if not found:
        raise GatewayError("evidence.unknown", where=case)
    bodies = sorted({admission.body for admission in found})
    if len(bodies) > 1:
        raise GatewayError("evidence.bodies", where=case, detail=", ".join(bodies))
    return found


def export(
    store: Store,
    log: EvidenceLog,
    admissions: Sequence[Admission],
    *,
    case: str | None,
    now: datetime,
    beside: Beside,
    pages: Pages,
    paper: Paper,
    writer: EvidenceWriter,
    attachments: Attachments = lambda _: (),
) -> Exported:
    """Gather the evidence of these notices and write it. A notice with a damaged record is left out and told.

    Raises `GatewayError` ``evidence.not-archived`` if a record has no checkpoint yet, ``evidence.damaged`` if no notice
    is left, and ``store.payload-missing`` if a sealed notice holds no paper.
    """
    gathered = _gather(store.evidence, log, admissions)
    admissions = [each for each in admissions if each.entry.reference in gathered.about]
    checkpoint = _checkpoint(log, gathered)
    signed = Checkpoint.of(SignedNote.of(checkpoint.note).text)
    carried = log.carried([header.id for header in gathered.headers.values() if header.notice is None])
    payloads = payloads_of(store.evidence, gathered.headers, frozenset(gathered.about), carried)
    index = Index(
        origin=signed.origin,
        made_at=timestamp(now),
        case=case,
        size=checkpoint.size,
        notices=tuple(
            IndexedNotice(
                reference=admission.entry.reference,
                mapping=admission.mapping,
                mapping_digest=gathered.mapping_of(admission.evidence_id),
            )
            for admission in admissions
        ),
        records=tuple(_indexed(place, payloads[place]) for place in gathered.places),
    )
    timelines = [
        timeline(
            admission,
            store.notices.history(reference),
            [gathered.headers[at] for at in gathered.about[reference]],
            [gone for at in gathered.about[reference] if isinstance(gone := payloads[at], Deleted)],
        )
        for admission in admissions
        for reference in [admission.entry.reference]
    ]
    place_of = {header.id: place for place, header in gathered.headers.items()}
    documents = {what.name: what for what in payloads.values() if isinstance(what, Entry)}
    documents |= {each.name: each for each in _papers(documents, admissions, paper, attachments)}
    octets: dict[str, bytes] = {
        INDEX: index.octets,
        NOTE: checkpoint.note,
        **({} if checkpoint.token is None else {TOKEN: checkpoint.token}),
        **dict(_records(log, gathered, checkpoint.size)),
        **dict(_certificates(beside.certificates)),
        **{f"revocation/{hashlib.sha256(der).hexdigest()}.crl": der for der in beside.lists},
        **dict(_mappings(index, store.evidence)),
        **dict(_bundles(gathered, store.evidence)),
        TIMELINE: dump({"v": 1, "notices": [each.told for each in timelines]}),
        **pages(timelines, index, place_of, lambda name: documents[name].read()),
    }
    entries = {name: held(name, content) for name, content in octets.items()}
    entries |= documents
    writer.write([entries[name] for name in sorted_names(list(entries))], now)
    withheld = sum(each.withheld is not None for each in index.records)
    return Exported(
        notices=len(admissions),
        records=len(index.records),
        withheld=withheld,
        size=checkpoint.size,
        stamped=checkpoint.token is not None,
        damaged=gathered.damaged,
    )


def _papers(
    documents: Mapping[str, Entry], admissions: Sequence[Admission], paper: Paper, attachments: Attachments
) -> Iterator[Entry]:
    """Return each sealed notice's documents as files of their own, which people can open with their usual programs."""
    for reference in (admission.entry.reference for admission in admissions):
        notice = documents.get(notice_name(reference))
        if notice is not None:
            yield taken_from(notice, paper_name(reference), paper)
            for place, (media_type, _) in enumerate(attachments(notice.read())):
                name = attachment_name(reference, place + 1, media_type)
                yield taken_from(notice, name, partial(_attachment, attachments, place))


def _attachment(attachments: Attachments, place: int, notice: bytes) -> bytes:
    return attachments(notice)[place][1]


def _indexed(place: int, what: Entry | Absent) -> IndexedRecord:
    match what:
        case Entry():
            return IndexedRecord(index=place, file=what.name, withheld=None)
        case Withheld():
            return IndexedRecord(index=place, file=None, withheld=what)
        case Deleted():
            at = timestamp(what.at)
            return IndexedRecord(index=place, file=None, withheld=Withheld.DELETED, rule=what.rule, deleted_at=at)
        case _:
            assert_never(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """Records of all notices: header octets and headers by place; ``about`` has the places of each notice.

    Notices with ``damaged`` records are not among them.
    """

    octets: Mapping[int, bytes] = field(repr=False)
    headers: Mapping[int, Header]
    about: Mapping[str, Sequence[int]]
    damaged: Sequence[GatewayError]

    @property
    def places(self) -> list[int]:
        return sorted(self.headers)

    def mapping_of(self, record: str) -> str:
        context = next((each.context for each in self.headers.values() if each.id == record), {})
        return context.get("mapping_digest", "")


def _gather(store: EvidenceStore, log: EvidenceLog, admissions: Sequence[Admission]) -> _Gathered:
    octets: dict[int, bytes] = {}
    headers: dict[int, Header] = {}
    about: dict[str, list[int]] = {}
    damaged: list[GatewayError] = []
    configurations = store.configurations()
    for admission in admissions:
        reference = admission.entry.reference
        own = [row for row in of_course(store.of_notice(reference)) if not _is_replaced(row, admission)]
        records = readable_records(admission, own, configurations)
        damaged += records.damage
        if records.damaged:
            continue
        places = about[reference] = []
        for row in records.rows:
            place = log.index_of(row.id)
            if place is None:
                raise GatewayError("evidence.not-archived", where=reference, detail=f"{row.id} has no place yet")
            octets[place], headers[place] = row.header, Header.of(row.header)
            places.append(place)
    if not about:
        raise _of_all(damaged)
    return _Gathered(octets=octets, headers=headers, about=about, damaged=damaged)


def _of_all(damaged: Sequence[GatewayError]) -> GatewayError:
    """Return one error that names each damaged notice and record."""
    notices = dict.fromkeys(error.where for error in damaged)
    return GatewayError("evidence.damaged", where=", ".join(notices), detail=", ".join(each.detail for each in damaged))


def _is_replaced(row: EvidenceRow, admission: Admission) -> bool:
    """Return True for the record of a seal that was replaced before it was sent (`gateway.intake.resealing`).

    An evidence file has the seal that the recipient got.
    """
    return row.kind == EvidenceKind.SEALED_NOTICE and row.id != admission.evidence_id


def _checkpoint(log: EvidenceLog, gathered: _Gathered) -> StoredCheckpoint:
    """Return the first time-stamped checkpoint over all these records: the earliest proven time of their existence.

    Without any, return the newest checkpoint.
    """
    after = last = gathered.places[-1]
    while page := log.checkpoints(after, _PAGE):
        if stamped := [each for each in page if each.token is not None]:
            return stamped[0]
        after = page[-1].size
    newest = log.last_checkpoint()
    if newest is None or newest.size <= last:
        raise GatewayError("evidence.not-archived", where=f"record {last}", detail="no checkpoint of it yet")
    return newest


def _records(log: EvidenceLog, gathered: _Gathered, size: int) -> Iterator[tuple[str, bytes]]:
    tree = Tiles(size, log.tile)
    for place, octets in gathered.octets.items():
        proof = InclusionProof(index=place, size=size, path=tuple(inclusion_path(place, size, tree.node)))
        yield record_name(place), octets
        yield proof_name(place), proof.octets


def _certificates(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Return each certificate once, in a file of its own: most tools read only one certificate of a file."""
    seen: set[bytes] = set()
    for name, pem in sorted(files.items()):
        for number, found in enumerate(_CERTIFICATE.findall(pem), start=1):
            if found not in seen:
                seen.add(found)
                yield f"certificates/{name}{'' if number == 1 else f'-issuer-{number - 1}'}.pem", found + b"\n"


def _mappings(index: Index, store: EvidenceStore) -> Iterator[tuple[str, bytes]]:
    """Return the mappings of the notices, from the records of their activation.

    Older records held no mapping; such a notice is proven without it.
    """
    digests = {notice.mapping_digest for notice in index.notices}
    return ((mapping_name(digest), octets) for digest, octets in _kept(digests, store))


def _bundles(gathered: _Gathered, store: EvidenceStore) -> Iterator[tuple[str, bytes]]:
    """Return the profiles, rules and calendars that records name, from the records of their activation.

    One that no person put in force is present by its digest alone.
    """
    named = {name: digest for each in gathered.headers.values() for name, digest in bundle_names(each.context).items()}
    octets = dict(_kept(set(named.values()), store))
    return ((name, octets[digest]) for name, digest in named.items() if digest in octets)


def _kept(digests: Collection[str], store: EvidenceStore) -> Iterator[tuple[str, bytes]]:
    for digest in digests:
        try:
            yield digest, store.payload(digest)
        except GatewayError as error:
            if error.code != "store.payload-missing":
                raise
