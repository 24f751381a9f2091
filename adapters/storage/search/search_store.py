"""`gateway.search.search_store.SearchStore` on SQL."""

from __future__ import annotations

from sqlalchemy import Connection, select

from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import admission_of, rows_of
from adapters.storage.schema.tables import cursor, notice, outbox
from adapters.storage.search.search_filling import UNFILLED
from adapters.storage.search.search_plan import SearchPlan
from adapters.storage.stores.notices import ADMISSIONS
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.search_store import FoundPage
from gateway.store.stored import Admission

# PostgreSQL's statistics know nothing of a text's days, and its planner would rather read a table as a whole.
_POSTGRESQL = ", ".join(
    f"set_config('{name}', 'off', true)" for name in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit")
)


class SqlSearchStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, query: NoticeQuery, *, after: PageKey | None, limit: int) -> FoundPage:
        return self._database.read(lambda c: _find(c, query, after, limit))

    def count(self, query: NoticeQuery, *, up_to: int) -> int:
        return self._database.read(lambda c: _plan(c, query, None).count(up_to))

    @property
    def complete(self) -> bool:
        unfilled = select(cursor.c.name).where(cursor.c.name == UNFILLED)
        return self._database.read(lambda c: c.scalar(unfilled)) is None


def plan_by_index(connection: Connection) -> None:
    """Have the rest of this transaction follow indexes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT {_POSTGRESQL}")


def _plan(connection: Connection, query: NoticeQuery, after: PageKey | None) -> SearchPlan:
    plan_by_index(connection)
    return SearchPlan(connection, query, after)


def _find(connection: Connection, query: NoticeQuery, after: PageKey | None, limit: int) -> FoundPage:
    places: list[str] = []
    for part in _plan(connection, query, after).parts():
        found = connection.execute(part.limit(limit + 1 - len(places)))
        places += [row.reference for row in found]
        if len(places) > limit:
            break
    found_notices = _admissions(connection, query, places[:limit])
    if len(places) <= limit:
        return FoundPage(notices=found_notices)
    last = found_notices[-1].entry
    return FoundPage(notices=found_notices, next=PageKey(admitted_at=last.admitted_at, reference=last.reference))


def _admissions(connection: Connection, query: NoticeQuery, references: list[str]) -> list[Admission]:
    """Return the notices in the order of ``references``, of visible bodies alone: that is compared with each itself."""
    chosen = ADMISSIONS
    if query.allowed_bodies is not None:
        chosen = chosen.where(notice.c.body.in_(sorted(query.allowed_bodies)))
    rows = rows_of(connection, chosen, outbox.c.reference, references)
    found = {row.reference: admission_of(row) for row in rows}
    return [found[reference] for reference in references if reference in found]
