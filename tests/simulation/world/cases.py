"""A case database: rows that are added, changed, deleted, and committed late; and everything written back to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.notice.source_row import COMPARED, CaseRow, Position, Refusal, Result, RowMark, Shown
from gateway.runtime.errors import GatewayError
from tests.papers import PDF


def fields_of(number: int) -> dict[str, object]:
    """Return the fields of the row of a notice; each number is another case."""
    return {
        "body_code": "article-100",
        "district": "منطقه ۵",
        "case_number": f"1404-100-{number}",
        "paper_number": f"P-{number}",
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


@dataclass(frozen=True, slots=True)
class Row:
    """Row as it stands; one that is not ``committed`` yet has its version already."""

    version: str
    fields: Mapping[str, object]


@dataclass(slots=True)
class CaseDatabase:
    """Rows by key, and what is shown in them. ``written`` are all results in the order of their coming."""

    rows: dict[str, Row] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    written: list[Result] = field(default_factory=list)
    _changes: int = 0

    def next_version(self) -> str:
        """Take a change number; its row may be committed later than rows with greater ones."""
        self._changes += 1
        return f"{self._changes:06d}"

    def commit(self, key: str, version: str, fields: Mapping[str, object]) -> None:
        self.rows[key] = Row(version, fields)
        self.refusals.pop(key, None)

    def delete(self, key: str) -> None:
        self.rows.pop(key, None)


@dataclass(slots=True)
class CaseReader:
    """`gateway.notice.source_row.CaseSource` of one gateway; ``at`` is called before and after each of its calls."""

    name: str
    database: CaseDatabase
    at: Callable[[str], None]
    is_brought: bool = False

    def marks(self, position: Position | None, limit: int) -> Sequence[RowMark]:
        self.at("cases.marks")
        start = ("", "") if position is None else (position.version, position.key or "")
        found = sorted((row.version, key) for key, row in self.database.rows.items() if (row.version, key) > start)
        return [RowMark(source=self.name, key=key, version=version) for version, key in found[:limit]]

    def before(self, version: str, distance: int) -> str | None:
        return f"{max(0, int(version) - distance):06d}" if version.isdigit() else None

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        for key in keys:
            self.at("cases.row")
            if (row := self.database.rows.get(key)) is not None:
                yield CaseRow(source=self.name, key=key, version=row.version, fields=row.fields)  # type: ignore[arg-type]

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        self.at("cases.shown")
        return {key: self._shown(key) for key in keys if key in self.database.rows}

    def _shown(self, key: str) -> Shown:
        result, refusal = self.database.results.get(key), self.database.refusals.get(key)
        return Shown(
            reference=None if result is None else result.reference,
            state=result.state if result else "REFUSED" if refusal else None,
            seq=None if result is None else result.seq,
            code=refusal.code if refusal else None if result is None else result.code,
            values={} if result is None else {name: getattr(result, name) for name in COMPARED},
        )

    def unlisted(self) -> int:
        self.at("cases.unlisted")
        return 0

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        self.at("cases.write")
        there = self.database.rows
        for result in results:
            if result.row_key not in there:
                continue
            before = self.database.results.get(result.row_key)
            same = before is not None and before.reference == result.reference
            newer = before is not None and (before.seq <= result.seq or before.seq == result.over)
            if before is None or before.reference == result.replaces or (same and newer):
                self.database.results[result.row_key] = result
                self.database.written.append(result)
        self.at("cases.written")
        return [result.row_key for result in results if result.row_key not in there]

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        self.at("cases.refuse")
        for refusal in refusals:
            row = self.database.rows.get(refusal.row_key)
            if row is not None and row.version == refusal.row_version:
                self.database.refusals[refusal.row_key] = refusal
        self.at("cases.refused")

    def check(self) -> str:
        return "in memory"


AWAY = GatewayError("source.unavailable", where="cases")
