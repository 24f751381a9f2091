"""Records and payloads that have left the database, read from the archive's segments by their place in the tree.

A record that left has an empty header here. Its leaf hash stayed, and the header from the archive is compared with it.
The caller that gives out a payload compares it with its digest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from adapters.storage.engine.keyed_query import KeyedQuery
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


_RECORD_OF_DELETION = evidence.alias()

_PLACES = KeyedQuery(
    select(evidence.c.payload_digest, evidence.c.leaf_index).where(
        LEFT,
        ~exists().where(
            deletion.c.digest == evidence.c.payload_digest,
            deletion.c.done_at.is_not(None),
            _RECORD_OF_DELETION.c.id == deletion.c.evidence_id,
            _RECORD_OF_DELETION.c.leaf_index > evidence.c.leaf_index,
        ),
    ),
    evidence.c.payload_digest,
)
"""Places of payloads in the archive: at records that left, unless they were deleted after it."""

_WAITING = KeyedQuery(select(deletion.c.digest).where(deletion.c.done_at.is_(None)), deletion.c.digest)

_DELETED = KeyedQuery(select(deletion).where(deletion.c.done_at.is_not(None)), deletion.c.digest)


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


def known(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of these payloads that have left, and stand in the archive until their record is there, too."""
    found = set(_PLACES.scalars(connection, digests))
    return found - waiting(connection, found)


def waiting(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return those of these payloads whose deletion is on record, and not complete.

    Their segments may have been rewritten already, and the database may let go of them at any moment.
    """
    return set(_WAITING.scalars(connection, digests))


def payloads(connection: Connection, digests: Collection[str], archived: Archived) -> dict[str, Payload]:
    """Return those of these payloads that have left, from the archive."""
    places: dict[str, list[int]] = {}
    for row in _PLACES.rows(connection, digests):
        places.setdefault(row.payload_digest, []).append(row.leaf_index)
    return dict(archived.payloads(places)) if places else {}


def deleted(connection: Connection, digests: Sequence[str]) -> dict[str, Deleted]:
    """Return those that were deleted on record, whether or not they came again."""
    return {row.digest: Deleted(rule=row.rule, at=row.decided_at) for row in _DELETED.rows(connection, digests)}


def assert_not_deleted(connection: Connection, digests: Sequence[str]) -> None:
    """Raise `GatewayError` ``retention.deleted`` for the first that was deleted on record."""
    for digest, gone in deleted(connection, digests).items():
        raise GatewayError("retention.deleted", where=digest, detail=f"rule {gone.rule}, {gone.day}")
