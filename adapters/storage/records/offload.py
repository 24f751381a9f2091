"""`SqlRetention`: the ports `gateway.retention.offload.OffloadStore` and `gateway.retention.purge.RetentionStore`,
beside the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, and_, func, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.payloads.freeing import free
from adapters.storage.payloads.offloaded_records import LEFT, waiting
from adapters.storage.payloads.payload_pieces import delete_payloads
from adapters.storage.records import retention
from adapters.storage.schema.archive_tables import damage
from adapters.storage.schema.row_conversion import parts, values_of
from adapters.storage.schema.tables import archive_segment, deletion, evidence, payload
from gateway.record.evidence_record import Header
from gateway.record.retention_class import LegalHold, Naming
from gateway.retention.offload import Offloaded, VerifiedSegment
from gateway.retention.purge import Page
from gateway.runtime.errors import GatewayError


class SqlRetention:
    """May be used from several threads and processes."""

    def __init__(self, database: Database, folder: Path) -> None:
        """``folder`` holds the segment files of payloads."""
        self._database, self._folder = database, folder

    def segments(self) -> Sequence[VerifiedSegment]:
        query = select(archive_segment).order_by(archive_segment.c.first)
        return self._database.read(lambda c: [VerifiedSegment(**row._mapping) for row in c.execute(query)])

    def last_time(self, end: int) -> datetime | None:
        # Places are given in the order of arrival, so the last one's time is as good as the greatest, and cheap.
        last = select(evidence.c.recorded_at).where(evidence.c.leaf_index == end - 1)
        return self._database.read(lambda c: c.scalar(last))

    def adopt(self, segment: VerifiedSegment) -> None:
        self._database.write(lambda c: insert_new(c, archive_segment, [values_of(segment, archive_segment)]))

    def looked(self, first: int, at: datetime, *, emptied: bool) -> None:
        self._update(first, looked_at=at, emptied=emptied)

    def rewriting(self, first: int, digest: str) -> None:
        self._update(first, next_digest=digest)

    def rewrote(self, first: int, digest: str) -> None:
        self._update(first, digest=digest, next_digest=None)

    def offload(self, first: int, headers: Sequence[bytes], held: Collection[str], end: int) -> Offloaded:
        return self._database.write(lambda connection: _may_continue(connection, first, headers, held, end))

    def free(self, now: datetime) -> int:
        query = select(payload.c.segment).where(payload.c.segment.is_not(None)).distinct()
        return free(self._folder, lambda: set(self._database.read(lambda c: c.scalars(query).all())), now)

    def candidates(self, place: int, end: int, limit: int) -> Page:
        return self._database.read(lambda c: retention.candidates(c, place, end, limit))

    def namings(self, digests: Sequence[str], end: int) -> Mapping[str, Sequence[Naming]]:
        return self._database.read(lambda c: retention.namings(c, digests, end))

    def pending(self, end: int, after: str, limit: int) -> Sequence[str]:
        return self._database.read(lambda c: retention.pending(c, end, after, limit))

    def waiting(self) -> int:
        query = select(func.count()).where(deletion.c.done_at.is_(None))
        return self._database.read(lambda c: c.scalar(query)) or 0

    def forget(self, digests: Sequence[str], end: int, at: datetime) -> int:
        return self._database.write(lambda c: retention.forget(c, digests, end, at))

    def holds(self) -> Sequence[LegalHold]:
        return self._database.read(retention.holds)

    def reason(self, digest: str, place: int) -> str | None:
        """`gateway.record.deletion.Deletions`."""
        return self._database.read(lambda c: retention.reason(c, digest, place))

    def damage(self, digest: str) -> str | None:  # noqa: ARG002 - `reason` tells it: for us it is as it was meant
        return None

    def replaced(self, seal: Header) -> bool:  # noqa: ARG002 - a `Deletions`; no time is judged here
        return False

    def _update(self, first: int, **values: object) -> None:
        query = update(archive_segment).where(archive_segment.c.first == first).values(**values)
        self._database.write(lambda c: c.execute(query))


def _may_continue(
    connection: Connection, first: int, headers: Sequence[bytes], held: Collection[str], end: int
) -> Offloaded:
    inside = and_(evidence.c.leaf_index >= first, evidence.c.leaf_index < first + len(headers))
    columns = evidence.c.position, evidence.c.leaf_index, evidence.c.payload_digest, evidence.c.header
    rows = connection.execute(select(*columns).where(inside).order_by(evidence.c.leaf_index)).all()
    if [row.leaf_index for row in rows] != list(range(first, first + len(headers))):
        raise GatewayError("archive.differs", where=f"records {first} to {first + len(headers)}", detail="not all here")
    for row, header in zip(rows, headers, strict=True):
        if row.header and row.header != header:
            raise GatewayError("archive.differs", where=f"record {row.leaf_index}")
    needed = retention.in_use(connection, and_(inside, ~LEFT), end)
    # A payload that is damaged on record stays: it may be restored, and is in no segment.
    spoiled = set(connection.scalars(select(damage.c.digest)))
    # So does one that a purge took out of the segment before a person held it: its deletion waits.
    spoiled |= waiting(connection, {row.payload_digest for row in rows} - set(held))
    needed |= {row.position for row in rows if row.header and row.payload_digest in spoiled}
    going = {row.position: row.payload_digest for row in rows if row.header and row.position not in needed}
    _assert_held(connection, sorted(set(going.values()) - set(held)))
    for part in parts(sorted(going)):
        connection.execute(update(evidence).where(evidence.c.position.in_(part)).values(header=b""))
    return Offloaded(records=len(going), payloads=_let_go(connection, sorted(set(going.values()))), in_use=len(needed))


def _assert_held(connection: Connection, missing: Sequence[str]) -> None:
    if lost := set(missing) - retention.is_deleted(connection, missing):
        raise GatewayError("archive.segment-changed", where=min(lost), detail="a payload that it has not got")


def _let_go(connection: Connection, digests: Sequence[str]) -> int:
    """Delete the payloads that no record in the database names any more; return their number."""
    gone = 0
    for part in parts(digests):
        here = select(evidence.c.payload_digest).where(evidence.c.payload_digest.in_(part), ~LEFT)
        named = set(connection.scalars(here))
        left = [digest for digest in part if digest not in named]
        gone += delete_payloads(connection, left)
    return gone
