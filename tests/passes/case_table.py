"""A case database in memory: its rows, and all that is written back to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.notice.source_row import COMPARED, CaseRow, Position, Refusal, Result, RowMark, RowsUnreadable, Shown
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from tests.papers import pdf

CLOSED = Words(en="the case is closed", fa="پرونده بسته است")
PDF = pdf(filler=b"x" * 2000)


@dataclass
class Cases:
    """A case database: rows by key, a change number for each change, results and refusals as they were written."""

    name: str = "cases"
    is_brought: bool = False
    rows_by_key: dict[str, dict[str, object]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    changes: int = 0
    unversioned: int = 0
    results: dict[str, Result] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    away: bool = False
    unreadable: set[str] = field(default_factory=set)
    silent: bool = False
    """True if statements write results into it, so that nobody can read them back."""
    closed: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)

    def put(self, key: str, change: int | None = None, **columns: object) -> None:
        """Write a row under the next change number, or under one that was taken long ago."""
        self.rows_by_key[key] = ROW | {"paper_number": f"P-{key}"} | self.rows_by_key.get(key, {}) | columns
        self.changes += 1
        self.versions[key] = f"{self.changes if change is None else change:06d}"

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        self._answer()
        start = ("", "") if position is None else (position.version, position.key or "")
        marks = sorted((version, key) for key, version in self.versions.items() if (version, key) > start)
        return [RowMark(source=self.name, key=key, version=version) for version, key in marks[:limit]]

    def before(self, version: str, distance: int) -> str | None:
        return f"{max(0, int(version) - distance):06d}" if version.isdigit() else None

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        for key in keys:
            self._answer()
            if key in self.rows_by_key and key not in self.unreadable:
                self.read.append(key)
                fields = self.rows_by_key[key]
                yield CaseRow(source=self.name, key=key, version=self.versions[key], fields=fields)  # type: ignore[arg-type]
        if unread := self.unreadable.intersection(keys):
            raise RowsUnreadable(self.name, unread, "HTTP 500")

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        self._answer()
        there: dict[str, Shown | None] = {}
        for key in self.rows_by_key.keys() & set(keys):
            result, refusal = self.results.get(key), self.refusals.get(key)
            there[key] = (
                None
                if self.silent
                else Shown(
                    reference=(result and result.reference) or None,
                    state=result.state if result else "REFUSED" if refusal else None,
                    seq=None if result is None else result.seq,
                    code=refusal.code if refusal else result and result.code,
                    values={} if result is None else {name: getattr(result, name) for name in COMPARED},
                )
            )
        return there

    def unlisted(self) -> int:
        self._answer()
        return self.unversioned

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        self._answer()
        self._let(result.row_key for result in results)
        for result in results:
            shown = self.results.get(result.row_key)
            same = shown is not None and shown.reference == result.reference
            newer = shown is not None and (shown.seq <= result.seq or shown.seq == result.over)
            if shown is None or not shown.reference or (same and newer) or shown.reference == result.replaces:
                self.results[result.row_key] = result
        return [result.row_key for result in results if result.row_key not in self.rows_by_key]

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        self._answer()
        self._let(refusal.row_key for refusal in refusals)
        self.refusals |= {refusal.row_key: refusal for refusal in refusals}

    def _answer(self) -> None:
        if self.away:
            raise GatewayError("source.unavailable", where=self.name)

    def _let(self, rows: Iterable[str]) -> None:
        keys = set(rows)
        if not self.closed.isdisjoint(keys):
            raise GatewayError("source.row-refused", where=self.name, detail=CLOSED)
        if not self.locked.isdisjoint(keys):
            raise GatewayError("source.row-locked", where=self.name)


ROW: dict[str, object] = {
    "body_code": "article-100",
    "district": "منطقه ۵",
    "case_number": "1404-100-1",
    "kind": "ruling",
    "subject": "ابلاغ رأی",
    "issued_on": "1404/11/14",
    "revision": 1,
    "recipient_kind": "حقیقی",
    "recipient_id": "0012345679",
    "recipient_name": "شخص نمونه",
    "document_name": "ruling.pdf",
    "document": PDF,
}
