"""Refused rows as the CLI and the console list them, and as a commission gets them in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.municipal.files.drop_reports import as_csv
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.stored import StandingRefusal

COLUMNS: Final = ("source", "row", "case", "code", "field", "reason", "who_must_act", "refused_at", "written_back")
"""Columns of a file of refused rows."""

PAGE: Final = 500


def refused_rows(
    store: RefusalStore,
    *,
    source: str | None,
    code: str | None,
    field: str | None = None,
    bodies: frozenset[str] | None = None,
) -> Iterator[StandingRefusal]:
    """Yield the refused rows that match, by source and row key, as `RefusalStore.page` finds them."""
    after: tuple[str, str] | None = None
    while page := store.page(source=source, code=code, limit=PAGE, after=after, field=field, bodies=bodies):
        yield from page
        after = page[-1].refusal.source, page[-1].refusal.row_key


def row_facts(standing: StandingRefusal) -> dict[str, Any]:
    """Return a refused row by `COLUMNS`."""
    refusal = standing.refusal
    entry = CATALOGUE.get(refusal.code)
    return {
        "source": refusal.source,
        "row": refusal.row_key,
        "case": refusal.case_number,
        "code": refusal.code,
        "field": refusal.field,
        "reason": refusal.reason,
        "who_must_act": entry.actor.value if entry else "",
        "refused_at": timestamp(refusal.refused_at),
        "written_back": standing.written,
    }


def refused_csv(facts: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the facts of rows as CSV, UTF-8 with a byte order mark, in which no spreadsheet finds a formula."""
    return as_csv(COLUMNS, facts)
