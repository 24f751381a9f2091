"""The database: every table, column, type, key and index that there was is still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.databases import DATABASES
from tests.golden.columns import columns
from tests.golden.keeping import golden_lines
from tests.golden.printed import prepared


@pytest.mark.parametrize("database", DATABASES)
def test_a_new_database_has_every_golden_column(database: str, tmp_path: Path) -> None:
    with DATABASES[database](tmp_path) as url:
        lost = golden_lines(f"database-{database}") - set(columns(url))
    assert not lost


def test_a_database_of_the_version_before_has_every_golden_column_once_it_is_upgraded(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "installation").folder
    assert not golden_lines("database-sqlite") - set(columns(f"sqlite:///{folder / 'gateway.db'}"))
