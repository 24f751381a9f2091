"""The page of what can be bound: each row names tests that are there, and keys that a file can have."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from adapters.shipped.resources import PROFILES, ROOT

_PAGE = (ROOT / "docs/connect/what-is-served.md").read_text(encoding="utf-8")
_GOLDEN = ROOT / "tests/golden/files"


def _rows() -> Iterator[list[str]]:
    """Yield the rows of each table of capabilities."""
    for table in re.findall(r"^\| capability \|.*\n\| ---.*\n((?:\|.*\n)+)", _PAGE, re.MULTILINE):
        for line in table.splitlines():
            yield [cell.strip() for cell in line.strip("|").split("|")]


ROWS = list(_rows())
KEYS = {
    word
    for name in ("profile", "configuration", "mapping", "words")
    for file in _GOLDEN.glob(f"{name}.*txt")
    for word in re.findall(r"[\w$-]+", file.read_text(encoding="utf-8"))
} | {path.name for path in PROFILES.iterdir()}


def test_the_tables_have_four_columns() -> None:
    assert len(ROWS) > 30
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_row_names_the_tests_that_run_it(row: list[str]) -> None:
    assert re.fullmatch(r"`tests/\S+\.py`(, `tests/\S+\.py`)*", row[3])
    for file in re.findall(r"`(\S+)`", row[3]):
        assert re.search(r"^def test_", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_row_names_keys_and_values_that_there_are(row: list[str]) -> None:
    named = [word for code in re.findall(r"`([^`]+)`", row[1]) for word in re.findall(r"[\w$-]+", code)]
    assert not [word for word in named if word not in KEYS]
