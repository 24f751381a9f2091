"""Collection: find new rows in a case database and admit them.

A row is new if it, or this version of it, was never seen. Each pass lists marks from the cursor less a window and asks
the store for unseen ones.
A wider sweep finds those that the window misses. The cursor only saves work: it may be lost. In a recovery, or after
it, every mark is listed once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from gateway.intake.admission import AdmissionBatch
from gateway.intake.forgotten_rows import ListingAnew, listing_anew
from gateway.intake.parcel_check import ParcelPolicy
from gateway.mapping.model.mapper import Mapper, Mappers
from gateway.notice.envelope import Sealer
from gateway.notice.notice import sha256
from gateway.notice.recipient_index import RecipientKey
from gateway.notice.source_row import CaseRow, CaseSource, Position, RowMark, RowsUnreadable
from gateway.operations.recovery import LOOKED_AT_AGAIN
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.stored import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Destination of notices, and limits of the search for rows.

    ``contract`` is the digest of the judiciary's profile in force, by which the sealer refuses rows.
    ``overlap`` and ``sweep_overlap`` are the windows of a pass and of a sweep, in the unit of the source's versions:
    change numbers or seconds.
    One commit covers at most ``page_rows`` rows, or ends with the row that exceeds `GROUP_BYTES`.
    """

    destination: str
    page_rows: int = 100
    overlap: int = 3600
    sweep_every: timedelta = timedelta(days=1)
    sweep_overlap: int = 30 * 86_400
    contract: str = ""


LISTED = 1000
"""Number of marks per query: they are small."""

GROUP_BYTES = 8 * 1024 * 1024

MAX_AGAIN = 500
"""Number of refused rows, with their documents, that a pass judges again; the next pass continues after them."""

MAX_ABSENT = 1000
"""Number of unread rows up to which refused rows are kept that their source did not show to another mapping: most of
these were deleted."""


def collect(
    source: CaseSource,
    store: Store,
    mappers: Mappers,
    sealer: Sealer,
    clock: Clock,
    policy: IntakePolicy,
    may_continue: MayContinue = always,
    since: str | None = None,
    recipient_key: Callable[[], RecipientKey | None] = lambda: None,
    parcels: ParcelPolicy | None = None,
    anew: ListingAnew | Literal["as needed"] | None = "as needed",
) -> PassReport:
    """Admit every new row of ``source``, and refused ones whose obstacle may be gone (`_RefusedRows`).

    ``since`` is a version from which every row is compared, in place of the window. Raises ``source.since`` for an
    invalid one.
    ``recipient_key`` is that of `gateway.notice.recipient_index`; if it returns None, nobody is found by an identifier.
    ``parcels`` names the asset register that is asked (`gateway.intake.parcel_check`); None: none is. ``anew`` is the
    listing of the whole source that a recovery needs, if the caller brought rows into its reach since it was asked for
    (`gateway.intake.forgotten_rows.listing_anew`).
    """
    report = PassReport("collect")
    admission_batch = AdmissionBatch(source, store, sealer, clock, policy.destination, report, recipient_key, parcels)
    refused = _RefusedRows(source, store, mappers, admission_batch, policy, report, may_continue)
    refused.judge_by_another_mapping()
    refused.look_again()
    if isinstance(anew, str):
        anew = listing_anew(source, store, clock())
    listing = _Round(source, store, mappers, admission_batch, clock, policy, report, anew)
    listing.go(may_continue, since)
    unlisted = source.unlisted()
    listing.note(unlisted)
    if unlisted:
        report.errors.append(GatewayError("source.no-version", where=source.name, detail=f"{unlisted} rows"))
    return report


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Place of a walk through the refused rows: behind the key ``after``, or at their end (None).

    ``left`` are the keys of rows that it passed and could not read, or did not find.
    """

    after: str | None = ""
    left: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> _Walk:
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps({"after": self.after, "left": self.left})

    @property
    def is_over(self) -> bool:
        return self.after is None and not self.left

    def leave(self, unreadable: Sequence[str], absent: Sequence[str]) -> None:
        """Keep the keys of rows that were not read; of ``absent`` ones, as many as there is room for."""
        self.left += unreadable
        self.left += absent[: max(0, MAX_ABSENT - len(self.left))]


class _RefusedRows:
    """Refused rows of a source; each of the methods judges a bounded number of them again.

    The code of a refusal may say that it ends without a change of the row: such rows are judged in each pass. A wrong
    mapping or profile refuses rows with any code. So after another mapping or profile all are judged once.
    """

    def __init__(
        self,
        source: CaseSource,
        store: Store,
        mappers: Mappers,
        admission_batch: AdmissionBatch,
        policy: IntakePolicy,
        report: PassReport,
        may_continue: MayContinue,
    ) -> None:
        self._source, self._store, self._mappers, self._batch = source, store, mappers, admission_batch
        self._policy, self._report, self._may_continue = policy, report, may_continue

    def judge_by_another_mapping(self) -> None:
        """Judge all refused rows unless the cursor says that mapping and profile in force judged them.

        The cursor is a digest of both. Until they have judged all rows, the place of the walk follows it.
        """
        cursor = f"judged:{self._source.name}"
        before = self._store.rows.cursor(cursor) or ""
        mapping = self._mappers.current(self._source.name).digest
        judges = sha256(f"{mapping} {self._policy.contract}".encode())
        if before == judges:
            return
        judged_by, _, place = before.partition("\n")
        walk = _Walk.of(place) if judged_by == judges and place else _Walk()
        self._judge_left(walk, mapping)
        if walk.after is not None:
            walk.after = self._judge(self._all, walk.after, mapping, walk) if self._all(walk.after, 1) else None
        told = judges if walk.is_over else f"{judges}\n{walk}"
        if told != before:
            self._store.commit(Changes(cursors={cursor: told}))

    def look_again(self) -> None:
        """Judge rows whose code says that their obstacle may be gone."""
        cursor = f"again:{self._source.name}"
        before = self._store.rows.cursor(cursor) or ""
        after = self._judge(self._open, before) or ""
        if after != before:
            self._store.commit(Changes(cursors={cursor: after}))

    def _judge(
        self, keys_after: Callable[[str, int], list[str]], after: str, mapping: str = "", walk: _Walk | None = None
    ) -> str | None:
        """Judge rows behind the key ``after``; return the last one's key, or None if no more follow.

        It ends before another mapping than ``mapping``, if one is named. Rows that were not read are left to ``walk``.
        """
        left = MAX_AGAIN
        while left and self._may_continue():
            keys = keys_after(after, min(self._policy.page_rows, left))
            if not keys:
                return None
            mapper = self._mappers.current(self._source.name)
            if mapping and mapper.digest != mapping:
                break
            self._take(keys, mapper, walk)
            after, left = keys[-1], left - len(keys)
        return after

    def _judge_left(self, walk: _Walk, mapping: str) -> None:
        """Judge the first of the rows that ``walk`` could not read; those that still cannot be read become its last."""
        mapper = self._mappers.current(self._source.name)
        if not walk.left or mapper.digest != mapping or not self._may_continue():
            return
        keys, walk.left = walk.left[: self._policy.page_rows], walk.left[self._policy.page_rows :]
        refused = self._store.refusals.of_rows(self._source.name, keys)
        self._take([key for key in keys if key in refused], mapper, walk)

    def _take(self, keys: Sequence[str], mapper: Mapper, walk: _Walk | None) -> None:
        absent = dict.fromkeys(keys)
        unreadable: list[str] = []
        try:
            for group in _groups(self._source.rows(keys, mapper.columns), self._policy.page_rows):
                self._batch.take(group, mapper, again=True)
                for row in group:
                    absent.pop(row.key, None)
        except RowsUnreadable as unread:
            self._report.errors.append(unread)
            unreadable = [key for key in keys if key in unread.keys]
        if walk is not None:
            walk.leave(unreadable, [key for key in absent if key not in unreadable])

    def _open(self, after: str, limit: int) -> list[str]:
        return self._store.refusals.row_keys(self._source.name, LOOKED_AT_AGAIN, limit, after)

    def _all(self, after: str, limit: int) -> list[str]:
        name = self._source.name
        found = self._store.refusals.page(source=name, code=None, limit=limit, after=(name, after))
        return [each.refusal.row_key for each in found]


def _groups(rows: Iterator[CaseRow], size: int) -> Iterator[list[CaseRow]]:
    """Group rows in order, by a bound of number and size. An error of their source comes after the rows before it."""
    group: list[CaseRow] = []
    octets = 0
    broken: GatewayError | None = None
    try:
        for row in rows:
            group.append(row)
            octets += row.size
            if len(group) == size or octets >= GROUP_BYTES:
                yield group
                group, octets = [], 0
    except GatewayError as error:
        broken = error
    if group:
        yield group
    if broken is not None:
        raise broken


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


class _Round:
    """One walk through a source's marks, from behind the cursor to their end."""

    def __init__(
        self,
        source: CaseSource,
        store: Store,
        mappers: Mappers,
        admission_batch: AdmissionBatch,
        clock: Clock,
        policy: IntakePolicy,
        report: PassReport,
        anew: ListingAnew | None,
    ) -> None:
        self._source, self._store, self._mappers, self._batch = source, store, mappers, admission_batch
        self._policy, self._report, self._clock, self._now = policy, report, clock, clock()
        self._cursor_name, self._sweep_name = f"listed:{source.name}", f"swept:{source.name}"
        self._cursor = store.rows.cursor(self._cursor_name)
        # Notices admitted since a backup may have been sent, however late they were committed; and this source may not
        # have been configured while the recovery was on.
        self._anew = anew
        self._is_sweep = self._has_ended = False
        self._unread = 0

    def go(self, may_continue: MayContinue, since: str | None) -> None:
        swept = self._store.rows.cursor(self._sweep_name)
        sweep = swept is None or swept <= timestamp(self._now - self._policy.sweep_every)
        self._is_sweep = sweep
        position = self._start(sweep, since)
        while may_continue():
            marks = self._source.marks(position, LISTED)
            if not marks:
                self._has_ended = since is None
                return
            if not self._take(marks, may_continue):
                return
            position = Position(version=marks[-1].version, key=marks[-1].key)
            self._move(self._source.before(position.version, 0))

    def note(self, unlisted: int) -> None:
        """Note a listing that came to its end; ``unlisted`` rows were left out of it."""
        if not self._has_ended:
            return
        cursors = {self._sweep_name: timestamp(self._now)} if self._is_sweep else {}
        if self._anew is not None:
            # Its end counts: rows that were refused until then began while their source was asked about.
            cursors |= self._anew.ended(self._clock(), unlisted, self._unread)
        if cursors:
            self._store.commit(Changes(cursors=cursors))

    def _start(self, sweep: bool, since: str | None) -> Position | None:
        if since is not None:
            version = self._source.before(since, 0)
            if version is None:
                raise GatewayError("source.since", where=self._source.name, detail=since)
            return Position(version=version)
        if self._anew is not None:
            return None
        overlap = self._policy.sweep_overlap if sweep else self._policy.overlap
        start = None if self._cursor is None else self._source.before(self._cursor, overlap)
        if start is None:
            self._cursor = None
            return None
        return Position(version=start)

    def _take(self, marks: Sequence[RowMark], may_continue: MayContinue) -> bool:
        """Admit unseen rows; return False if the pass may not continue."""
        missing = {mark.key for mark in self._store.rows.unseen(marks)}
        if not missing:
            return True
        keys = list(dict.fromkeys(mark.key for mark in marks if mark.key in missing))
        for some in _parts(keys, self._policy.page_rows):
            # The mapping in force may change between two batches, but never within one: it decides the columns to read.
            mapper = self._mappers.current(self._source.name)
            try:
                for group in _groups(self._source.rows(some, mapper.columns), self._policy.page_rows):
                    if not may_continue():
                        return False
                    self._batch.take(group, mapper)
                    self._report.counts["collected"] += len(group)
                    missing -= {row.key for row in group}
            except RowsUnreadable as unread:
                self._unread += len(unread.keys)
                self._report.errors.append(unread)
                missing -= set(unread.keys)
        if missing:
            self._unread += len(missing)
            detail = f"{len(missing)} rows are not found by their keys"
            self._report.errors.append(GatewayError("source.row-unreadable", where=self._source.name, detail=detail))
        return True

    def _move(self, version: str | None) -> None:
        if version is not None and (self._cursor is None or version > self._cursor):
            self._store.commit(Changes(cursors={self._cursor_name: version}))
            self._cursor = version
