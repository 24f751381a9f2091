"""The case database shows each notice's present, once and in the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.runtime.errors import GatewayError
from gateway.writeback import result_writing

from .conftest import City

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_a_served_notice_shows_its_date_of_service(city: City) -> None:
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    city.receive()
    assert city.write_back().counts == {"written": 1}
    result = city.cases.results["1"]
    assert (result.state, result.reference) == ("DELIVERED", entry.reference)
    assert (result.delivered_at, result.service_date, result.effect) == (ARRIVAL, "1404-11-14", "LEGAL")
    assert city.write_back().idle


def test_each_change_is_written_and_passing_states_are_not(city: City) -> None:
    (entry,) = city.admit("1")
    city.write_back()
    assert city.cases.results["1"].state == "QUEUED"

    def look() -> None:
        city.write_back()
        assert city.cases.results["1"].state == "QUEUED"

    city.court.during_submit = look
    city.dispatch()
    city.write_back()
    assert city.cases.results["1"].state == "SUBMITTED"
    assert city.cases.results["1"].tracking_number == f"T-{entry.reference[-6:]}"


def test_a_case_database_that_is_away_is_written_to_later(city: City) -> None:
    city.admit("1", "2")
    city.cases.away = True
    with pytest.raises(GatewayError, match=r"source\.unavailable"):
        city.write_back()
    city.cases.away = False
    assert city.write_back().counts == {"written": 2}
    assert city.store.tallies.counts()["written"] == 2


def test_a_row_that_is_gone_is_told_and_keeps_no_other_back(city: City) -> None:
    city.admit("1", "2")
    del city.cases.rows_by_key["1"]
    report = city.write_back()
    assert [(error.code, error.where) for error in report.errors] == [("source.row-missing", "cases row 1")]
    assert city.cases.results["2"].state == "QUEUED"
    assert city.write_back().idle


def test_a_row_that_may_not_be_changed_is_told_and_keeps_no_other_back(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 2)
    good = [str(number) for number in range(7)]
    city.admit(*good)
    for key in ("bad 1", "bad 2", "bad 3"):
        city.cases.put(key, recipient_id="1111111111")
    city.collect()
    city.cases.closed = {"0", "1", "5", "bad 1"}
    for _ in range(2):
        errors = city.write_back().errors
        assert {(error.code, error.where) for error in errors} == {
            ("source.row-refused", f"cases row {key}") for key in city.cases.closed
        }
    assert set(city.cases.results) == set(good) - city.cases.closed
    assert set(city.cases.refusals) == {"bad 2", "bad 3"}
    city.cases.closed.clear()
    assert city.write_back().counts == {"written": 3, "refusals_written": 1}


def test_a_case_database_that_refuses_all_is_not_asked_row_by_row(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    city.cases.closed = set(map(str, range(4)))
    city.admit(*city.cases.closed)
    with pytest.raises(GatewayError, match=r"source\.row-refused"):
        city.write_back()
    assert city.cases.results == {}
