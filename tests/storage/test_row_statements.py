"""Many rows at once: what the database holds is what SQLAlchemy's own way, row by row, would have put there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, bindparam, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from adapters.storage.engine.column_types import Coded, Day, Moment, Text
from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.row_statements import Statement, execute_rows
from gateway.notice.delivery_state import DeliveryState
from tests.databases import DATABASES

pytestmark = pytest.mark.long

table = Table(
    "sample",
    MetaData(),
    Column("key", Integer, primary_key=True),
    Column("name", Text),
    Column("state", Coded(DeliveryState)),
    Column("at", Moment),
    Column("day", Day),
    Column("octets", LargeBinary),
)

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=3, minutes=30)), timezone(-timedelta(hours=5))])
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001 - with zones
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.integers(0, 5),
            "name": st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            "state": st.none() | st.sampled_from(DeliveryState),
            "at": st.none() | TIMES,
            "day": st.none() | st.dates(),
            "octets": st.none() | st.binary(),
        }
    )
)
MOVED = table.update().where(table.c.key == bindparam("of"), table.c.name.is_not(None)).values(day=date(2026, 2, 3))
GONE = table.delete().where(table.c.key == bindparam("of"))


@pytest.fixture(scope="module", params=DATABASES)
def connection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    folder: Path = tmp_path_factory.mktemp("rows")
    with DATABASES[request.param](folder) as url:
        engine = create_engine(url, use_insertmanyvalues=False)
        with engine.connect() as opened:
            table.create(opened)
            yield opened
        engine.dispose()


def after(connection: Connection, act: Callable[[], object]) -> list[tuple[Any, ...]]:
    """Return the table's octets after an act, and undo it."""
    attempt = connection.begin_nested()
    act()
    raw = [tuple(row) for row in connection.execute(text("SELECT * FROM sample ORDER BY key"))]
    values = [tuple(row) for row in connection.execute(select(table).order_by(table.c.key))]
    attempt.rollback()
    return [*raw, *values]


def one_by_one(connection: Connection, statement: Statement, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        connection.execute(statement, row)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(rows=ROWS, changed=ROWS)
def test_rows_stand_as_if_each_was_written_alone(
    connection: Connection, rows: list[dict[str, Any]], changed: list[dict[str, Any]]
) -> None:
    new = insert(connection, table).on_conflict_do_nothing()
    moved = [{"of": row.pop("key")} | {name: row[name] for name in ("name", "state", "at")} for row in changed]
    gone = [{"of": row["of"]} for row in moved[:2]]

    def alone() -> None:
        one_by_one(connection, new, rows)
        one_by_one(connection, MOVED, moved)
        one_by_one(connection, GONE, gone)

    def together() -> None:
        insert_new(connection, table, rows)
        execute_rows(connection, MOVED, moved)
        execute_rows(connection, GONE, gone)

    assert after(connection, together) == after(connection, alone)


def test_a_time_without_an_offset_is_refused(connection: Connection) -> None:
    row = {"key": 1, "at": datetime(2026, 2, 3)}  # noqa: DTZ001 - that is the mistake
    with pytest.raises(ValueError, match="without an offset"):
        insert_new(connection, table, [row])


def test_a_broken_constraint_stays_one(connection: Connection) -> None:
    attempt = connection.begin_nested()
    with pytest.raises(IntegrityError):
        execute_rows(connection, table.insert(), [{"key": 1}, {"key": 1}])
    attempt.rollback()
