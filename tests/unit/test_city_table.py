"""Comparisons of ledgers by SQL, and their table at 80 and at 160 columns in both languages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.cells import cell_len

from adapters.sandbox.city.comparison import MAX_SHOWN, Compared, Comparison, compared, ledgers
from adapters.sandbox.city.systems import SYSTEMS
from adapters.sandbox.verbs.demo_city import built, city_table
from adapters.terminal.printing import Language, screen
from adapters.terminal.safe_console import SafeConsole
from gateway.runtime.bilingual import Words


@pytest.fixture(params=list(Language))
def language(request: pytest.FixtureRequest) -> Iterator[Language]:
    before, screen.language = screen.language, request.param
    yield request.param
    screen.language = before


@pytest.mark.parametrize("width", [80, 160])
def test_every_statement_and_every_absent_system_is_in_the_table(language: Language, width: int) -> None:
    found = [
        Compared(system=system.name, says=each.says, counted=300, differing=number == 1, differences=("x",))
        for system in built()
        for number, each in enumerate(system.comparisons)
    ]
    console = SafeConsole(width=width)
    with console.capture() as printed:
        console.print(city_table(found))
    shown = printed.get()
    assert max(map(cell_len, shown.splitlines())) <= width
    words = " ".join(shown.split())
    for system in SYSTEMS:
        assert screen.words(system.title) in words
    for each in found:
        assert screen.words(each.says).split()[-1] in words
    assert all(each.says.en != each.says.fa for each in found)


def test_ledgers_are_compared_across_files_and_read_only(tmp_path: Path) -> None:
    for name, values in (("gateway", range(30)), ("shahriar", range(5))):
        with closing(sqlite3.connect(tmp_path / name)) as connection, connection:
            connection.execute("CREATE TABLE seen (number INTEGER)")
            connection.executemany("INSERT INTO seen VALUES (?)", [(value,) for value in values])
    comparison = Comparison(
        says=Words("each is there", "همه هست"),
        counted="SELECT count(*) FROM gateway.seen",
        differences="SELECT number FROM gateway.seen WHERE number NOT IN (SELECT number FROM shahriar.seen)",
    )
    with ledgers({name: tmp_path / name for name in ("gateway", "shahriar")}) as connection:
        (found,) = compared(connection, "shahriar", [comparison])
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM gateway.seen")
    assert (found.counted, found.differing, len(found.differences)) == (30, 25, MAX_SHOWN)


def test_a_ledger_that_is_absent_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError), ledgers({"shahriar": tmp_path / "absent"}):
        pass
