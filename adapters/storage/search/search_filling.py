"""Rows of the search for notices that were here before its tables: in batches, each with the place that it reached."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, select, tuple_, update

from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import admission_of
from adapters.storage.schema.tables import cursor, outbox
from adapters.storage.search import search_index
from adapters.storage.stores.notices import ADMISSIONS
from gateway.runtime.may_continue import MayContinue
from gateway.search.page_key import PageKey

UNFILLED: Final = "search-unfilled"
"""Cursor of the notices that have no rows of the search yet; there is none once all have them."""

BATCH: Final = 1000


def fill(database: Database, may_continue: MayContinue) -> int:
    """Write the missing rows, batch by batch; return the number of notices. May be ended anywhere, and repeated."""
    total = 0
    while may_continue():
        number = database.write(_fill_batch)
        if number is None:
            break
        total += number
    return total


def _fill_batch(connection: Connection) -> int | None:
    """Write the rows of one batch; return how many notices it has, or None if no notice was left before."""
    mark = cursor.c.name == UNFILLED
    reached = connection.scalar(select(cursor.c.value).where(mark).with_for_update())
    if reached is None:
        return None
    # Their states must not change until their rows are here to follow.
    place = outbox.c.admitted_at, outbox.c.reference
    query = ADMISSIONS.order_by(*place).limit(BATCH).with_for_update(of=outbox)
    if reached:
        key = PageKey.parsed(reached)
        query = query.where(tuple_(*place) > (key.admitted_at, key.reference))
    batch = [admission_of(row) for row in connection.execute(query)]
    search_index.add(connection, batch)
    if len(batch) < BATCH:
        connection.execute(delete(cursor).where(mark))
    else:
        last = batch[-1].entry
        key = PageKey(admitted_at=last.admitted_at, reference=last.reference)
        connection.execute(update(cursor).where(mark).values(value=key.text))
    return len(batch)
