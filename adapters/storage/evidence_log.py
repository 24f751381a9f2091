"""`SqlEvidenceLog`: the ports `gateway.evidence.evidence_log.EvidenceLog` and `gateway.archive.witnessing.WitnessBook`
beside the store, on the same database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, bindparam, select, update

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.payloads import offloaded_records
from adapters.storage.payloads.payloads import as_kept, sizes
from adapters.storage.records import damages, forks, proof_reach
from adapters.storage.schema.row_conversion import parts, values_of
from adapters.storage.schema.tables import evidence, message_notice, payload
from adapters.storage.schema.tree_tables import checkpoint, tree, tree_tile
from gateway.archive.offloaded import Archived, NoArchive
from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import Leaf, StoredCheckpoint
from gateway.merkle.fork import Fork
from gateway.merkle.tiles import Place, Tiles
from gateway.record.damage import Damage, DamageReport
from gateway.store.stored import Changes, Payload

TREE = "evidence"
"""The one tree's name."""

_SIZE = select(tree.c.size).where(tree.c.name == TREE)
_LOCKED_SIZE = _SIZE.with_for_update()
_TILE = select(tree_tile.c.hashes).where(
    tree_tile.c.level == bindparam("level"), tree_tile.c.position == bindparam("position")
)
_CHECKPOINTS = (
    select(checkpoint)
    .where(checkpoint.c.size > bindparam("after"))
    .order_by(checkpoint.c.size)
    .limit(bindparam("most"))
)
_STAMPED_CHECKPOINTS = _CHECKPOINTS.where(checkpoint.c.token.is_not(None))
_LAST_CHECKPOINT = select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)
_UNPLACED = (
    select(evidence.c.position, evidence.c.leaf_hash)
    .where(evidence.c.leaf_index.is_(None))
    .order_by(evidence.c.position)
    .limit(bindparam("most"))
)
_PLACING = update(evidence).where(evidence.c.position == bindparam("at")).values(leaf_index=bindparam("index"))


class SqlEvidenceLog:
    """May be used from several threads and processes."""

    def __init__(self, database: Database, folder: Path, archived: Archived | None = None) -> None:
        """``folder`` holds the segment files of payloads; ``archived`` reads what has left the database."""
        self._database, self._folder, self._archived = database, folder, archived or NoArchive()

    def place(self, limit: int) -> int:
        return self._database.write(lambda connection: _place(connection, limit))

    def size(self) -> int:
        return self._database.read(lambda c: c.scalar(_SIZE)) or 0

    def tile(self, place: Place) -> bytes:
        return self._database.read(lambda connection: _tile(connection, place))

    def leaves(self, first: int, limit: int) -> Sequence[Leaf]:
        query = (
            select(*offloaded_records.COLUMNS)
            .where(evidence.c.leaf_index >= first)
            .order_by(evidence.c.leaf_index)
            .limit(limit)
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        headers = offloaded_records.headers(rows, self._archived)
        return [Leaf(index=r.leaf_index, header=headers[r.id], payload_digest=r.payload_digest) for r in rows]

    def stored(self, digests: Sequence[str]) -> Mapping[str, Payload]:
        return self._database.read(lambda connection: as_kept(connection, digests, self._folder, self._archived))

    def sizes(self, digests: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        return self._database.read(lambda connection: sizes(connection, digests, self._folder))

    def index_of(self, record: str) -> int | None:
        return self._database.read(lambda c: c.scalar(select(evidence.c.leaf_index).where(evidence.c.id == record)))

    def carried(self, messages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return self._database.read(lambda connection: _carried(connection, messages))

    def keep(self, kept: StoredCheckpoint) -> None:
        self._database.write(lambda c: insert_new(c, checkpoint, [values_of(kept, checkpoint)]))

    def stamp(self, size: int, token: bytes) -> None:
        query = update(checkpoint).where(checkpoint.c.size == size, checkpoint.c.token.is_(None)).values(token=token)
        self._database.write(lambda c: c.execute(query))

    def checkpoints(self, after: int, limit: int, *, stamped: bool = False) -> Sequence[StoredCheckpoint]:
        query, given = _STAMPED_CHECKPOINTS if stamped else _CHECKPOINTS, {"after": after, "most": limit}
        return self._database.read(lambda c: [StoredCheckpoint(**row._mapping) for row in c.execute(query, given)])

    def last_checkpoint(self) -> StoredCheckpoint | None:
        row = self._database.read(lambda c: c.execute(_LAST_CHECKPOINT).one_or_none())
        return None if row is None else StoredCheckpoint(**row._mapping)

    def forks(self) -> Sequence[Fork]:
        return self._database.read(forks.forks)

    def found(self, fork: Fork) -> None:
        self._database.write(lambda c: forks.found(c, [fork]))

    def damaged(self, digests: Collection[str]) -> Sequence[Damage]:
        return self._database.read(lambda c: damages.among(c, digests, self._folder, self._archived))

    def damages(self) -> Sequence[Damage]:
        return self._database.read(damages.known)

    def report_damage(self, report: DamageReport, origin: str) -> None:
        from adapters.storage import writing  # all that can be written: no verb that only reads needs it

        record, octets = report.record(origin), report.octets
        kept = Payload(digest=record.payload_digest, octets=octets)
        # Kept in a database row: the payload folder may be what is damaged.
        row = values_of(kept, payload, segment=None, start=None, length=None)
        changes = Changes(evidence=[record], damages=[(record.id, report)])
        self._database.write(lambda c: writing.commit(c, changes, [row]))

    def witnesses(self) -> Mapping[str, WitnessState]:
        return self._database.read(proof_reach.witnesses)

    def accepted(self, witness: str, size: int, at: datetime) -> None:
        self._database.write(lambda c: proof_reach.accepted(c, witness, size, at))

    def not_accepted(self, state: WitnessState) -> None:
        self._database.write(lambda c: proof_reach.not_accepted(c, state))


def _carried(connection: Connection, messages: Sequence[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for part in parts(messages):
        for row in connection.execute(select(message_notice).where(message_notice.c.evidence_id.in_(part))):
            found[row.evidence_id] = found.get(row.evidence_id, frozenset()) | {row.reference}
    return found


def _place(connection: Connection, limit: int) -> int:
    insert_new(connection, tree, [{"name": TREE, "size": 0}])
    # Locked until the end of the transaction: one process at a time gives places.
    size = connection.scalar(_LOCKED_SIZE)
    rows = connection.execute(_UNPLACED, {"most": limit}).all()
    if not rows:
        return 0
    tiles = Tiles(size or 0, lambda place: _tile(connection, place))
    places = [{"at": row.position, "index": index} for index, row in enumerate(rows, tiles.size)]
    tiles.append(row.leaf_hash for row in rows)
    connection.execute(_PLACING, places)
    writing = insert(connection, tree_tile)
    growing = writing.on_conflict_do_update(
        index_elements=[tree_tile.c.level, tree_tile.c.position], set_={"hashes": writing.excluded["hashes"]}
    )
    changed = tiles.changed.items()
    connection.execute(growing, [{"level": at[0], "position": at[1], "hashes": hashes} for at, hashes in changed])
    connection.execute(update(tree).where(tree.c.name == TREE).values(size=tiles.size))
    return len(rows)


def _tile(connection: Connection, place: Place) -> bytes:
    level, position = place
    return connection.scalar(_TILE, {"level": level, "position": position}) or b""
