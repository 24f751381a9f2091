"""A preview shows the rows that can be read, and the error of each that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.composition.mappings import case_mapper
from adapters.composition.preview.previewed_row import preview_rows
from adapters.console.versions.row_preview import identifying_columns, shown_rows
from adapters.shipped.resources import CONFIG
from tests.databases import make_store
from tests.mappers import PROGRAM
from tests.passes.case_table import Cases

ERRORS = {"1": None, "2": "source.row-unreadable", "3": None, "9": "mapping.no-row"}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    with closing(Installation.of(tmp_path / "gateway.toml")) as opened:
        yield opened


@pytest.fixture
def cases() -> Cases:
    made = Cases(unreadable={"2"})
    for key in "123":
        made.put(key)
    return made


def test_a_row_that_cannot_be_read_ends_no_preview(installation: Installation, cases: Cases) -> None:
    mapper = case_mapper(installation, PROGRAM)
    shown = list(preview_rows(installation, cases, mapper, keys=list(ERRORS), limit=3))
    assert {each.key: each.error and each.error.code for each in shown} == ERRORS
    first = list(preview_rows(installation, cases, mapper, keys=None, limit=2))
    assert [(each.key, each.is_good) for each in first] == [("1", True), ("2", False)]


def test_a_page_shows_it_beside_the_others(installation: Installation, cases: Cases) -> None:
    rows = shown_rows(installation, PROGRAM, cases.rows(list("123")), identifying_columns(PROGRAM))
    assert {page.key: page.error and page.error.code for page in rows.pages} == {k: ERRORS[k] for k in "123"}
    samples = shown_rows(installation, None, cases.rows(list("123")), ()).samples
    assert samples == shown_rows(installation, None, cases.rows(["1"]), ()).samples != {}
