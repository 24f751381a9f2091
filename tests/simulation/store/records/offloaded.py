"""Records and payloads that have left the database, read from the archive's segments by their place in the tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gateway.archive.offloaded import Archived
from gateway.merkle.tree import leaf_hash
from gateway.record.deletion import Deleted
from gateway.runtime.errors import GatewayError
from gateway.store.payload import Payload

from ..database import SimulatedDatabase
from ..rows import KeptRecord


def headers(records: Iterable[KeptRecord], archived: Archived) -> dict[str, bytes]:
    """Return the header of each of these records by its id. Raises `GatewayError` ``archive.unreachable``,
    ``archive.differs``."""
    found = {record.id: record for record in records}
    left = [(record, record.leaf_index) for record in found.values() if not record.header]
    places = [place for _, place in left if place is not None]
    elsewhere = archived.headers(places) if left else {}
    for record, place in left:
        if place is None or leaf_hash(elsewhere[place]) != record.leaf_hash:
            raise GatewayError("archive.differs", where=f"record {place}, {record.id}")
    return {
        id: record.header or elsewhere[record.leaf_index if record.leaf_index is not None else -1]
        for id, record in found.items()
    }


def known_places(database: SimulatedDatabase, digests: Collection[str]) -> dict[str, list[int]]:
    """Return the places of payloads in the archive: of records that left, unless they were deleted after it."""
    found: dict[str, list[int]] = {}
    for digest in digests:
        places = [
            record.leaf_index
            for record in database.evidence.find("payload", digest)
            if not record.header and record.leaf_index is not None and not _is_gone(database, record)
        ]
        if places:
            found[digest] = places
    return found


def known(database: SimulatedDatabase, digests: Collection[str]) -> set[str]:
    """Return those of these payloads that have left, and stand in the archive until their record is there, too."""
    return {digest for digest in known_places(database, digests) if not is_waiting(database, digest)}


def is_waiting(database: SimulatedDatabase, digest: str) -> bool:
    """Return True if the deletion of a payload is on record, and not complete."""
    deletion = database.deletion.get(digest)
    return deletion is not None and deletion.done_at is None


def payloads(database: SimulatedDatabase, digests: Collection[str], archived: Archived) -> dict[str, Payload]:
    """Return those of these payloads that have left, from the archive."""
    places = known_places(database, digests)
    return dict(archived.payloads(places)) if places else {}


def deleted(database: SimulatedDatabase, digests: Collection[str]) -> dict[str, Deleted]:
    """Return those that were deleted on record, whether or not they came again."""
    found = {}
    for digest in dict.fromkeys(digests):
        deletion = database.deletion.get(digest)
        if deletion is not None and deletion.done_at is not None:
            found[digest] = Deleted(rule=deletion.rule, at=deletion.decided_at)
    return found


def assert_not_deleted(database: SimulatedDatabase, digests: Collection[str]) -> None:
    """Raise `GatewayError` ``retention.deleted`` for the first that was deleted on record."""
    for digest, gone in deleted(database, digests).items():
        raise GatewayError("retention.deleted", where=digest, detail=f"rule {gone.rule}, {gone.day}")


def _is_gone(database: SimulatedDatabase, record: KeptRecord) -> bool:
    deletion = database.deletion.get(record.payload_digest)
    if deletion is None or deletion.done_at is None:
        return False
    place = database.evidence.rows[deletion.evidence_id].leaf_index
    return place is not None and record.leaf_index is not None and place > record.leaf_index
