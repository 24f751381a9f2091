"""Marked rows under an installation: its commands, two accounts, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.municipal import flagged_rows
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import COLUMNS, ResultColumns, SqlSourceConfig
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.may_continue import always
from tests.conformance.test_source import delivered
from tests.databases import DATABASES, make_store
from tests.integration.municipal.flagged_cases import FLAG, FlaggedDatabase
from tests.integration.municipal.plain_database import empty
from tests.outside_time import hear_the_time
from tests.unit.crypto.samples import plan

WRITTEN = ", ".join(ResultColumns().names)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture(params=["postgresql", "mariadb"])
def cases(request: pytest.FixtureRequest, tmp_path: Path, store: SqlStore) -> Iterator[FlaggedDatabase]:
    with (
        empty(request.param, tmp_path) as url,
        closing(FlaggedDatabase(url, "integer", store.inbox, taken=False)) as made,
    ):
        yield made


def run(cases: FlaggedDatabase, *statements: str) -> None:
    with cases.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def accounts(cases: FlaggedDatabase) -> Iterator[tuple[str, str, str]]:
    """The reader and the writer of `docs/connect/case-databases.md`, and a writer that may not write marks."""
    if cases.engine.dialect.name == "postgresql":
        create, drop, host = "CREATE ROLE {} LOGIN", "DROP OWNED BY {0}; DROP ROLE {0}", ""
    else:
        create, drop, host = "CREATE USER {}", "DROP USER {}", "@localhost"
    names = ("eblagh_marks_reader", "eblagh_marks_writer", "eblagh_marks_barred")
    reader, writer, barred = (f"{name}{host}" for name in names)
    run(
        cases,
        *[create.format(each) for each in (reader, writer, barred)],
        f"GRANT SELECT ON eblagh_notices TO {reader}",
        f"GRANT SELECT (notice_id, {WRITTEN}, {FLAG}), UPDATE ({WRITTEN}, {FLAG}) ON notices TO {writer}",
        f"GRANT SELECT (notice_id, {WRITTEN}, {FLAG}), UPDATE ({WRITTEN}) ON notices TO {barred}",
    )
    url = sa.make_url(cases.url)
    reading, writing, lesser = (url.set(username=name).render_as_string(hide_password=False) for name in names)
    yield reading, writing, lesser
    run(cases, *[drop.format(each) for each in (reader, writer, barred)])


def opened(store: SqlStore, url: str, write_url: str | None = None, **config: Any) -> FlaggedCases:
    rows = FlaggedRows(url, SqlSourceConfig(**{"flag": FLAG, **config}), write_url=write_url)
    return FlaggedCases("cases", store.inbox, rows, lambda: COLUMNS)


def test_one_account_reads_rows_and_another_writes_marks(
    cases: FlaggedDatabase, store: SqlStore, accounts: tuple[str, str, str]
) -> None:
    (key,) = cases.add()
    with closing(opened(store, accounts[0], accounts[1])) as source:
        assert source.check() == "1 rows are marked, 0 in work"
        assert source.gather() == []
        assert source.write_results([delivered(key), delivered("999")]) == ["999"]
    assert (cases.shown(key)[FLAG], cases.shown(key)["eblagh_state"]) == (0, "DELIVERED")


def test_marks_that_cannot_be_written_are_told_by_the_preflight(
    cases: FlaggedDatabase, store: SqlStore, accounts: tuple[str, str, str]
) -> None:
    for write_url in (accounts[2], None):
        with (
            closing(opened(store, accounts[0], write_url)) as source,
            pytest.raises(GatewayError, match=r"denied.*\[source\.schema\]"),
        ):
            source.check()


@pytest.mark.parametrize("config", [{"flag": "absent"}, {"view": "absent"}, {"table": "absent"}])
def test_what_is_not_there_is_told_and_nothing_is_marked(
    cases: FlaggedDatabase, store: SqlStore, config: dict[str, str]
) -> None:
    (key,) = cases.add()
    with closing(opened(store, cases.url, **config)) as source:
        for act in (source.check, source.gather):
            with pytest.raises(GatewayError) as caught:
                act()
            assert caught.value.code == "source.schema"
    assert cases.flags([key]) in ([1], [2]), "the mark stays"


def test_a_row_that_may_not_be_changed_keeps_no_other_back(cases: FlaggedDatabase, store: SqlStore) -> None:
    first, stubborn, last = cases.add(parties=3)
    if cases.engine.dialect.name == "postgresql":
        run(
            cases,
            "CREATE FUNCTION stubborn() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.notice_id = 2 THEN RAISE 'no'; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER stubborn BEFORE UPDATE ON notices FOR EACH ROW EXECUTE FUNCTION stubborn()",
        )
    else:
        run(
            cases,
            "CREATE TRIGGER stubborn BEFORE UPDATE ON notices FOR EACH ROW"
            " IF NEW.notice_id = 2 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF",
        )
    with closing(opened(store, cases.url)) as source:
        assert [error.code for error in source.gather()] == ["source.row-refused"]
        assert [mark.key for mark in source.marks(None, 10)] == [first, last]
    assert cases.flags([first, stubborn, last]) == [0, 1, 0]


@pytest.mark.long
def test_a_row_that_a_clerk_holds_keeps_back_none_of_later_pages(
    cases: FlaggedDatabase, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagged_rows, "PAGE_ROWS", 1)
    held, free = cases.add(parties=2)
    with closing(opened(store, cases.url, timeout=10)) as source:
        with cases.engine.begin() as clerk:
            clerk.execute(cases.notices.update().where(cases.notices.c.notice_id == int(held)).values(subject="x"))
            assert [error.code for error in source.gather()] == ["source.row-locked"]
        assert cases.flags([held, free]) == [1, 0]
        assert source.gather() == []
    assert cases.flags([held, free]) == [0, 0]


def test_rows_may_come_from_a_query_and_hold_what_the_database_has(cases: FlaggedDatabase, store: SqlStore) -> None:
    (key,) = cases.add()
    query = "SELECT notice_id, CAST('2026-02-03' AS DATE) AS day, 1 = 1 AS holds, 1.5 AS number FROM notices"
    rows = FlaggedRows(cases.url, SqlSourceConfig(flag=FLAG, query=query, view="none"))
    with closing(FlaggedCases("cases", store.inbox, rows, lambda: ("day", "holds", "number"))) as source:
        assert source.gather() == []
        (row,) = source.rows([key])
    assert (str(row.fields["day"]), row.fields["holds"], row.fields["number"]) == ("2026-02-03", 1, 1.5)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[tuple[Path, FlaggedDatabase]]:
    """A folder with a configuration whose source has marks, and three rows, of which two are marked."""
    store_url = f"sqlite:///{tmp_path / 'gateway.db'}"
    make_store(store_url)
    with (
        closing(SqlStore.open(store_url)) as store,
        closing(FlaggedDatabase(f"sqlite:///{tmp_path / 'cases.db'}", "text", store.inbox, taken=False)) as made,
    ):
        settings = (CONFIG / "demo.toml").read_text(encoding="utf-8")
        (tmp_path / "gateway.toml").write_text(settings + f'\nflag = "{FLAG}"\n', encoding="utf-8")
        made.add(parties=2)
        (unmarked,) = made.add()
        made.write(unmarked, to_serve=0)
        yield tmp_path, made


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "gateway.toml")])


def test_the_commands_know_marks(installed: tuple[Path, FlaggedDatabase]) -> None:
    folder, cases = installed
    found = json.loads(command(folder, "check", "--json").stdout.splitlines()[-1])
    assert found["source cases"] == {"ok": True, "found": "empty, 2 rows are marked, 0 in work"}
    assert found["mapping of cases"]["ok"], "no version is wanted"
    assert command(folder, "mapping", "check", str(CASE_MAPPING), "--source", "cases").exit_code == 0
    own = f'[mapping]\nlanguage = 1\nname = "own"\nkind = "result-to-row"\n[[field]]\ntarget = "{FLAG}"\nfrom = "seq"\n'
    (folder / "own.toml").write_text(own, encoding="utf-8")
    refused = command(folder, "mapping", "check", str(folder / "own.toml"), "--source", "cases")
    assert (refused.exit_code, "mapping.column-kept" in refused.stdout) == (1, True)
    assert cases.flags(["شماره/0001", "شماره/0002", "شماره/0003"]) == [1, 1, 0], "looking moves nothing"


def test_the_collect_pass_of_an_installation_gathers_marked_rows(installed: tuple[Path, FlaggedDatabase]) -> None:
    folder, cases = installed
    generate(folder / "pki", plan("rsa-2048"), datetime.now(UTC))
    installation = Installation.of(folder / "gateway.toml")
    with closing(installation):
        hear_the_time(installation)
        (collecting,) = tasks(installation, ["collect"])
        locks = installation.locks()
        with locks.attempt("gather:cases"):
            assert collecting.run(always).counts["collected"] == 0, "another process gathers"
        assert cases.flags(["شماره/0001", "شماره/0002"]) == [1, 1]
        report = collecting.run(always)
    assert report.counts["collected"] == 2
    assert report.errors == []
    assert cases.flags(["شماره/0001", "شماره/0002", "شماره/0003"]) == [0, 0, 0]


def test_a_single_run_leaves_a_pass_that_the_service_does_just_now(installed: tuple[Path, FlaggedDatabase]) -> None:
    folder, _ = installed
    generate(folder / "pki", plan("rsa-2048"), datetime.now(UTC))
    with closing(Installation.of(folder / "gateway.toml")) as service, service.locks().attempt("writeback:cases"):
        refused = command(folder, "run-once", "writeback")
    assert refused.exit_code == 1
    for words in ("pass.at-work", "writeback:cases", CATALOGUE["pass.at-work"].fa):
        assert words in refused.stderr
    assert command(folder, "run-once", "writeback").exit_code == 0
