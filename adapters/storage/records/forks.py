"""Forks: checkpoints of another tree than the store's, and the acts that set them aside."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.schema.archive_tables import fork
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.tables import archive_segment
from gateway.merkle.fork import Fork
from gateway.store.stored import Changes

_FORKS = select(fork).order_by(fork.c.size, fork.c.root)


def forks(connection: Connection) -> list[Fork]:
    return [Fork(**row._mapping) for row in connection.execute(_FORKS)]


def found(connection: Connection, new: Sequence[Fork]) -> None:
    insert_new(connection, fork, [values_of(each, fork) for each in new])


def write(connection: Connection, changes: Changes) -> None:
    """Settle forks by their act; the first act stays."""
    found(connection, changes.set_aside)
    for each in changes.set_aside:
        known = update(fork).where(fork.c.size == each.size, fork.c.root == each.root, fork.c.act.is_(None))
        connection.execute(known.values(act=each.act))
    if changes.forgotten_segments is not None:
        connection.execute(delete(archive_segment).where(archive_segment.c.first >= changes.forgotten_segments))
