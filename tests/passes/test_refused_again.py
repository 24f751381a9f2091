"""Rows that a wrong mapping or profile refused are judged once more when another is in force, and no oftener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from adapters.shipped.resources import CASE_MAPPING
from gateway.intake import collection
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.mapper import Always
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.runtime.errors import GatewayError
from tests.mappers import unexamined

from .conftest import Passes
from .ports import Stamp

DATE = 'from = "issued_on"\ndo = ["jalali-date"]'
WRONG = DATE.replace('["jalali-date"]', '[{ name = "jalali-date", form = "yyyymmdd" }]')


class Narrow(Stamp):
    """A sealer by whose contract no notice has room."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        raise GatewayError("notice.contract", where=notice.subject)


@dataclass
class Exchanged:
    """Mappers that become the other one when so many rows were read."""

    passes: Passes
    first: CaseMapper
    then: CaseMapper
    reads: int

    def current(self, source: str) -> CaseMapper:
        return self.first if len(self.passes.cases.read) < self.reads else self.then


def mapper(passes: Passes, change: str = DATE, comment: str = "") -> CaseMapper:
    """Return a mapper that reads the date of issue like this."""
    text = CASE_MAPPING.read_text(encoding="utf-8")
    assert DATE in text
    octets = (text.replace(DATE, change) + comment).encode()
    return CaseMapper(compile_mapping(octets, CASE_MAPPING.name), passes.bodies(), unexamined)


def mapped_by(passes: Passes, change: str = DATE, comment: str = "") -> None:
    passes.mappers = Always(mapper(passes, change, comment))


def refused_by_the_mapping(passes: Passes) -> None:
    mapped_by(passes, WRONG)
    for number in range(5):
        passes.cases.put(str(number))
    assert passes.collect().counts == {"collected": 5, "refused": 5}
    assert passes.collect().idle, "nothing has changed"


def refused_by_the_profile(passes: Passes) -> None:
    passes.sealer = Narrow()
    for number in range(5):
        passes.cases.put(str(number))
    assert passes.collect().counts == {"collected": 5, "refused": 5}
    assert passes.collect().idle, "nothing has changed"


def another_profile(passes: Passes) -> None:
    passes.sealer, passes.contract = Stamp(), "contract-2"


@pytest.mark.parametrize(
    ("refused", "corrected"), [(refused_by_the_mapping, mapped_by), (refused_by_the_profile, another_profile)]
)
def test_a_correction_admits_every_row_that_was_refused(
    passes: Passes, refused: Callable[[Passes], None], corrected: Callable[[Passes], None]
) -> None:
    refused(passes)
    passes.write_back()
    assert len(passes.cases.refusals) == 5
    corrected(passes)
    assert passes.collect().counts == {"admitted": 5}
    passes.write_back()
    assert passes.store.tallies.counts()["refused"] == 0
    assert [result.state for result in passes.cases.results.values()] == ["QUEUED"] * 5
    passes.cases.read.clear()
    assert passes.collect().idle
    assert passes.cases.read == []


def test_a_row_that_stays_refused_is_judged_once_by_each_mapping(passes: Passes) -> None:
    mapped_by(passes)
    passes.cases.put("1", recipient_id="0012345678")
    passes.collect()
    passes.cases.read.clear()
    mapped_by(passes, comment="# another one\n")
    assert passes.collect().counts == {"refused": 1}
    assert passes.collect().idle
    assert passes.cases.read == ["1"]


def test_a_pass_judges_a_part_and_the_next_one_goes_on(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_AGAIN", 2)
    refused_by_the_mapping(passes)
    mapped_by(passes, WRONG, comment="# still wrong\n")
    passes.cases.read.clear()
    passes.collect(page_rows=1)
    assert passes.cases.read == ["0", "1"]
    passes.collect(page_rows=1)
    assert passes.cases.read == ["0", "1", "2", "3"]
    mapped_by(passes)  # in the middle: all are judged by this one
    assert [passes.collect().counts["admitted"] for _ in range(3)] == [2, 2, 1]


def test_a_pass_that_may_not_continue_loses_no_row(passes: Passes) -> None:
    refused_by_the_mapping(passes)
    mapped_by(passes)
    assert passes.collect(may_continue=lambda: False).idle
    assert passes.collect().counts == {"admitted": 5}


def test_rows_that_another_mapping_refused_in_between_are_judged_by_the_one_that_came_back(passes: Passes) -> None:
    refused_by_the_mapping(passes)
    passes.cases.read.clear()
    passes.mappers = Exchanged(passes, mapper(passes), mapper(passes, WRONG), reads=2)
    assert passes.collect(page_rows=1).counts["admitted"] == 2
    mapped_by(passes)
    assert passes.collect().counts == {"admitted": 3}


def test_a_row_that_cannot_be_read_after_a_correction_is_judged_when_it_can_be(passes: Passes) -> None:
    refused_by_the_mapping(passes)
    mapped_by(passes)
    passes.cases.unreadable = {"2"}
    report = passes.collect()
    assert report.counts == {"admitted": 4}
    assert [error.code for error in report.errors] == ["source.row-unreadable"]
    passes.cases.read.clear()
    assert [error.code for error in passes.collect().errors] == ["source.row-unreadable"]
    assert passes.cases.read == []
    passes.cases.unreadable.clear()
    assert passes.collect().counts == {"admitted": 1}
    passes.cases.read.clear()
    assert passes.collect().idle
    assert passes.cases.read == []


def test_a_row_that_is_hidden_after_a_correction_is_judged_when_it_is_there_again(passes: Passes) -> None:
    refused_by_the_mapping(passes)
    mapped_by(passes)
    hidden = passes.cases.rows_by_key.pop("2")
    assert [passes.collect().counts["admitted"] for _ in range(2)] == [4, 0]
    passes.cases.rows_by_key["2"] = hidden
    assert passes.collect().counts == {"admitted": 1}
    passes.cases.read.clear()
    assert passes.collect().idle
    assert passes.cases.read == []


def test_rows_that_cannot_be_read_are_asked_for_in_turns_and_hold_up_no_other(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "MAX_AGAIN", 2)
    refused_by_the_mapping(passes)
    mapped_by(passes)
    passes.cases.unreadable = {"0", "1", "3"}
    assert [passes.collect(page_rows=1).counts["admitted"] for _ in range(3)] == [0, 1, 1]
    passes.cases.unreadable = {"0"}
    assert sum(passes.collect(page_rows=1).counts["admitted"] for _ in range(3)) == 2
    passes.cases.unreadable.clear()
    assert sum(passes.collect(page_rows=1).counts["admitted"] for _ in range(3)) == 1
    assert passes.store.tallies.counts()["refused"] == 0


def test_rows_that_are_gone_are_kept_up_to_a_number(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_ABSENT", 2)
    refused_by_the_mapping(passes)
    mapped_by(passes)
    gone = {key: passes.cases.rows_by_key.pop(key) for key in ("0", "1", "2")}
    passes.cases.unreadable = {"3"}
    assert passes.collect().counts["admitted"] == 1
    passes.cases.unreadable.clear()
    passes.cases.rows_by_key |= gone
    assert passes.collect().counts["admitted"] == 2
    assert passes.store.tallies.counts()["refused"] == 2


def test_a_row_that_could_not_be_read_is_judged_by_the_latest_mapping(passes: Passes) -> None:
    refused_by_the_mapping(passes)
    mapped_by(passes, WRONG, comment="# still wrong\n")
    passes.cases.unreadable = {"2"}
    passes.collect()
    passes.cases.unreadable.clear()
    mapped_by(passes)
    assert passes.collect().counts == {"admitted": 5}
    assert passes.collect().idle
