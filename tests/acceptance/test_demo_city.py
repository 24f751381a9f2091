"""A demonstration with the city's systems: rows from Shahriar in both forms, and every ledger compared by SQL."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.shipped.resources import CONFIG
from tests.kept_ports import keep_ports

from .conftest import Program, WithCases

pytestmark = [pytest.mark.slow, pytest.mark.long]

NOTICES = 60
"""With so many there is a recipient who never views, so that there is a courtesy message; and an own parcel."""

CITY = ("--with-city", "--notices", NOTICES, "--exit")


@pytest.fixture(scope="module")
def city(
    program: Program, with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    directory = with_cases(tmp_path_factory.mktemp("city") / "D", NOTICES)
    figures = program.json("demo", *CITY, "--dir", directory)
    keep_ports(directory)
    return directory, figures


def one(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute(query).fetchone()
    return int(found)


def test_every_ledger_agrees_and_every_statement_was_about_something(city: tuple[Path, dict[str, Any]]) -> None:
    directory, figures = city
    assert figures["collected"] == figures["refused"] + figures["admitted"]
    assert {each["system"] for each in figures["city"]} == {"shahriar", "shahrzad", "asset_register", "other_body"}
    assert figures["city_left_out"] == []
    assert {each["says"] for each in figures["city"] if each["differing"] or not each["compared"]} == set()
    assert {way for (way,) in rows(directory, "SELECT DISTINCT source FROM outbox")} == {
        "shahriar",
        "shahriar-database",
    }


def test_a_case_with_several_parties_has_a_notice_for_each(city: tuple[Path, dict[str, Any]]) -> None:
    directory, _ = city
    parties = "SELECT count(*) FROM parties GROUP BY case_id ORDER BY 1 DESC LIMIT 1"
    assert one(directory / "shahriar.db", parties) > 1
    case = "substr(row_key, 1, instr(row_key, '/'))"
    assert one(directory / "gateway.db", f"SELECT count(*) FROM outbox GROUP BY {case} ORDER BY 1 DESC LIMIT 1") > 1


def test_a_last_day_is_the_one_that_the_rules_of_the_folder_give(
    city: tuple[Path, dict[str, Any]], program: Program
) -> None:
    directory, _ = city
    told = rows(
        directory,
        "SELECT DISTINCT n.body, n.kind, s.service_day, s.last_day"
        " FROM shahriar.standing s JOIN notice n USING (reference)"
        " WHERE s.service_day IS NOT NULL AND n.kind = 'ruling' ORDER BY n.body",
    )
    assert {body for body, *_ in told} > {"article-100"}
    for body, kind, service_day, last_day in told:
        config = directory / "gateway.toml"
        found = program.json("legal", "deadline", "--body", body, "--kind", kind, "--from", service_day, "-c", config)
        assert last_day == (found["last_day"] if found["confirmed"] else None)


@pytest.mark.parametrize("name", ["shahriar-database-1", "shahriar-database-results-1"])
def test_the_shipped_mappings_fit_the_columns_of_the_database(
    city: tuple[Path, dict[str, Any]], program: Program, name: str
) -> None:
    config = city[0] / "gateway.toml"
    program("mapping", "check", CONFIG / "mappings" / f"{name}.toml", "--source", "shahriar-database", "-c", config)


def test_shahriar_was_slow_and_away_and_refused_a_result(city: tuple[Path, dict[str, Any]]) -> None:
    shahriar = city[0] / "shahriar.db"
    assert one(shahriar, "SELECT count(DISTINCT fault) FROM calls") == 2
    assert one(shahriar, "SELECT sum(refused) FROM refuse_results") == 2
    assert one(shahriar, "SELECT count(*) FROM edits WHERE done_at IS NOT NULL") == 3


def test_a_result_that_somebody_changed_is_a_difference_and_ends_with_1(
    city: tuple[Path, dict[str, Any]], program: Program, tmp_path: Path
) -> None:
    directory = tmp_path / "D"
    shutil.copytree(city[0], directory)
    with closing(sqlite3.connect(directory / "shahriar.db")) as ledger, ledger:
        ledger.execute("UPDATE standing SET tracking_number = 'other' WHERE state = 'VIEWED'")
    ended = program("--lang", "fa", "demo", *CITY, "--dir", directory, check=1)
    assert "مغایر" in ended.stdout
    assert "disagreement: shahriar: each row shows the state" in ended.stdout


def test_the_folder_remembers_where_its_rows_come_from(city: tuple[Path, dict[str, Any]], program: Program) -> None:
    refused = program("demo", "--notices", NOTICES, "--exit", "--dir", city[0], check=2)
    assert "was made with --with-city" in refused.stderr


def rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(directory / "gateway.db")) as connection:
        connection.execute("ATTACH ? AS shahriar", (str(directory / "shahriar.db"),))
        return connection.execute(query).fetchall()
