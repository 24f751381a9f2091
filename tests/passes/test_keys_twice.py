"""Rows with one key, from a source that does not tell them apart: no notice is made of either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from gateway.notice.source_row import CaseRow

from .conftest import Passes


class Doubled:
    """A source that yields these keys a second time, with another recipient and another version where one is given."""

    def __init__(self, passes: Passes, keys: set[str], version: str | None = None, **other: object) -> None:
        self.keys, self._read, self._version, self._other = keys, passes.cases.rows, version, other

    def rows(self, keys: Sequence[str], columns: Sequence[str] | None = None) -> Iterator[CaseRow]:
        for row in self._read(keys, columns):
            yield row
            if row.key in self.keys:
                yield CaseRow(
                    source=row.source,
                    key=row.key,
                    version=self._version or row.version,
                    fields={**row.fields, **self._other},  # type: ignore[arg-type]
                )


OTHER = {"recipient_id": "0499370899", "recipient_name": "رضا"}


@pytest.fixture(params=[OTHER, {}], ids=["another recipient", "identical"])
def other(request: pytest.FixtureRequest) -> dict[str, object]:
    found: dict[str, object] = request.param
    return found


@pytest.mark.parametrize("version", [None, "000009"])
def test_two_rows_with_one_key_are_refused_and_told(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, other: dict[str, object], version: str | None
) -> None:
    for key in "123":
        passes.cases.put(key, paper_number=f"P-{key}")
    doubled = Doubled(passes, {"2"}, version, **other)
    monkeypatch.setattr(passes.cases, "rows", doubled.rows)
    report = passes.collect()
    assert (report.counts["admitted"], report.counts["refused"]) == (2, 1)
    assert [(error.code, error.where, error.detail) for error in report.errors] == [
        ("source.key-twice", "cases", "keys: 2")
    ]
    notices = passes.store.notices.find(state=None, limit=9, after=None)
    assert sorted(each.entry.row_key for each in notices) == ["1", "3"]
    passes.write_back()
    refusal = passes.cases.refusals["2"]
    assert (refusal.code, refusal.field) == ("notice.key-twice", "notice_id")
    assert "کلید" in refusal.reason


def test_they_are_looked_at_again_by_themselves(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    passes.cases.put("1")
    doubled = Doubled(passes, {"1"}, **other)
    monkeypatch.setattr(passes.cases, "rows", doubled.rows)
    assert passes.collect().counts["refused"] == 1
    assert [error.code for error in passes.collect().errors] == ["source.key-twice"]
    doubled.keys.clear()
    report = passes.collect()
    assert (report.counts["admitted"], report.errors) == (1, [])
    passes.dispatch()
    passes.write_back()
    assert passes.cases.results["1"].state == "SUBMITTED"


def test_a_second_row_that_comes_after_the_notice_changes_nothing_of_it(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    passes.cases.put("1")
    passes.collect()
    [first] = passes.store.notices.find(state=None, limit=9, after=None)
    passes.cases.put("1")
    monkeypatch.setattr(passes.cases, "rows", Doubled(passes, {"1"}, **other).rows)
    assert passes.collect().counts["refused"] == 1
    passes.dispatch()
    passes.write_back()
    [same] = passes.store.notices.find(state=None, limit=9, after=None)
    assert same.entry.reference == first.entry.reference
    assert passes.cases.results["1"].state == "SUBMITTED"


def test_they_are_never_served_twice_in_two_groups_either(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    passes.cases.put("1")
    monkeypatch.setattr(passes.cases, "rows", Doubled(passes, {"1"}, **other).rows)
    passes.collect(page_rows=1)
    passes.collect(page_rows=1)
    passes.dispatch()
    assert len(passes.store.notices.find(state=None, limit=9, after=None)) == 1
