"""Rows that cannot be read are reported, and hold up no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest

from gateway.intake.row_ownership import Ownership
from gateway.mapping.model.mapper import Always
from gateway.notice.source_row import CaseRow
from gateway.runtime.errors import GatewayError
from tests.mappers import case_mapper

from .conftest import Passes


def test_a_row_that_is_listed_and_not_found_is_told(passes: Passes) -> None:
    passes.cases.put("1")
    passes.cases.put("2")
    del passes.cases.rows_by_key["1"]
    report = passes.collect()
    assert report.counts == {"collected": 1, "admitted": 1}
    assert [error.code for error in report.errors] == ["source.row-unreadable"]


def test_a_row_that_cannot_be_read_holds_up_no_other_and_is_read_later(passes: Passes) -> None:
    for number in range(9):
        passes.cases.put(str(number))
    passes.cases.unreadable = {"1", "4"}
    Ownership(passes.cases, passes.store, Always(case_mapper(passes.bodies()))).prove()
    report = passes.collect(page_rows=3)
    assert report.counts == {"collected": 7, "admitted": 7}
    assert [error.code for error in report.errors] == ["source.row-unreadable"] * 2
    passes.cases.unreadable.clear()
    report = passes.collect(overlap=9)
    assert (report.counts["admitted"], report.errors) == (2, [])


def test_a_refused_row_that_cannot_be_read_again_holds_up_no_new_one(passes: Passes) -> None:
    passes.cases.put("1", revision=2)
    passes.cases.put("2", revision=2)
    assert passes.collect().counts["refused"] == 2
    passes.cases.unreadable = {"1"}
    passes.cases.put("3")
    report = passes.collect()
    assert report.counts["admitted"] == 1
    assert [error.code for error in report.errors] == ["source.row-unreadable"]


def test_rows_that_were_read_before_their_source_went_away_are_taken(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        passes.cases.put(str(number))
    read = passes.cases.rows

    def rows(keys: Sequence[str], columns: Sequence[str]) -> Iterator[CaseRow]:
        yield from islice(read(keys, columns), 4)
        if keys:
            raise GatewayError("source.unavailable", where="cases")

    monkeypatch.setattr(passes.cases, "rows", rows)
    with pytest.raises(GatewayError, match=r"source\.unavailable"):
        passes.collect()
    assert passes.store.tallies.counts()["admitted"] == 4
