"""Rows that were refused: which stand, and which were not told to their source yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select, tuple_

from adapters.storage.schema.rows import REFUSAL_FIELDS, parts
from adapters.storage.schema.tables import refusal
from gateway.notice.source_row import Refusal
from gateway.store.stored import StandingRefusal


def unwritten(
    connection: Connection, source: str, limit: int, after: tuple[datetime, str] | None = None
) -> list[Refusal]:
    columns, place = [refusal.c[name] for name in REFUSAL_FIELDS], (refusal.c.refused_at, refusal.c.row_key)
    query = select(*columns).where(refusal.c.source == source, refusal.c.written.is_(False))
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [Refusal(**row._mapping) for row in connection.execute(query.order_by(*place).limit(limit))]


_STANDING: Select[Any] = select(
    refusal.c.written,
    func.coalesce(refusal.c.since, refusal.c.refused_at, type_=refusal.c.refused_at.type),
    *(refusal.c[name] for name in REFUSAL_FIELDS),
)


def of_rows(connection: Connection, source: str, row_keys: Sequence[str]) -> dict[str, StandingRefusal]:
    query = _STANDING.where(refusal.c.source == source)
    found = [row for part in parts(row_keys) for row in connection.execute(query.where(refusal.c.row_key.in_(part)))]
    return {each.refusal.row_key: each for each in map(_standing, found)}


def page(
    connection: Connection, source: str | None, code: str | None, limit: int, after: tuple[str, str] | None
) -> list[StandingRefusal]:
    query, place = _STANDING, (refusal.c.source, refusal.c.row_key)
    if source is not None:
        query = query.where(refusal.c.source == source)
    if code is not None:
        query = query.where(or_(refusal.c.code == code, refusal.c.code.startswith(f"{code}.", autoescape=True)))
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [_standing(row) for row in connection.execute(query.order_by(*place).limit(limit))]


def _standing(row: Sequence[Any]) -> StandingRefusal:
    return StandingRefusal(
        refusal=Refusal(**dict(zip(REFUSAL_FIELDS, row[2:], strict=True))), written=row[0], since=row[1]
    )


def row_keys(connection: Connection, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
    query = select(refusal.c.row_key).where(refusal.c.source == source, refusal.c.code.in_(codes))
    if after is not None:
        query = query.where(refusal.c.row_key > after)
    return list(connection.scalars(query.order_by(refusal.c.row_key).limit(limit)))
