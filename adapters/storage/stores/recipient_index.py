"""`gateway.notice.recipient_index.IndexStore` on SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, or_, select, tuple_

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import outbox, recipient_index
from gateway.notice.recipient_index import IndexEntry, KeyedHash, Unindexed


def write(connection: Connection, entries: Sequence[IndexEntry]) -> None:
    insert_new(connection, recipient_index, [asdict(entry) for entry in entries])


def is_recipient(hashes: Sequence[KeyedHash]) -> ColumnElement[bool]:
    """Return a condition on ``outbox``: the notice's recipient has one of these keyed hashes."""
    columns = recipient_index.c
    same = [and_(columns.key_id == each.key_id, columns.keyed_hash == each.keyed_hash) for each in hashes]
    return outbox.c.reference.in_(select(columns.reference).where(or_(*same)))


def _without(*key_ids: str) -> ColumnElement[bool]:
    entry = and_(recipient_index.c.reference == outbox.c.reference, recipient_index.c.key_id.in_(key_ids))
    return ~exists().where(entry)


class SqlRecipientIndex:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unindexed(self, key_id: str, after: str, limit: int) -> list[Unindexed]:
        query: Select[tuple[str, str]] = (
            select(outbox.c.reference, outbox.c.seal_digest)
            .where(outbox.c.reference > after, _without(key_id))
            .order_by(outbox.c.reference)
            .limit(limit)
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        return [Unindexed(reference=row.reference, seal_digest=row.seal_digest) for row in rows]

    def count_unindexed(self, *key_ids: str) -> int:
        query = select(func.count()).select_from(outbox).where(_without(*key_ids))
        return self._database.read(lambda c: c.scalar(query)) or 0

    def sizes(self) -> dict[str, int]:
        query = select(recipient_index.c.key_id, func.count().label("number")).group_by(recipient_index.c.key_id)
        rows = self._database.read(lambda c: c.execute(query).all())
        return {row.key_id: row.number for row in rows}

    def add(self, entries: Sequence[IndexEntry]) -> None:
        if entries:
            self._database.write(lambda c: write(c, entries))

    def drop_others(self, key_id: str, limit: int) -> int:
        key = tuple_(recipient_index.c.reference, recipient_index.c.key_id)
        others = select(recipient_index.c.reference, recipient_index.c.key_id)
        some = others.where(recipient_index.c.key_id != key_id).limit(limit)
        return self._database.write(lambda c: c.execute(delete(recipient_index).where(key.in_(some))).rowcount)
