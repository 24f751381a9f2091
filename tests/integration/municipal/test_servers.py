"""Case databases on real servers: two accounts, their own people's queries and statements, and what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.composition.installation import Installation
from adapters.composition.sources import case_source
from adapters.municipal.sql.source_config import COLUMNS, ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.shipped.resources import CONFIG
from gateway.mapping.model.values import Type
from gateway.notice.source_row import CaseRow
from gateway.runtime.errors import GatewayError
from tests.conformance.test_source import delivered, read_all, refusal
from tests.databases import make_store
from tests.integration.municipal.case_database import PDF
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty

ROOT = Path(__file__).parents[3]
PRIVATE = "9990000000"
PATIENCE = 600.0
READ = ", ".join(("notice_id", "change_no", *COLUMNS))
WRITTEN = ", ".join(ResultColumns().names)


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlainCaseDatabase]:
    with empty(request.param, tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as made:
        yield made


def run(database: PlainCaseDatabase, *statements: str) -> None:
    """Run statements as the server's administrator."""
    with database.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def is_postgresql(database: PlainCaseDatabase) -> bool:
    return database.engine.dialect.name == "postgresql"


@pytest.fixture
def accounts(database: PlainCaseDatabase) -> Iterator[tuple[str, str]]:
    """The reader and the writer of `docs/connect/case-databases.md`, by URLs without their password."""
    if is_postgresql(database):
        create, drop, host = "CREATE ROLE {} LOGIN", "DROP OWNED BY {0}; DROP ROLE {0}", ""
    else:
        create, drop, host = "CREATE USER {} IDENTIFIED BY 'رمز secret'", "DROP USER {}", "@localhost"
    reader, writer = f"eblagh_reader{host}", f"eblagh_writer{host}"
    run(
        database,
        create.format(reader),
        create.format(writer),
        f"GRANT SELECT ON eblagh_notices TO {reader}",
        f"GRANT SELECT (notice_id, {WRITTEN}), UPDATE ({WRITTEN}) ON notices TO {writer}",
    )
    url = sa.make_url(database.url)
    yield str(url.set(username="eblagh_reader")), str(url.set(username="eblagh_writer"))
    run(database, drop.format(reader), drop.format(writer))


def with_password(url: str) -> str:
    return sa.make_url(url).set(password="رمز secret").render_as_string(hide_password=False)


def failure(source: SqlCaseSource) -> GatewayError:
    with closing(source), pytest.raises(GatewayError) as caught:
        read_all(source)
    assert PRIVATE not in str(caught.value)
    assert "secret" not in str(caught.value)
    return caught.value


def test_a_bit_of_mariadb_is_a_number(tmp_path: Path) -> None:
    with empty("mariadb", tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as database:
        run(database, "CREATE TABLE bits (number INTEGER, version INTEGER, final BIT(1), parts BIT(12))")
        run(database, "INSERT INTO bits VALUES (1, 1, 1, 258), (2, 2, 0, NULL)")
        config = SqlSourceConfig(view="bits", key="number", version="version", columns=("final", "parts"))
        with closing(SqlCaseSource("cases", url, config)) as source:
            rows = read_all(source)
            assert source.columns()["final"] is Type.INTEGER
    assert [(row.fields["final"], row.fields["parts"]) for row in rows] == [(1, 258), (0, None)]


def test_one_account_reads_and_another_writes(database: PlainCaseDatabase, accounts: tuple[str, str]) -> None:
    first, second = database.add(parties=2)
    reading, writing = map(with_password, accounts)
    with closing(SqlCaseSource("cases", reading, write_url=writing)) as source:
        rows = read_all(source)
        assert source.write_results([delivered(first), delivered("999")]) == ["999"]
        source.write_refusals([refusal(rows[1])])
    assert database.shown(first)["eblagh_state"] == "DELIVERED"
    assert database.shown(second)["eblagh_state"] == "REFUSED"


def test_the_grants_of_the_page_suffice_on_mariadb(tmp_path: Path) -> None:
    page = (ROOT / "docs/connect/case-databases.md").read_text(encoding="utf-8")
    [block] = [part for part in page.split("```sql")[1:] if "SHOW VIEW ON" in part.partition("```")[0]]
    with empty("mariadb", tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as database:
        name = sa.make_url(url).database
        written = block.partition("```")[0].replace("'%'", "localhost").replace(" cases.", f" {name}.")
        written = written.replace("…", "رمز secret")
        run(database, *filter(None, (each.strip() for each in written.split(";"))))
        try:
            database.add()
            users = ("eblagh_reader", "eblagh_writer")
            reading, writing = (with_password(str(sa.make_url(url).set(username=user))) for user in users)
            with closing(SqlCaseSource("cases", reading, write_url=writing)) as source:
                (row,) = read_all(source)
                assert source.shown([row.key])[row.key] is not None, "collecting compares what rows show"
                source.write_refusals([refusal(row)])
                assert source.write_results([delivered(row.key)]) == []
                assert source.columns().keys() >= set(COLUMNS), "mapping check"
                assert "eblagh_state" in source.written_row().members
        finally:
            run(database, *(f"DROP USER {user}@localhost" for user in users))


def test_a_right_that_is_missing_is_told(database: PlainCaseDatabase, accounts: tuple[str, str]) -> None:
    (key,) = database.add()
    reading, _ = map(with_password, accounts)
    with (
        closing(SqlCaseSource("cases", reading)) as source,
        pytest.raises(GatewayError, match=r"denied.*\[source\.schema\]"),
    ):
        source.write_results([delivered(key)])


def test_a_reader_cannot_write_whatever_its_account_may(database: PlainCaseDatabase) -> None:
    database.add()
    with (
        closing(SqlCaseSource("cases", database.url)) as source,
        source._engines.reader.connect() as connection,
        pytest.raises(sa.exc.DBAPIError, match=r"(?i)read.only"),
    ):
        connection.exec_driver_sql("DELETE FROM notices")


def test_rows_may_come_from_a_query(database: PlainCaseDatabase) -> None:
    keys = [key for _ in range(5) for key in database.add()]
    cast = "district::text" if is_postgresql(database) else "CAST(district AS CHAR)"
    columns = READ.replace("district", f"{cast} AS district")
    query = f"-- those that are issued\nSELECT {columns} FROM notices\nWHERE paper_number LIKE '%' AND notice_id > 2;\n"
    with closing(SqlCaseSource("cases", database.url, SqlSourceConfig(query=query, view="none"))) as source:
        rows = read_all(source)
        assert [row.key for row in rows] == keys[2:]
        assert source.unlisted() == 0
        source.write_refusals([refusal(rows[0])])
    assert database.shown(keys[2])["eblagh_code"] == "recipient.name"


def test_results_may_go_back_by_statements(database: PlainCaseDatabase) -> None:
    first, second, third = database.add(parties=3)
    statements = Statements(
        result="UPDATE notices SET eblagh_state = :state, delivered_at = :delivered_at WHERE notice_id = :row_key;",
        refusal="UPDATE notices SET eblagh_state = COALESCE(eblagh_state, :state), eblagh_reason = :reason"
        " WHERE notice_id = :row_key",
    )
    with closing(SqlCaseSource("cases", database.url, SqlSourceConfig(statements=statements, table="none"))) as source:
        rows = read_all(source)
        assert source.write_results([delivered(first), delivered("999"), delivered(second)]) == ["999"]
        source.write_refusals([refusal(rows[1]), refusal(rows[2])])
    assert [database.shown(key)["eblagh_state"] for key in (first, second, third)] == [
        "DELIVERED",
        "DELIVERED",
        "REFUSED",
    ]
    assert database.shown(first)["delivered_at"] == "2026-02-03T08:00:00.250000Z"
    assert database.shown(second)["eblagh_reason"] == "نام مخاطب: خالی است."


@pytest.mark.long
def test_large_documents_come_whole(database: PlainCaseDatabase) -> None:
    large = PDF + bytes(6 * 1024 * 1024)
    keys = [key for document in (large, PDF, large, large, PDF) for key in database.add(document=document)]
    with closing(SqlCaseSource("cases", database.url)) as source:
        assert [(row.key, row.size) for row in read_all(source, limit=9)] == [
            (key, size) for key, size in zip(keys, map(len, (large, PDF, large, large, PDF)), strict=True)
        ]


@pytest.mark.long
def test_a_statement_that_takes_too_long_is_ended(database: PlainCaseDatabase) -> None:
    database.add()
    sleep = "pg_sleep(3600)" if is_postgresql(database) else "SLEEP(3600)"
    query = f"SELECT {READ} FROM (SELECT n.*, {sleep} AS slept FROM notices n) AS slow WHERE slept IS NOT NULL"
    error = failure(SqlCaseSource("cases", database.url, SqlSourceConfig(query=query, timeout=1)))
    assert error.code == "source.unavailable"
    busy = (
        "pg_stat_activity WHERE state = 'active' AND query"
        if is_postgresql(database)
        else "information_schema.processlist WHERE info"
    )
    # This question alone is left in the end: the server does not go on with the other one.
    asked = f"SELECT count(*) FROM {busy} LIKE '%%AS slept%%'"
    deadline, left = time.monotonic() + PATIENCE, 2
    while left > 1:
        assert time.monotonic() < deadline
        with database.engine.connect() as connection:
            left = connection.exec_driver_sql(asked).scalar_one()
    assert left == 1


@pytest.mark.long
@pytest.mark.parametrize("timeout", [2, 20])
def test_a_row_that_somebody_holds_is_named_as_locked_and_keeps_no_other_back(
    database: PlainCaseDatabase, timeout: int
) -> None:
    (held,), (free,) = database.add(), database.add()
    config = SqlSourceConfig(timeout=timeout)
    with closing(SqlCaseSource("cases", database.url, config)) as source, database.engine.begin() as clerk:
        clerk.execute(database.notices.update().where(database.notices.c.notice_id == int(held)).values(subject="x"))
        with pytest.raises(GatewayError) as caught:
            source.write_results([delivered(held), delivered(free)])
        assert source.write_results([delivered(free)]) == []
    assert caught.value.code == "source.row-locked"
    assert (database.shown(held)["eblagh_state"], database.shown(free)["eblagh_state"]) == (None, "DELIVERED")


def test_a_column_or_a_view_that_is_missing_is_named(database: PlainCaseDatabase) -> None:
    database.add()
    missing = SqlSourceConfig(columns=("body_code", "national_code"))
    error = failure(SqlCaseSource("cases", database.url, missing))
    assert (error.code, "national_code" in error.detail) == ("source.schema", True)
    error = failure(SqlCaseSource("cases", database.url, SqlSourceConfig(view="elsewhere")))
    assert (error.code, "elsewhere" in error.detail) == ("source.schema", True)
    error = failure(SqlCaseSource("cases", database.url, SqlSourceConfig(query="SELECT notice_id FROM notices")))
    assert (error.code, "change_no" in error.detail) == ("source.schema", True)


def test_what_a_trigger_says_is_not_repeated(database: PlainCaseDatabase) -> None:
    (key,) = database.add()
    if is_postgresql(database):
        run(
            database,
            f"CREATE FUNCTION stubborn() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'person {PRIVATE}'; END $$"
            " LANGUAGE plpgsql",
            "CREATE TRIGGER stubborn BEFORE UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION stubborn()",
        )
    else:
        run(
            database,
            "CREATE TRIGGER stubborn BEFORE UPDATE ON notices FOR EACH ROW"
            f" SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'person {PRIVATE}'",
        )
    with closing(SqlCaseSource("cases", database.url)) as source, pytest.raises(GatewayError) as caught:
        source.write_results([delivered(key)])
    assert caught.value.code == "source.row-refused"
    assert PRIVATE not in str(caught.value)


def test_a_database_that_is_away_is_told_without_its_password(database: PlainCaseDatabase) -> None:
    url = sa.make_url(database.url).set(username="nobody-known")
    nowhere = url.set(host="127.0.0.1", port=1, query={})
    for place in (url, nowhere):
        assert failure(SqlCaseSource("cases", with_password(str(place)))).code == "source.unavailable"


def test_passwords_come_from_files(database: PlainCaseDatabase, accounts: tuple[str, str], tmp_path: Path) -> None:
    (key,) = database.add()
    source = f"""
url = "{accounts[0]}"
password_file = "secret"
write_url = "{accounts[1]}"
write_password_file = "secret"
"""
    text = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(text.replace('url = "sqlite:///cases.db"', source), encoding="utf-8")
    with closing(Installation.of(tmp_path / "gateway.toml")) as installation:
        make_store(installation.store_url())
        with pytest.raises(GatewayError, match=r"secret.*\[config\.unreadable\]"):
            case_source(installation, "cases")
        (tmp_path / "secret").write_text("رمز secret\n", encoding="utf-8")
        cases = case_source(installation, "cases")
        rows: list[CaseRow] = list(cases.rows([mark.key for mark in cases.marks(None, 9)]))
        assert [row.key for row in rows] == [key]
        assert cases.write_results([delivered(key)]) == []
        assert isinstance(cases, SqlCaseSource)


def test_a_key_of_octets_is_told(database: PlainCaseDatabase) -> None:
    database.add()
    octets = "decode('00ff', 'hex')" if is_postgresql(database) else "UNHEX('00FF')"
    query = f"SELECT {READ.replace('notice_id', f'{octets} AS notice_id')} FROM notices"
    with closing(SqlCaseSource("cases", database.url, SqlSourceConfig(query=query, view="none"))) as source:
        assert read_all(source) == []
        assert source.unlisted() == 1


def test_an_option_of_a_connection_that_nobody_knows_is_named(database: PlainCaseDatabase) -> None:
    other, word = (
        ("sslmode=nonsense", "sslmode") if is_postgresql(database) else ("ssl_ca=/nowhere.pem", "No such file")
    )
    url = sa.make_url(database.url)
    for option, reported in (("foo=bar", "foo"), (other, word)):
        error = failure(SqlCaseSource("cases", with_password(f"{url}{'&' if url.query else '?'}{option}")))
        assert error.code == "source.unavailable"
        assert reported in error.detail
