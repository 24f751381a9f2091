"""Ownership of rows: refuse a source whose rows stand for notices of another source.

Such a source is another one under a new name, one database under two names, or a copy. Each of its rows would be
refused as the second row of its own notice.
So the source is refused as a whole until a person acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from gateway.mapping import RowRefused
from gateway.mapping.model.mapper import Mappers
from gateway.notice.source_row import CaseSource, RowsUnreadable
from gateway.runtime.errors import GatewayError
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Known

TWO_ROWS = "notice.two-rows"
"""Error code of a row whose notice came from another row."""

SAMPLE = 500
"""Number of rows to check: the oldest ones, and as many that were refused as second rows."""

MAPPED = 20
"""Number of rows without a visible reference to read with their documents and map."""


class Ownership:
    """Check of ownership, done once in each process; `gateway.intake.admission` checks later rows."""

    def __init__(self, source: CaseSource, store: Store, mappers: Mappers | None = None) -> None:
        self._source, self._store, self._mappers = source, store, mappers
        self._proven = False

    def prove(self) -> None:
        """Run `assert_own` until it has passed once; raise as it does."""
        if not self._proven:
            assert_own(self._source, self._store, self._mappers)
            self._proven = True


def assert_own(source: CaseSource, store: Store, mappers: Mappers | None = None) -> None:
    """Compare references in rows, and by ``mappers`` those that rows would get, with the store's notices.

    Raises `GatewayError` ``source.another``, and those of source, mapping and store.
    """
    doubled = store.refusals.row_keys(source.name, (TWO_ROWS,), SAMPLE, None)
    keys = list(dict.fromkeys([*doubled, *(mark.key for mark in source.marks(None, SAMPLE))]))
    there = source.shown(keys)
    shown = {key: row.reference for key in keys if (row := there.get(key)) is not None and row.reference}
    known = store.notices.known(list(shown.values()))
    for key, reference in shown.items():
        if (of := known.get(reference)) is not None and of.source != source.name:
            raise another(source.name, key, of)
    if mappers is not None:
        _assert_mapped([key for key in keys if key not in shown][:MAPPED], source, store.notices, mappers)


def another(source: str, key: str, of: Known) -> GatewayError:
    """Return the error of a row whose notice came from a row of another source."""
    detail = f"row {key} stands for {of.reference}, which came from row {of.row_key} of source {of.source}"
    return GatewayError("source.another", where=source, detail=detail)


def derived(source: CaseSource, keys: Sequence[str], mappers: Mappers) -> dict[str, str]:
    """Return the references that these rows would get, by key; rows that would be refused, or cannot be read, are left
    out."""
    mapper, found = mappers.current(source.name), dict[str, str]()
    with suppress(RowsUnreadable):
        for row in source.rows(keys, mapper.columns):
            with suppress(RowRefused):
                found[row.key] = mapper.map(row).reference
    return found


def _assert_mapped(keys: Sequence[str], source: CaseSource, store: NoticeStore, mappers: Mappers) -> None:
    references = derived(source, keys, mappers)
    known = store.known(list(references.values()))
    for key, reference in references.items():
        of = known.get(reference)
        # Another key means a second row of one paper, which two databases may well have.
        if of is not None and of.source != source.name and of.row_key == key:
            raise another(source.name, key, of)
