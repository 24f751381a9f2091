"""Records and payloads that have left the database, read from the archive's segments by their place in the tree.

A record that left has an empty header here. Its leaf hash stayed, and the header from the archive is compared with it.
The caller that gives out a payload compares it with its digest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import deletion, evidence
from gateway.archive.offloaded import Archived
from gateway.merkle.tree import leaf_hash
from gateway.record.deletion import Deleted
from gateway.runtime.errors import GatewayError
from gateway.store.stored import EvidenceRow, Payload

LEFT = func.length(evidence.c.header) == 0
"""A condition for records that have left."""

COLUMNS = [evidence.c[name] for name in ("id", "kind", "notice", "header", "payload_digest", "leaf_hash", "leaf_index")]
"""Columns of a record that `headers` and `rows_of` need."""


def headers(rows: Iterable[Row[Any]], archived: Archived) -> dict[str, bytes]:
    """Return the header of each of these records by its id. Raises `GatewayError` ``archive.unreachable``,
    ``archive.differs``."""
    found = {row.id: row for row in rows}
    left = [row for row in found.values() if not row.header]
    elsewhere = archived.headers([row.leaf_index for row in left]) if left else {}
    for row in left:
        if leaf_hash(elsewhere[row.leaf_index]) != row.leaf_hash:
            raise GatewayError("archive.differs", where=f"record {row.leaf_index}, {row.id}")
    return {id: row.header or elsewhere[row.leaf_index] for id, row in found.items()}


def rows_of(rows: Sequence[Row[Any]], archived: Archived) -> list[EvidenceRow]:
    found = headers(rows, archived)
    return [
        EvidenceRow(id=r.id, kind=r.kind, notice=r.notice, header=found[r.id], payload_digest=r.payload_digest)
        for r in rows
    ]


def known(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Return those of these payloads that have left, and still stand in the archive."""
    return {digest for digest, _ in _places(connection, digests)} if digests else set()


def payloads(connection: Connection, digests: Collection[str], archived: Archived) -> dict[str, Payload]:
    """Return those of these payloads that have left, from the archive."""
    places: dict[str, list[int]] = {}
    for part in parts(digests):
        for digest, place in _places(connection, part):
            places.setdefault(digest, []).append(place)
    return dict(archived.payloads(places)) if places else {}


def _places(connection: Connection, digests: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield where these payloads stand in the archive: at records that left, unless they were deleted after it."""
    record_of_it = evidence.alias()
    gone = exists().where(
        deletion.c.digest == evidence.c.payload_digest,
        deletion.c.done_at.is_not(None),
        record_of_it.c.id == deletion.c.evidence_id,
        record_of_it.c.leaf_index > evidence.c.leaf_index,
    )
    query = select(evidence.c.payload_digest, evidence.c.leaf_index)
    yield from connection.execute(query.where(evidence.c.payload_digest.in_(digests), LEFT, ~gone))


def deleted(connection: Connection, digests: Sequence[str]) -> dict[str, Deleted]:
    """Return those that were deleted on record, whether or not they came again."""
    found: dict[str, Deleted] = {}
    for part in parts(digests):
        query = select(deletion).where(deletion.c.digest.in_(part), deletion.c.done_at.is_not(None))
        found |= {row.digest: Deleted(rule=row.rule, at=row.decided_at) for row in connection.execute(query)}
    return found


def assert_not_deleted(connection: Connection, digests: Sequence[str]) -> None:
    """Raise `GatewayError` ``retention.deleted`` for the first that was deleted on record."""
    for digest, gone in deleted(connection, digests).items():
        raise GatewayError("retention.deleted", where=digest, detail=f"rule {gone.rule}, {gone.day}")
