"""Write back: each notice's present, and each refusal, into the row that it came from. Idempotent; at least once.

A row that the case database refuses to change (a closed case, a trigger) keeps no other back: it is tried again at each
pass, until it is let.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from gateway.errors import GatewayError
from gateway.leave import Leave, always
from gateway.legal import service
from gateway.outbox import OutboxEntry
from gateway.recovery import first_number
from gateway.report import PassReport
from gateway.source import CaseSource, Refusal, Result
from gateway.store import Store

BATCH = 500

MAX_REFUSED = 100
"""Rows that a pass passes by. Where more are refused, it is no matter of single rows."""

T = TypeVar("T")


def write_back(store: Store, source: CaseSource, leave: Leave = always) -> PassReport:
    """Bring the case database up to date with the store."""
    report = PassReport("writeback")
    first = first_number(store.recoveries())

    def results(entries: Sequence[OutboxEntry]) -> None:
        absent = source.write_results([_result(entry, first) for entry in entries])
        report.errors.extend(GatewayError("source.row-missing", where=f"{source.name} row {key}") for key in absent)
        store.mark_written(entries)
        report.counts["written"] += len(entries)

    def refusals(refused: Sequence[Refusal]) -> None:
        source.write_refusals(refused)
        store.mark_refusals_written(refused)
        report.counts["refusals_written"] += len(refused)

    _Writing(source.name, report, lambda entry: entry.row_key, results).all(store.unwritten, leave)
    _Writing(source.name, report, lambda refusal: refusal.row_key, refusals).all(store.unwritten_refusals, leave)
    return report


class _Writing(Generic[T]):
    """One kind of what is written back."""

    def __init__(
        self, source: str, report: PassReport, key: Callable[[T], str], write: Callable[[Sequence[T]], None]
    ) -> None:
        self._source, self._report, self._key, self._write = source, report, key, write
        self._refused: set[str] = set()

    def all(self, unwritten: Callable[[str, int], Sequence[T]], leave: Leave) -> None:
        while leave() and (batch := self._untried(unwritten(self._source, BATCH + len(self._refused)))):
            self._together(batch)

    def _untried(self, items: Sequence[T]) -> Sequence[T]:
        return [item for item in items if self._key(item) not in self._refused]

    def _together(self, items: Sequence[T]) -> None:
        """Write them in one transaction, or in two where one of them is refused, until that one is found."""
        try:
            self._write(items)
        except GatewayError as error:
            if error.code != "source.row-refused" or len(self._refused) == MAX_REFUSED:
                raise
            if len(items) > 1:
                half = len(items) // 2
                self._together(items[:half])
                self._together(items[half:])
                return
            key = self._key(items[0])
            self._refused.add(key)
            where = f"{self._source} row {key}"
            self._report.errors.append(GatewayError(error.code, where=where, detail=error.detail))


def _result(entry: OutboxEntry, first: int) -> Result:
    served = service(entry.delivered_at, entry.viewed_at)
    return Result(
        row_key=entry.row_key,
        reference=entry.reference,
        replaces=entry.replaces,
        state=entry.state.value,
        seq=first + entry.seq,
        tracking_number=entry.tracking_number,
        delivered_at=entry.delivered_at,
        viewed_at=entry.viewed_at,
        service_date=served.date if served else None,
        effect=served.effect.value if served else None,
        code=entry.code,
        reason=entry.reason,
    )
