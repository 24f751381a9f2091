"""Write-back: the current state of each notice, and each refusal, into its row. Idempotent; at least once.

A row that the case database refuses to change (a closed case, a trigger), or that the source's own mapping cannot
express, blocks no other. Each pass tries it again.
The same holds for a notice whose state, dates or tracking number contradict its evidence (`gateway.record.derived`).
Somebody changed the store, and the notice is not written until that is corrected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from gateway.mapping.model.refusal import Unmapped
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import CaseSource, Refusal, Result
from gateway.operations.recovery import first_number
from gateway.record.derived import ReadReceipt, unproven
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.writeback.row_status import (
    Deadlines,
    deadlines_of,
    no_deadlines,
    own_refusals,
    own_result,
    result_of,
)

BATCH = 500

MAX_REFUSED = 100
"""Maximum number of refused rows that a pass skips; more refusals are not a matter of single rows.

Rows with a failing mapping are always skipped; beyond this number they are only counted.
"""


class _OfRow(Protocol):
    @property
    def row_key(self) -> str: ...


T = TypeVar("T", bound=_OfRow)
Told = TypeVar("Told")


class Unproven(GatewayError):
    """The notice's current state contradicts its evidence."""

    literal_name = "Unproven"

    def __init__(self, reference: str, reasons: Sequence[str]) -> None:
        super().__init__("writeback.unproven", where=reference, detail="; ".join(reasons))


def write_back(
    store: Store,
    source: CaseSource,
    may_continue: MayContinue = always,
    mapper: ResultMapper | None = None,
    read: ReadReceipt | None = None,
    deadlines: Deadlines = no_deadlines,
) -> PassReport:
    """Bring the case database up to date with the store.

    ``mapper`` is the source's own mapping of results, which may ask for ``deadlines``; ``read`` reads receipts, for the
    comparison with their content.
    """
    report = PassReport("writeback")
    first = first_number(store.recovery.all())

    def results(pairs: Sequence[tuple[OutboxEntry, Result]]) -> None:
        absent = source.write_results([result for _, result in pairs])
        report.errors.extend(GatewayError("source.row-missing", where=f"{source.name} row {key}") for key in absent)
        store.outbox.mark_written([entry for entry, _ in pairs])
        report.counts["written"] += len(pairs)

    def refusals(pairs: Sequence[tuple[Refusal, Refusal]]) -> None:
        source.write_refusals([told for _, told in pairs])
        store.refusals.mark_written([refusal for refusal, _ in pairs])
        report.counts["refusals_written"] += len(pairs)

    def told_results(page: Sequence[OutboxEntry]) -> Callable[[OutboxEntry], Result]:
        wrong = unproven(store.evidence, page, read)
        due = {} if mapper is None else deadlines_of(page, mapper, deadlines)

        def told_result(entry: OutboxEntry) -> Result:
            if entry.reference in wrong:
                raise Unproven(entry.reference, wrong[entry.reference])
            if mapper is None:
                return result_of(entry, first)
            return own_result(entry, first, mapper, due.get(entry.reference))

        return told_result

    def told_refusals(page: Sequence[Refusal]) -> Callable[[Refusal], Refusal]:
        return _as_it_is if mapper is None else own_refusals(store.notices, source.name, page, first, mapper, deadlines)

    _Writing(
        source=source.name,
        report=report,
        place=lambda entry: (entry.state_since, entry.reference),
        told=told_results,
        write=results,
    ).all(store.outbox.unwritten, may_continue)
    _Writing(
        source=source.name,
        report=report,
        place=lambda refusal: (refusal.refused_at, refusal.row_key),
        told=told_refusals,
        write=refusals,
    ).all(store.refusals.unwritten, may_continue)
    return report


def _as_it_is(refusal: Refusal) -> Refusal:
    return refusal


@dataclass(slots=True, kw_only=True)
class _Writing(Generic[T, Told]):
    """Write-back of one kind of items: results or refusals.

    ``place`` is an item's position in the order of the store's pages. ``told`` makes, for a page, the values that the
    source gets for each item.
    """

    source: str
    report: PassReport
    place: Callable[[T], tuple[datetime, str]]
    told: Callable[[Sequence[T]], Callable[[T], Told]]
    write: Callable[[Sequence[tuple[T, Told]]], None]
    _refused: int = field(default=0, init=False)
    _unmapped: int = field(default=0, init=False)
    _unreported: Counter[str] = field(default_factory=Counter, init=False)
    """Numbers of unmapped and unproven items beyond `MAX_REFUSED`, by error code."""

    def all(
        self, unwritten: Callable[[str, int, tuple[datetime, str] | None], Sequence[T]], may_continue: MayContinue
    ) -> None:
        after: tuple[datetime, str] | None = None
        while may_continue() and (page := unwritten(self.source, BATCH, after)):
            self._together(self._mapped(page))
            if len(page) < BATCH:
                break
            # Unwritten items stay behind: the next pass tries them again.
            after = self.place(page[-1])
        for code, more in self._unreported.items():
            self.report.errors.append(GatewayError(code, where=self.source, detail=f"{more} more rows"))

    def _mapped(self, page: Sequence[T]) -> list[tuple[T, Told]]:
        """Pair each item with its values for the source, without unmapped and unproven items."""
        told = self.told(page)
        pairs: list[tuple[T, Told]] = []
        for item in page:
            try:
                pairs.append((item, told(item)))
            except (Unmapped, Unproven) as error:
                self._unmapped += 1
                if self._unmapped <= MAX_REFUSED:
                    self._tell(item, error)
                else:
                    self._unreported[error.code] += 1
        return pairs

    def _together(self, pairs: Sequence[tuple[T, Told]]) -> None:
        """Write the pairs in one transaction; after a refused row, halve them until it is found."""
        if not pairs:
            return
        try:
            self.write(pairs)
        except GatewayError as error:
            if error.code != "source.row-refused" or self._refused == MAX_REFUSED:
                raise
            if len(pairs) > 1:
                half = len(pairs) // 2
                self._together(pairs[:half])
                self._together(pairs[half:])
                return
            self._refused += 1
            self._tell(pairs[0][0], error)

    def _tell(self, item: T, error: GatewayError) -> None:
        where = f"{self.source} row {item.row_key}"
        if isinstance(error, Unproven):
            where = f"{where}, {error.where}"
        self.report.errors.append(GatewayError(error.code, where=where, detail=error.detail))
