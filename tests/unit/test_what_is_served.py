"""The page of what can be bound: each row names a test that is there, and each name of a key is one."""

from __future__ import annotations

import re

import pytest

from adapters.shipped.resources import ROOT

_PAGE = (ROOT / "docs/connect/what-is-served.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in _PAGE.splitlines() if line.startswith("| ")]
ROWS = [row for row in ROWS if row[0] != "capability" and not set(row[0]) <= {"-"}]


def test_the_table_has_its_four_columns() -> None:
    assert len(ROWS) > 15
    assert {len(row) for row in ROWS} == {4}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_each_row_names_the_test_that_runs_it(row: list[str]) -> None:
    [file] = re.findall(r"^`(tests/\S+\.py)`$", row[3])
    text = (ROOT / file).read_text(encoding="utf-8")
    assert re.search(r"^def test_", text, re.MULTILINE)
