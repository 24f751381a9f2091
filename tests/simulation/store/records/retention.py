"""Records and payloads that leave the database: offloading, legal holds and deletions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.notice.outbox import SENDABLE
from gateway.record.evidence_record import Header
from gateway.record.retention_class import FRAMED, About, LegalHold, Naming
from gateway.retention.offload import Offloaded, VerifiedSegment
from gateway.retention.purge import Page
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

from ..database import SimulatedDatabase
from ..rows import Folder, KeptDeletion, KeptRecord
from ..session import Session, reading, writing
from .log import placed
from .offloaded import is_waiting


class SimulatedRetention:
    """Implement `gateway.retention.offload.OffloadStore` and `gateway.retention.purge.RetentionStore`."""

    port = "retention"

    def __init__(self, session: Session, folder: Folder | None) -> None:
        self.session, self._database, self._folder = session, session.database, folder

    @reading
    def segments(self) -> Sequence[VerifiedSegment]:
        return [self._database.segment.rows[first] for first in self._database.segment.ordered()]

    @reading
    def last_time(self, end: int) -> datetime | None:
        found = placed(self._database, end - 1, end)
        return found[0].recorded_at if found else None

    @writing
    def adopt(self, segment: VerifiedSegment) -> None:
        self._database.segment.insert(segment.first, segment)

    @writing
    def looked(self, first: int, at: datetime, *, emptied: bool) -> None:
        self._update(first, looked_at=at, emptied=emptied)

    @writing
    def rewriting(self, first: int, digest: str) -> None:
        self._update(first, next_digest=digest)

    @writing
    def rewrote(self, first: int, digest: str) -> None:
        self._update(first, digest=digest, next_digest=None)

    @writing
    def offload(self, first: int, headers: Sequence[bytes], held: Collection[str], end: int) -> Offloaded:
        database, places = self._database, f"records {first} to {first + len(headers)}"
        records = placed(database, first, first + len(headers))
        if len(records) != len(headers):
            raise GatewayError("archive.differs", where=places, detail="not all here")
        for record, header in zip(records, headers, strict=True):
            if record.header and record.header != header:
                raise GatewayError("archive.differs", where=f"record {record.leaf_index}")
        here = [record for record in records if record.header]
        needed = {record.id for record in here if in_use(database, record, end)}
        # A payload that is damaged on record stays: it may be restored, and is in no segment.
        needed |= {record.id for record in here if record.payload_digest in database.damage}
        # So does one that a purge took out of the segment before a person held it: its deletion waits.
        absent = [record for record in here if record.payload_digest not in held]
        needed |= {record.id for record in absent if is_waiting(database, record.payload_digest)}
        going = [record for record in here if record.id not in needed]
        digests = sorted({record.payload_digest for record in going})
        lost = [digest for digest in digests if digest not in held and not _is_deleted(database, digest)]
        if lost:
            raise GatewayError("archive.segment-changed", where=lost[0], detail="a payload that it has not got")
        for record in going:
            database.evidence.put(record.id, replace(record, header=b""))
        unnamed = [d for d in digests if not any(r.header for r in database.evidence.find("payload", d))]
        gone = sum(database.payload.drop(digest) for digest in unnamed)
        return Offloaded(records=len(going), payloads=gone, in_use=len(needed))

    @reading
    def free(self, now: datetime) -> int:
        if self._folder is None:
            return 0
        unnamed = [digest for digest in self._folder.payloads if digest not in self._database.payload]
        for digest in unnamed:
            del self._folder.payloads[digest]
        return len(unnamed)

    @reading
    def candidates(self, place: int, end: int, limit: int) -> Page:
        records = placed(self._database, place, min(end, self._database.placed, place + limit))
        digests = dict.fromkeys(r.payload_digest for r in records if not self._is_to_be_deleted(r))
        return Page(digests=list(digests), next=(records[-1].leaf_index or 0) + 1 if records else None)

    @reading
    def namings(self, digests: Sequence[str], end: int) -> Mapping[str, Sequence[Naming]]:
        database, found = self._database, dict[str, list[Naming]]()
        for digest in dict.fromkeys(digests):
            for record in database.evidence.find("payload", digest):
                admission = database.notice.get(record.notice or "")
                naming = Naming(
                    kind=record.kind,
                    notice_kind=None if admission is None else admission.kind,
                    recorded_at=record.recorded_at,
                    kept=_is_kept(database, record, end),
                )
                found.setdefault(digest, []).append(naming)
        return found

    @reading
    def pending(self, end: int, after: str, limit: int) -> Sequence[str]:
        database, found = self._database, []
        for digest in database.deletion.ordered():
            deletion = database.deletion.rows[digest]
            place = database.evidence.rows[deletion.evidence_id].leaf_index
            to_do = deletion.done_at is None or digest in database.payload
            if to_do and digest > after and place is not None and place < end and not self._is_named(digest, place):
                found.append(digest)
        return found[:limit]

    @reading
    def waiting(self) -> int:
        return len(self._database.deletion.keys("waiting", True))

    @writing
    def forget(self, digests: Sequence[str], end: int, at: datetime) -> int:
        database = self._database
        kept = {d for d in digests if any(_is_kept(database, r, end) for r in database.evidence.find("payload", d))}
        going = [digest for digest in digests if digest not in kept]
        for digest in going:
            self._database.payload.drop(digest)
            deletion = self._database.deletion.get(digest)
            if deletion is not None and deletion.done_at is None:
                self._database.deletion.put(digest, replace(deletion, done_at=at))
        return len(going)

    @reading
    def holds(self) -> Sequence[LegalHold]:
        return [self._database.hold.rows[key] for key in self._database.hold.ordered()]

    @reading
    def reason(self, digest: str, place: int) -> str | None:
        """`gateway.record.deletion.Deletions`."""
        if digest in self._database.damage:
            return "damaged on record"
        found = self._database.deletion.get(digest)
        if found is None:
            return None
        recorded = self._database.evidence.rows[found.evidence_id].leaf_index
        if recorded is not None and recorded <= place:
            return None
        return f"deleted under rule {found.rule} on {found.decided_at:%Y-%m-%d}"

    def damage(self, digest: str) -> str | None:
        return None

    def replaced(self, seal: Header) -> bool:
        return False

    def _update(self, first: int, **values: object) -> None:
        segment = self._database.segment.get(first)
        if segment is not None:
            self._database.segment.put(first, replace(segment, **values))  # type: ignore[arg-type]

    def _is_to_be_deleted(self, record: KeptRecord) -> bool:
        """Return True if a deletion of the payload is on record, and the record is younger."""
        deletion = self._database.deletion.get(record.payload_digest)
        if deletion is None:
            return False
        place = self._database.evidence.rows[deletion.evidence_id].leaf_index
        return place is None or place > (record.leaf_index or 0)

    def _is_named(self, digest: str, place: int) -> bool:
        """Return True if a record behind this place names a payload."""
        return any(_is_from(record, place + 1) for record in self._database.evidence.find("payload", digest))


def write(database: SimulatedDatabase, changes: Changes) -> None:
    """Write legal holds, their releases, and deletions."""
    for hold in changes.holds:
        database.need(database.evidence, hold.evidence_id)
        database.hold.insert((hold.about, hold.subject), hold)
    for about, subject in changes.released:
        database.hold.drop((about, subject))
    for id, deletion in changes.deletions:
        database.need(database.evidence, id)
        for digest in deletion.digests:
            known = database.deletion.get(digest)
            # A payload that came again after its deletion is deleted again, by another record.
            if known is None or known.evidence_id != id:
                database.deletion.put(digest, KeptDeletion(deletion.rule, deletion.at, id))


def in_use(database: SimulatedDatabase, record: KeptRecord, end: int) -> bool:
    """Return True if a record is still needed in full.

    It is of a notice that may yet be sent or asked about, waits to be applied or judged, is the last use of the switch,
    or is of a history that is not yet entirely in segments (before ``end``).
    """
    carried = [reference for _, reference in database.message_notice.find("message", record.id)]
    if any(_is_sendable(database, reference) for reference in (record.notice, *carried)):
        return True
    if record.notice is not None and database.receipt.has("waiting", record.notice):
        return True
    if any(item.ended_at is None for item in database.quarantine.find("digest", record.payload_digest)):
        return True
    if any(use.evidence_id == record.id for use in database.switch.values()):
        return True
    return any(_is_from(other, end) for other in _of_one_history(database, record))


def _of_one_history(database: SimulatedDatabase, record: KeptRecord) -> Iterable[KeptRecord]:
    """Yield the records of the same payload, of the same notice, and of the messages that carried the notice."""
    yield from database.evidence.find("payload", record.payload_digest)
    if record.notice is not None:
        yield from database.evidence.find("notice", record.notice)
        for message, _ in database.message_notice.find("reference", record.notice):
            yield database.evidence.rows[message]


def _is_from(record: KeptRecord, place: int) -> bool:
    return record.leaf_index is None or record.leaf_index >= place


def _is_sendable(database: SimulatedDatabase, reference: str | None) -> bool:
    entry = None if reference is None else database.outbox.get(reference)
    return entry is not None and entry.state in SENDABLE


def is_notice_held(database: SimulatedDatabase, reference: str | None) -> bool:
    """Return True if a person holds the notice, or its case."""
    admission = None if reference is None else database.notice.get(reference)
    if admission is None or not database.hold:
        return False
    return (About.NOTICE, reference) in database.hold or (About.CASE, admission.case_number) in database.hold


def _is_kept(database: SimulatedDatabase, record: KeptRecord, end: int) -> bool:
    return in_use(database, record, end) or _is_held(database, record)


def _is_held(database: SimulatedDatabase, record: KeptRecord) -> bool:
    carried = [reference for _, reference in database.message_notice.find("message", record.id)]
    concerned = record.notice, *carried, *_beside(database, record)
    return any(is_notice_held(database, reference) for reference in concerned)


def _beside(database: SimulatedDatabase, record: KeptRecord) -> Iterable[str]:
    """Yield the notices of the messages that a seal or a receipt may be a part of."""
    for message, _ in database.message_notice.find("reference", record.notice):
        if FRAMED.get(database.evidence.rows[message].kind) is record.kind:
            yield from (reference for _, reference in database.message_notice.find("message", message))


def _is_deleted(database: SimulatedDatabase, digest: str) -> bool:
    deletion = database.deletion.get(digest)
    return deletion is not None and deletion.done_at is not None
