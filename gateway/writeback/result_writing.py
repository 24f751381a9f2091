"""Write-back: the current state of each notice, and each refusal, into its row. Idempotent; at least once.

A row that the case database refuses to change (a closed case, a trigger), or leaves unchanged without an error, that
another program holds locked, or that the source's own mapping cannot express, blocks no other. Each pass tries it
again.
The same holds for a notice whose state, dates or tracking number contradict its evidence (`gateway.record.derived`).
Somebody changed the store, and the notice is not written until that is corrected.
A row that shows a notice of which it never was the row is left alone, and reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
from gateway.writeback.shown_notices import ShownNotices, ShowsAnother

BATCH = 500

MAX_REFUSED = 100
"""Maximum number of refused rows that a pass skips; more refusals are not a matter of single rows.

Rows with a failing mapping are always skipped; beyond this number they are only counted.
"""

MAX_LOCKED = 10
"""Maximum number of rows that a pass skips since others hold them locked; it waits for each of them several times."""


Place = tuple[datetime, str]
"""Position in the order of the store's pages."""


class _OfRow(Protocol):
    @property
    def row_key(self) -> str: ...


T = TypeVar("T", bound=_OfRow)
Written = TypeVar("Written")


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
    sides = _Sides(store=store, source=source, mapper=mapper, deadlines=deadlines, report=report)
    _Writing(_Results(sides, read), source.name, report).all(may_continue)
    _Writing(_Refusals(sides), source.name, report).all(may_continue)
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Store and source, and all that results and refusals are written by."""

    store: Store
    source: CaseSource
    mapper: ResultMapper | None
    deadlines: Deadlines
    report: PassReport

    @property
    def first(self) -> int:
        """Return the number from which steps are counted now: a recovery may begin between two pages."""
        return first_number(self.store.recovery.all())


class _Items(Protocol[T, Written]):
    """One kind of items to be written: results or refusals."""

    def unwritten(self, limit: int, after: Place | None) -> Sequence[T]:
        """Return a page of items, in order, behind ``after``."""
        ...

    def place(self, item: T) -> Place:
        """Return an item's place in the order of pages."""
        ...

    def conversion(self, page: Sequence[T]) -> Callable[[T], Written]:
        """Return the function that converts items of this page to the source's values.

        It raises `Unmapped`, `Unproven` and `ShowsAnother`.
        """
        ...

    def write(self, pairs: Sequence[tuple[T, Written]]) -> None:
        """Write items with their values, in one transaction of the source, and note them as written."""
        ...


@dataclass(slots=True)
class _Results:
    """Notices whose current entry their rows do not show. ``_epoch`` is the store's before the page was read."""

    sides: _Sides
    read: ReadReceipt | None
    _epoch: str | None = field(default=None, init=False)

    def unwritten(self, limit: int, after: Place | None) -> Sequence[OutboxEntry]:
        self._epoch = self.sides.store.recovery.epoch
        return self.sides.store.outbox.unwritten(self.sides.source.name, limit, after)

    def place(self, item: OutboxEntry) -> Place:
        return item.state_since, item.reference

    def conversion(self, page: Sequence[OutboxEntry]) -> Callable[[OutboxEntry], Result | None]:
        """Return the function as `_Items` says. None: the row is to show a later notice."""
        mapper, first = self.sides.mapper, self.sides.first
        shown = ShownNotices(self.sides.store.notices, self.sides.source, page)
        wrong = unproven(self.sides.store.evidence, page, self.read)
        due = {} if mapper is None else deadlines_of(page, mapper, self.sides.deadlines)

        def convert(entry: OutboxEntry) -> Result | None:
            if entry.reference in wrong:
                raise Unproven(entry.reference, wrong[entry.reference])
            if shown.is_left_out(entry):
                return None
            over = shown.over(entry, first + entry.seq)
            entry = replace(entry, replaces=shown.replaced(entry))
            if mapper is None:
                return replace(result_of(entry, first), over=over)
            return replace(own_result(entry, first, mapper, due.get(entry.reference)), over=over)

        return convert

    def write(self, pairs: Sequence[tuple[OutboxEntry, Result | None]]) -> None:
        store, source, report = self.sides.store, self.sides.source, self.sides.report
        absent = source.write_results([result for _, result in pairs if result is not None])
        report.errors.extend(GatewayError("source.row-missing", where=f"{source.name} row {key}") for key in absent)
        store.outbox.mark_written([entry for entry, _ in pairs], self._epoch)
        report.counts["written"] += len(pairs)


@dataclass(frozen=True, slots=True)
class _Refusals:
    """Refusals that their rows do not show."""

    sides: _Sides

    def unwritten(self, limit: int, after: Place | None) -> Sequence[Refusal]:
        return self.sides.store.refusals.unwritten(self.sides.source.name, limit, after)

    def place(self, item: Refusal) -> Place:
        return item.refused_at, item.row_key

    def conversion(self, page: Sequence[Refusal]) -> Callable[[Refusal], Refusal]:
        sides = self.sides
        if sides.mapper is None:
            return _as_it_is
        return own_refusals(sides.store.notices, sides.source.name, page, sides.first, sides.mapper, sides.deadlines)

    def write(self, pairs: Sequence[tuple[Refusal, Refusal]]) -> None:
        self.sides.source.write_refusals([written for _, written in pairs])
        self.sides.store.refusals.mark_written([refusal for refusal, _ in pairs])
        self.sides.report.counts["refusals_written"] += len(pairs)


def _as_it_is(refusal: Refusal) -> Refusal:
    return refusal


@dataclass(slots=True)
class _Writing(Generic[T, Written]):
    """Write-back of one kind of items."""

    items: _Items[T, Written]
    source: str
    report: PassReport
    _skipped: Counter[str] = field(default_factory=Counter, init=False)
    """Numbers of rows that the case database did not change, by error code."""
    _failed: int = field(default=0, init=False)
    _unreported: Counter[str] = field(default_factory=Counter, init=False)
    """Numbers of items without values for their row beyond `MAX_REFUSED`, by error code."""

    def all(self, may_continue: MayContinue) -> None:
        after: Place | None = None
        while may_continue() and (page := self.items.unwritten(BATCH, after)):
            self._together(self._mapped(page))
            if len(page) < BATCH:
                break
            # Unwritten items stay behind: the next pass tries them again.
            after = self.items.place(page[-1])
        for code, more in self._unreported.items():
            self.report.errors.append(GatewayError(code, where=self.source, detail=f"{more} more rows"))

    def _mapped(self, page: Sequence[T]) -> list[tuple[T, Written]]:
        """Pair each item with its values for the source, without items that have none for their row."""
        convert = self.items.conversion(page)
        pairs: list[tuple[T, Written]] = []
        for item in page:
            try:
                pairs.append((item, convert(item)))
            except (Unmapped, Unproven, ShowsAnother) as error:
                self._failed += 1
                if self._failed <= MAX_REFUSED:
                    self._report_item(item, error)
                else:
                    self._unreported[error.code] += 1
        return pairs

    def _together(self, pairs: Sequence[tuple[T, Written]]) -> None:
        """Write the pairs in one transaction; after a refused or locked row, halve them until it is found."""
        if not pairs:
            return
        try:
            self.items.write(pairs)
        except GatewayError as error:
            if self._skipped[error.code] >= _most(error.code):
                raise
            if len(pairs) > 1:
                half = len(pairs) // 2
                self._together(pairs[:half])
                self._together(pairs[half:])
                return
            self._skipped[error.code] += 1
            self._report_item(pairs[0][0], error)

    def _report_item(self, item: T, error: GatewayError) -> None:
        where = f"{self.source} row {item.row_key}"
        if isinstance(error, Unproven | ShowsAnother):
            where = f"{where}, {error.where}"
        self.report.errors.append(GatewayError(error.code, where=where, detail=error.found or error.detail))


def _most(code: str) -> int:
    """Return the number of rows with this error that a pass skips."""
    return {"source.row-refused": MAX_REFUSED, "source.row-locked": MAX_LOCKED}.get(code, 0)
