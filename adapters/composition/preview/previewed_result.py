"""Preview of a mapping of results on real rows, from the present notices and refusals; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from adapters.composition.legal.row_deadlines import row_deadlines
from adapters.composition.sources import case_source
from gateway.mapping.model.refusal import Unmapped
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import Own, Refusal
from gateway.operations.recovery import first_number
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.writeback.row_status import deadlines_of, notices_of, own_refusals, own_result

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_LOOKED_AT = 5000
"""Most rows that are searched for some with a notice or a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedResult:
    """One row: the values to write, by column or field; or the error that prevents it.

    With neither, nothing is known of the row yet.
    """

    key: str
    own: Own | None = None
    error: GatewayError | None = None

    @property
    def is_good(self) -> bool:
        return self.error is None

    @property
    def data(self) -> dict[str, Any]:
        if self.error is not None:
            return {"key": self.key, "code": self.error.code, "field": self.error.detail, "reason": self.error.entry.fa}
        return {"key": self.key, "written": None if self.own is None else plain_values(self.own.values)}


def preview_results(
    installation: Installation, source: str, mapper: ResultMapper, keys: Sequence[str] | None, limit: int
) -> Iterator[PreviewedResult]:
    """Yield the values to write into the rows of ``keys``, or into the first ``limit`` that have any.

    A key of no row is an error of its own.
    """
    store, cases = installation.store(), case_source(installation, source)
    there = set(cases.shown(keys)) if keys else None
    listed = keys or [mark.key for mark in cases.marks(None, _LOOKED_AT)]
    notices = notices_of(store.notices, source, listed)
    refusals = {key: standing.refusal for key, standing in store.refusals.of_rows(source, listed).items()}
    told = [key for key in listed if key in notices or key in refusals]
    first = first_number(store.recovery.all())
    deadlines = row_deadlines(installation)
    due = deadlines_of(list(notices.values()), mapper, deadlines)
    own_refusal = own_refusals(store.notices, source, list(refusals.values()), first, mapper, deadlines)

    def own(entry: OutboxEntry | None, refusal: Refusal | None) -> Own | None:
        # A refusal is written after the result, and with it.
        if refusal is not None:
            return own_refusal(refusal).own
        return None if entry is None else own_result(entry, first, mapper, due.get(entry.reference)).own

    for key in keys or (told or listed)[:limit]:
        if there is not None and key not in there:
            yield PreviewedResult(key=key, error=GatewayError("mapping.no-row", where=source, detail=key))
            continue
        try:
            yield PreviewedResult(key=key, own=own(notices.get(key), refusals.get(key)))
        except Unmapped as error:
            yield PreviewedResult(key=key, error=error)


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) if isinstance(value, date) else value for name, value in values.items()}


def _text(value: date) -> str:
    return timestamp(value) if isinstance(value, datetime) and value.tzinfo else value.isoformat()
