"""Comparison of case databases with the store: rows never collected, or without any data here.

A row is listed by its mark, as in collection, and read only if the store has nothing for it. Then its reference is
derived, as in collection, and the judiciary is asked about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Pending, Rejected, SealRefused, Standing, Unknown
from gateway.mapping import RowRefused
from gateway.mapping.model.mapper import Mappers
from gateway.notice.source_row import CaseSource, Position, RowMark, RowsUnreadable, Shown
from gateway.reconciliation.finding import Discrepancy, Findings
from gateway.reconciliation.inquiry import Inquiry
from gateway.runtime.may_continue import MayContinue
from gateway.store.store import Store
from gateway.store.stored import Known, StandingRefusal

LISTED = 500

KEPT = 10_000
"""Maximum number of orphans waiting for a second check; at this number all are reported at once."""

DERIVED = 2_000
"""Maximum number of rows read and derived in one run.

Otherwise a case database that was never collected would be read completely, with inquiries about all of it.
"""

ABOUT_A_DAY = timedelta(days=1)
"""Margin around the range: a version that is a time may be in another zone than ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphan:
    """Row without any data in the store; ``reference`` is its derived notice, once known."""

    mark: RowMark
    code: str
    reference: str | None = None
    detail: str = ""


@dataclass(slots=True)
class RowComparison:
    """Comparison of the rows of a source; `settle` reports those that remain at a second check.

    A row whose version is a time less than ``grace`` before ``now`` is not settled. ``without_bound`` derives every
    orphan.
    """

    source: CaseSource
    store: Store
    mappers: Mappers
    inquiry: Inquiry
    findings: Findings
    now: datetime
    grace: timedelta
    may_continue: MayContinue
    without_bound: bool = False
    compared: int = 0
    in_range: int = 0
    """Number of rows whose version is a time in the range; with numbers as versions, rows of any time are compared."""
    _orphans: list[Orphan] = field(default_factory=list)
    _derived: int = 0

    @property
    def waiting(self) -> bool:
        """Return True if orphans wait for a second check."""
        return bool(self._orphans)

    def compare(self, since: datetime | None, until: datetime) -> None:
        """Find orphans among the rows with versions in the range, or among all if versions are no times."""
        timed = self.source.before(version_at(until), 0) is not None
        for marks in _listed(self.source, since, until):
            if not self.may_continue():
                return
            self.compared += len(marks)
            self.in_range += len(marks) if timed or since is None else 0
            self._orphans += self._orphans_of(marks)
            if len(self._orphans) >= KEPT:
                self.settle()
        if count := self.source.unlisted():
            self.findings.add(Discrepancy(code="source.no-version", source=self.source.name, detail=f"{count} rows"))

    def settle(self) -> None:
        """Report the orphans that remain."""
        orphans, self._orphans = self._orphans, []
        unseen = {mark.key for mark in self.store.rows.unseen([orphan.mark for orphan in orphans])}
        still = [orphan for orphan in orphans if orphan.code != "reconcile.not-collected" or orphan.mark.key in unseen]
        named = list(self._named(still))
        known = self.store.notices.known([orphan.reference for orphan in named if orphan.reference])
        strangers = [orphan.reference for orphan in named if orphan.reference and orphan.reference not in known]
        standings = self.inquiry.standings(list(dict.fromkeys(strangers)), ours=False)
        for orphan in named:
            self._tell(orphan, standings.get(orphan.reference or "", NotKnown()))

    def _tell(self, orphan: Orphan, standing: Standing) -> None:
        code, detail = orphan.code, orphan.detail
        if not isinstance(standing, NotKnown):
            code, detail = "reconcile.known-there", _said(standing)
        self.findings.add(
            Discrepancy(
                code=code,
                source=orphan.mark.source,
                row_key=orphan.mark.key,
                reference=orphan.reference,
                since=_time_of(orphan.mark.version),
                detail=detail or f"version {orphan.mark.version}",
            )
        )

    def _orphans_of(self, marks: Sequence[RowMark]) -> Iterator[Orphan]:
        unseen = {mark.key for mark in self.store.rows.unseen(marks)}
        name, keys = self.source.name, [mark.key for mark in marks]
        # Refusals first: if one is lifted meanwhile, its notice is found next.
        refusals = self.store.refusals.of_rows(name, [key for key in keys if key not in unseen])
        known = self.store.notices.known_rows(name, keys)
        shown = self.source.shown(keys)
        strangers = _strangers(shown, known)
        here = self.store.notices.known(list(strangers.values()))
        for mark in marks:
            reference = strangers.get(mark.key)
            of = here.get(reference) if reference is not None else None
            if of is not None and of.source != name:
                self._tell_another(mark, of)  # collected or not: it is that source's row under another name
            elif mark.key in unseen:
                if not _is_young(mark, self.now, self.grace):
                    yield Orphan(mark=mark, code="reconcile.not-collected")
            elif reference is not None and reference not in here:
                yield Orphan(mark=mark, code="reconcile.notice-lost", reference=reference)
            elif mark.key not in refusals and mark.key not in known:
                yield Orphan(mark=mark, code="reconcile.notice-lost")
        for key, standing in refusals.items():
            if key in shown:
                self._compare_refusal(standing, shown[key])

    def _tell_another(self, mark: RowMark, of: Known) -> None:
        detail = f"row {of.row_key} of source {of.source}"
        self.findings.add(
            Discrepancy(
                code="reconcile.another-source",
                source=mark.source,
                row_key=mark.key,
                reference=of.reference,
                since=_time_of(mark.version),
                detail=detail,
            )
        )

    def _compare_refusal(self, standing: StandingRefusal, shown: Shown | None) -> None:
        refusal = standing.refusal
        told = standing.written and (shown is None or shown.code == refusal.code)
        if told or refusal.refused_at > self.now - self.grace:
            return
        self.findings.add(
            Discrepancy(
                code="reconcile.result-differs" if standing.written else "reconcile.result-unwritten",
                source=refusal.source,
                row_key=refusal.row_key,
                since=refusal.refused_at,
                detail=f"refused: {refusal.code}",
            )
        )

    def _named(self, orphans: Sequence[Orphan]) -> Iterator[Orphan]:
        """Yield the orphans with the current references of their rows, as far as rows are read."""
        room = len(orphans) if self.without_bound else max(0, DERIVED - self._derived)
        nameless = {orphan.mark.key: orphan for orphan in orphans if orphan.reference is None}
        asked_for = list(nameless)[:room]
        self._derived += len(asked_for)
        yield from (orphan for orphan in orphans if orphan.reference is not None)
        yield from (nameless[key] for key in list(nameless)[room:])
        gone = set(asked_for)
        mapper = self.mappers.current(self.source.name)
        try:
            for row in self.source.rows(asked_for, mapper.columns):
                gone.discard(row.key)
                try:
                    yield replace(nameless[row.key], reference=mapper.map(row).reference)
                except RowRefused as refused:
                    yield replace(nameless[row.key], detail=f"would be refused: {refused.code}")
        except RowsUnreadable as unread:
            gone -= set(unread.keys)
            yield from (replace(nameless[key], detail="listed, and cannot be read") for key in unread.keys)
        yield from (replace(nameless[key], detail="listed, and not found by its key") for key in gone)


def _listed(source: CaseSource, since: datetime | None, until: datetime) -> Iterator[Sequence[RowMark]]:
    """Yield marks of the range in pages; of the whole source if its versions are no times."""
    first = None if since is None else source.before(version_at(since - ABOUT_A_DAY), 0)
    last = source.before(version_at(until + ABOUT_A_DAY), 0)
    position = None if first is None else Position(version=first)
    while marks := source.marks(position, LISTED):
        in_range = [mark for mark in marks if last is None or mark.version <= last]
        if in_range:
            yield in_range
        if len(in_range) < len(marks):
            return
        position = Position(version=marks[-1].version, key=marks[-1].key)


def version_at(moment: datetime) -> str:
    """Return a time in the form of all sources with times as versions."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _strangers(shown: Mapping[str, Shown | None], known: Mapping[str, Sequence[Known]]) -> dict[str, str]:
    """Return rows that show the reference of a notice not known as theirs."""
    return {
        key: row.reference
        for key, row in shown.items()
        if row is not None and row.reference and row.reference not in {one.reference for one in known.get(key, ())}
    }


def _time_of(version: str) -> datetime | None:
    """Return a version as a time, or None if it is a number."""
    try:
        moment = datetime.fromisoformat(version) if "-" in version else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _is_young(mark: RowMark, now: datetime, grace: timedelta) -> bool:
    moment = _time_of(mark.version)
    # A time far ahead is an error, and never passes.
    return moment is not None and now - grace < moment < now + ABOUT_A_DAY


def _said(standing: Standing) -> str:
    match standing:
        case Accepted(tracking_number=number):
            return f"accepted there as {number}"
        case Rejected(code=code):
            return f"rejected there ({code})"
        case SealRefused(code=code):
            return f"its seal was refused there ({code})"
        case NoAccount():
            return "no account there"
        case Pending():
            return "being processed there"
        case NotKnown() | Unknown():
            return ""
        case _:
            assert_never(standing)
