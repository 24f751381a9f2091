"""Conversion of the core's values to rows, and back. Columns have the names of their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, literal

from adapters.storage.schema.tables import notice, outbox, refusal
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.notice.source_row import Refusal
from gateway.runtime.changed_value import made
from gateway.store.stored import Admission

T = TypeVar("T")
Values = dict[str, Any]

IN_LIST = 1000
"""Keys asked for in one query: both databases allow some ten thousand parameters."""

NOTICE_COLUMNS = [column for column in notice.c if column.name != "reference"]
REFUSAL_FIELDS = [f.name for f in fields(Refusal) if f.name in refusal.c]
_ENTRY_FIELDS = [f.name for f in fields(OutboxEntry)]


def in_state(state: DeliveryState) -> ColumnElement[bool]:
    """Return a condition on ``outbox`` with the state as a literal, which the planner needs to use a partial index."""
    return outbox.c.state == literal(state, outbox.c.state.type, literal_execute=True)


def entry_of(row: Row[Any]) -> OutboxEntry:
    """Return the entry in a row of ``outbox``."""
    return made(OutboxEntry, row)


def admission_of(row: Row[Any]) -> Admission:
    """Return the admission in a row of ``outbox`` with `NOTICE_COLUMNS` behind it."""
    entry = dict(zip(_ENTRY_FIELDS, row, strict=False))
    rest = dict(zip((c.name for c in NOTICE_COLUMNS), row[len(_ENTRY_FIELDS) :], strict=True))
    return Admission(entry=OutboxEntry(**entry), **rest)


def values_of(value: object, table: Table, **others: Any) -> Values:
    """Return ``value`` as a row of ``table``. ``others`` holds the columns that are not its fields."""
    return {name: getattr(value, name) for name in _fields(table, frozenset(others))} | others


@cache
def _fields(table: Table, others: frozenset[str]) -> tuple[str, ...]:
    return tuple(c.name for c in table.c if c.name not in others)


def event_values(step: Transition) -> Values:
    """Return a step as a row of ``event``."""
    return {
        "reference": step.after.reference,
        "seq": step.after.seq,
        "event": step.event,
        "state": step.after.state,
        "occurred_at": step.occurred_at,
        "learned_at": step.learned_at,
        "evidence_id": step.evidence_id,
    }


def parts(keys: Iterable[T]) -> Iterator[list[T]]:
    """Return the distinct keys in lists that one query can hold."""
    rest = iter(dict.fromkeys(keys))
    while part := list(islice(rest, IN_LIST)):
        yield part


def rows_of(
    connection: Connection, query: Select[Any], column: ColumnElement[str], keys: Iterable[str]
) -> list[Row[Any]]:
    """Return the rows that ``query`` finds whose ``column`` is one of ``keys``."""
    return [row for part in parts(keys) for row in connection.execute(query.where(column.in_(part)))]
