"""Refusals of rows: the standing ones, and those that their source does not show yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from adapters.storage.engine.dialects import insert_on
from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.schema.row_conversion import REFUSAL_FIELDS, values_of
from adapters.storage.schema.tables import outbox, refusal
from adapters.storage.unwritten import rewritten
from adapters.storage.writability import Writability
from gateway.notice.source_row import Refusal
from gateway.store.stored import RefusalGroup, StandingRefusal

if TYPE_CHECKING:
    from adapters.storage.engine.dialects import Insert

_STANDING: Select[Any] = select(
    refusal.c.written,
    refusal.c.since,
    *(refusal.c[name] for name in REFUSAL_FIELDS),
)

_OF_ROWS: Final = KeyedQuery(_STANDING.where(refusal.c.source == bindparam("source")), refusal.c.row_key)


def of_row(table: Table) -> ColumnElement[bool]:
    """Return a condition for everything that belongs to the row ``row`` of the source ``at``."""
    return and_(table.c.source == bindparam("at"), table.c.row_key == bindparam("row"))


DELETED: Final = delete(refusal).where(of_row(refusal))
"""Deletes the refusal of the row ``row`` of the source ``at``."""

_UNWRITTEN: Final = (
    update(outbox)
    .where(of_row(outbox), exists().where(of_row(refusal)))
    .values(rewritten(bindparam("lifted", type_=outbox.c.rewrite_since.type)))
)

_PLACE: Final = refusal.c.refused_at, refusal.c.row_key
_NOT_SHOWN: Final = (
    select(*(refusal.c[name] for name in REFUSAL_FIELDS))
    .where(refusal.c.source == bindparam("of"), refusal.c.written.is_(False))
    .order_by(*_PLACE)
    .limit(bindparam("most"))
)

_TOLD: Final = "row_version", "code", "field", "reason"
"""Columns of a refusal's text in the case database; a refusal with another one is written back again."""

_WRITTEN: Final = (
    update(refusal)
    .where(of_row(refusal), *(refusal.c[name] == bindparam(f"told_{name}") for name in _TOLD))
    .values(written=True)
)


class SqlRefusalStore:
    """Implement `gateway.store.ports.refusal_store.RefusalStore`."""

    def __init__(self, database: Database, writability: Writability) -> None:
        self._database, self._writability = database, writability

    def of_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, StandingRefusal]:
        rows = self._database.read(lambda c: _OF_ROWS.rows(c, row_keys, source=source))
        return {each.refusal.row_key: each for each in map(_standing, rows)}

    def page(
        self,
        *,
        source: str | None,
        code: str | None,
        limit: int,
        after: tuple[str, str] | None,
        field: str | None = None,
        bodies: frozenset[str] | None = None,
    ) -> list[StandingRefusal]:
        query, place = _STANDING.where(*_of_bodies(bodies)), (refusal.c.source, refusal.c.row_key)
        if source is not None:
            query = query.where(refusal.c.source == source)
        if code is not None:
            query = query.where(or_(refusal.c.code == code, refusal.c.code.startswith(f"{code}.", autoescape=True)))
        if field is not None:
            query = query.where(refusal.c.field == field)
        if after is not None:
            query = query.where(tuple_(*place) > after)
        query = query.order_by(*place).limit(limit)
        return self._database.read(lambda c: [_standing(row) for row in c.execute(query)])

    def groups(self, *, bodies: frozenset[str] | None, up_to: int) -> list[RefusalGroup]:
        some = select(refusal.c.source, refusal.c.code, refusal.c.field, refusal.c.since)
        found = some.where(*_of_bodies(bodies)).limit(up_to).subquery().c
        names = found.source, found.code, found.field
        query = select(*names, func.count().label("count"), func.min(found.since).label("oldest")).group_by(*names)
        query = query.order_by(func.count().desc(), *names)
        return self._database.read(lambda c: [RefusalGroup(**row._mapping) for row in c.execute(query)])

    def refused_since(self, since: datetime, *, bodies: frozenset[str] | None, up_to: int) -> list[datetime]:
        query = select(refusal.c.refused_at).where(refusal.c.refused_at >= since, *_of_bodies(bodies)).limit(up_to)
        return self._database.read(lambda c: list(c.scalars(query)))

    def row_keys(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        query = select(refusal.c.row_key).where(refusal.c.source == source, refusal.c.code.in_(codes))
        if after is not None:
            query = query.where(refusal.c.row_key > after)
        return self._database.read(lambda c: list(c.scalars(query.order_by(refusal.c.row_key).limit(limit))))

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Refusal]:
        query = _NOT_SHOWN if after is None else _NOT_SHOWN.where(tuple_(*_PLACE) > after)
        given = {"of": source, "most": limit}
        return self._database.read(lambda c: [Refusal(**row._mapping) for row in c.execute(query, given)])

    def mark_written(self, refusals: Sequence[Refusal]) -> None:
        rows = [
            {"at": r.source, "row": r.row_key, **{f"told_{name}": getattr(r, name) for name in _TOLD}} for r in refusals
        ]
        self._writability.write(lambda c: execute_rows(c, _WRITTEN, rows))


def _of_bodies(bodies: frozenset[str] | None) -> list[ColumnElement[bool]]:
    return [] if bodies is None else [refusal.c.body.in_(sorted(bodies))]


def _standing(row: Sequence[Any]) -> StandingRefusal:
    return StandingRefusal(
        refusal=Refusal(**dict(zip(REFUSAL_FIELDS, row[2:], strict=True))), written=row[0], since=row[1]
    )


def write(connection: Connection, refusals: Sequence[Refusal]) -> None:
    """Write refusals in place of those of earlier versions of their rows, and of earlier ones of the same version.

    One that says the same as the standing one changes nothing.
    A refusal of a lower version replaces one of a higher version only if it is later: versions may begin anew, as in a
    case database that was restored.
    """
    rows = [values_of(r, refusal, written=False, since=r.refused_at) for r in refusals]
    execute_rows(connection, _replacing(connection.dialect.name), rows)


@cache
def _replacing(dialect: str) -> Insert:
    statement = insert_on(dialect, refusal)
    new = statement.excluded
    another = or_(*(refusal.c[name] != new[name] for name in _TOLD))
    # The clocks of two processes may differ, so a higher version need not be the later one.
    return statement.on_conflict_do_update(
        index_elements=[refusal.c.source, refusal.c.row_key],
        set_={c.name: new[c.name] for c in refusal.c if not c.primary_key and c is not refusal.c.since},
        where=(refusal.c.row_version < new.row_version) | (another & (refusal.c.refused_at <= new.refused_at)),
    )


def clear(connection: Connection, cleared_refusals: Mapping[tuple[str, str], datetime]) -> None:
    """Delete refusals that no longer hold, and have the row status in the case database written again. A row without a
    refusal shows the right status and is left alone."""
    rows = [{"at": source, "row": row_key} for source, row_key in cleared_refusals]
    lifted = [row | {"lifted": at} for row, at in zip(rows, cleared_refusals.values(), strict=True)]
    execute_rows(connection, _UNWRITTEN, lifted)
    execute_rows(connection, DELETED, rows)
