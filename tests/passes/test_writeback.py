"""The case database shows each notice's present, once and in the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.judiciary.courier import Rejected
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.runtime.errors import GatewayError
from gateway.writeback import result_writing

from .case_table import CLOSED
from .conftest import SETTLE, Passes

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_a_served_notice_shows_its_date_of_service(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    passes.receive()
    assert passes.write_back().counts == {"written": 1}
    result = passes.cases.results["1"]
    assert (result.state, result.reference) == ("DELIVERED", entry.reference)
    assert (result.delivered_at, result.service_date, result.effect) == (ARRIVAL, "1404-11-14", "LEGAL")
    assert passes.write_back().idle


def test_each_change_is_written_and_passing_states_are_not(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    assert passes.cases.results["1"].state == "QUEUED"

    def look() -> None:
        passes.write_back()
        assert passes.cases.results["1"].state == "QUEUED"

    passes.judiciary.during_submit = look
    passes.dispatch()
    passes.write_back()
    assert passes.cases.results["1"].state == "SUBMITTED"
    assert passes.cases.results["1"].tracking_number == f"T-{entry.reference[-6:]}"


def test_a_case_database_that_is_away_is_written_to_later(passes: Passes) -> None:
    passes.admit("1", "2")
    passes.cases.away = True
    with pytest.raises(GatewayError, match=r"source\.unavailable"):
        passes.write_back()
    passes.cases.away = False
    assert passes.write_back().counts == {"written": 2}
    assert passes.store.tallies.counts()["written"] == 2


def test_a_row_that_is_gone_is_told_and_keeps_no_other_back(passes: Passes) -> None:
    passes.admit("1", "2")
    del passes.cases.rows_by_key["1"]
    report = passes.write_back()
    assert [(error.code, error.where) for error in report.errors] == [("source.row-missing", "cases row 1")]
    assert passes.cases.results["2"].state == "QUEUED"
    assert passes.write_back().idle


def test_a_row_that_may_not_be_changed_is_told_and_keeps_no_other_back(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 2)
    good = [str(number) for number in range(7)]
    passes.admit(*good)
    for key in ("bad 1", "bad 2", "bad 3"):
        passes.cases.put(key, recipient_id="1111111111")
    passes.collect()
    passes.cases.closed = {"0", "1", "5", "bad 1"}
    for _ in range(2):
        errors = passes.write_back().errors
        assert {(error.code, error.where) for error in errors} == {
            ("source.row-refused", f"cases row {key}") for key in passes.cases.closed
        }
        assert {error.found for error in errors} == {CLOSED}
    assert set(passes.cases.results) == set(good) - passes.cases.closed
    assert set(passes.cases.refusals) == {"bad 2", "bad 3"}
    passes.cases.closed.clear()
    assert passes.write_back().counts == {"written": 3, "refusals_written": 1}


def test_rows_that_somebody_holds_locked_keep_no_other_back(passes: Passes) -> None:
    good = [str(number) for number in range(5)]
    passes.admit(*good)
    passes.cases.put("bad", recipient_id="1111111111")
    passes.collect()
    passes.cases.locked = {"0", "3", "bad"}
    for _ in range(2):
        errors = passes.write_back().errors
        assert {(error.code, error.where) for error in errors} == {
            ("source.row-locked", f"cases row {key}") for key in passes.cases.locked
        }
    assert set(passes.cases.results) == set(good) - passes.cases.locked
    passes.cases.locked.clear()
    assert passes.write_back().counts == {"written": 2, "refusals_written": 1}


def test_a_pass_waits_for_some_locked_rows_and_not_for_a_locked_table(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "MAX_LOCKED", 2, raising=False)
    passes.cases.locked = set(map(str, range(4)))
    passes.admit(*passes.cases.locked)
    with pytest.raises(GatewayError, match=r"source\.row-locked"):
        passes.write_back()
    assert passes.cases.results == {}


def test_a_case_database_that_refuses_all_is_not_asked_row_by_row(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    passes.cases.closed = set(map(str, range(4)))
    passes.admit(*passes.cases.closed)
    with pytest.raises(GatewayError, match=r"source\.row-refused"):
        passes.write_back()
    assert passes.cases.results == {}


def test_a_row_that_shows_a_notice_of_another_row_is_told_until_it_is_emptied(passes: Passes) -> None:
    """Its columns for results were copied from that row."""
    passes.admit("1")
    passes.write_back()
    passes.admit("2", "3")
    passes.cases.results["2"] = passes.cases.results["1"]
    for _ in range(2):
        (error,) = passes.write_back().errors
        assert (error.code, error.where.partition(",")[0]) == ("source.row-shows-another", "cases row 2")
    assert passes.cases.results["3"].row_key == "3", "others are written"
    del passes.cases.results["2"]
    assert passes.write_back().errors == []
    assert passes.cases.results["2"].row_key == "2"


def test_a_row_that_shows_any_earlier_notice_of_its_own_shows_the_last_one(passes: Passes) -> None:
    """The order of its notices was taken from clocks that differed, so the last one replaces another one."""
    passes.judiciary.outcome = lambda _: Rejected(code="X")
    seen = []
    for number in range(3):
        passes.cases.put("1", paper_number=f"P-{number}")
        passes.collect()
        passes.dispatch()
        if number == 2:
            passes.cases.results["1"] = seen[0]
        passes.write_back()
        seen.append(passes.cases.results["1"])
    assert len({result.reference for result in seen}) == 3
    assert seen[2].replaces == seen[0].reference
    assert passes.write_back().idle


@pytest.mark.parametrize("whole", [False, True], ids=["the reference", "all"])
def test_an_earlier_notice_takes_no_row_that_somebody_emptied(passes: Passes, *, whole: bool) -> None:
    (earlier,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.advance(minutes=31)
    passes.intervene(earlier.reference, Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLE))
    passes.cases.put("1", revision=2)
    passes.collect()
    passes.dispatch()
    passes.write_back()
    told = passes.cases.results["1"]
    assert (told.state, told.reference == earlier.reference) == ("SUBMITTED", False)

    passes.cases.results["1"] = replace(told, reference="")
    if whole:
        del passes.cases.results["1"]
    emptied = passes.cases.results.get("1")
    passes.judiciary.issue("ContentConsignment", earlier.reference, earlier.seal_digest, passes.clock())
    passes.receive()
    assert passes.entry(earlier.reference).state is DeliveryState.DELIVERED
    report = passes.write_back()
    assert (passes.cases.results.get("1"), report.errors) == (emptied, []), "it stands for the second revision"
    assert passes.write_back().idle

    later = passes.entry(told.reference)
    passes.judiciary.issue("ContentConsignment", later.reference, later.seal_digest, passes.clock())
    passes.receive()
    assert passes.write_back().errors == []
    assert (passes.cases.results["1"].state, passes.cases.results["1"].reference) == ("DELIVERED", later.reference)
