"""A whole database says so, and by what it knows."""

from __future__ import annotations

from contextlib import closing

from adapters.storage.sql_store import SqlStore

from .conftest import Place


def test_a_whole_database_has_no_damaged_pages(place: Place) -> None:
    with closing(SqlStore.open(place.where)) as store:
        pages = store.check_pages()
        assert store.notices.references("", 10) == []
    assert list(pages.problems) == []
    assert pages.checked_by
