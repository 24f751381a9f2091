"""An alarm: when a pass has failed, or not moved, for too long; told once, with who must act, and when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from adapters.schedule.alarms import Alarms
from gateway.judiciary.courier import CallFailed
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.pass_report import PassReport
from tests.manual_clock import ManualClock

AFTER = timedelta(minutes=15)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pass_stats(clock: ManualClock) -> PassStats:
    made = PassStats(clock)
    made.keep([("collect:cases", "collect", "cases")])
    return made


def run(pass_stats: PassStats, *codes: str) -> None:
    pass_stats.began("collect:cases")
    pass_stats.ended("collect:cases", PassReport("collect", errors=[GatewayError(code) for code in codes]))


def test_one_failure_is_no_alarm_but_a_quarter_of_an_hour_of_them_is(pass_stats: PassStats, clock: ManualClock) -> None:
    run(pass_stats, "source.unavailable")
    clock.advance(minutes=15)
    run(pass_stats, "source.unavailable")
    assert pass_stats.alarms(AFTER) == {}
    clock.advance(seconds=1)
    run(pass_stats, "source.schema")
    assert {name: error.code for name, error in pass_stats.alarms(AFTER).items()} == {"collect:cases": "source.schema"}


def test_turns_of_another_process_are_neither_failures_nor_successes(pass_stats: PassStats, clock: ManualClock) -> None:
    run(pass_stats, "source.unavailable")
    for _ in range(60):
        clock.advance(minutes=1)
        pass_stats.began("collect:cases")
        pass_stats.left("collect:cases")
    assert pass_stats.alarms(AFTER) == {}
    assert pass_stats.records()[0].failed_in_a_row == 1


def test_a_run_that_does_not_move_is_an_alarm_and_one_that_does_is_none(
    pass_stats: PassStats, clock: ManualClock
) -> None:
    pass_stats.began("collect:cases")
    for _ in range(60):
        clock.advance(minutes=1)
        pass_stats.moved("collect:cases")
    assert pass_stats.alarms(AFTER) == {}
    clock.advance(minutes=16)
    assert pass_stats.alarms(AFTER)["collect:cases"].code == "pass.stuck"


def test_an_alarm_is_told_once_with_its_remedy_and_told_to_be_over(pass_stats: PassStats, clock: ManualClock) -> None:
    alarms = Alarms(pass_stats, AFTER)
    with capture_logs() as logs:
        run(pass_stats, "source.unavailable")
        clock.advance(minutes=16)
        run(pass_stats, "source.unavailable")
        alarms.look()
        alarms.look()
        run(pass_stats, "source.schema")
        alarms.look()
        run(pass_stats)
        alarms.look()
    assert [(line["log_level"], line["event"], line["code"]) for line in logs] == [
        ("error", "alarm", "source.unavailable"),
        ("error", "alarm", "source.schema"),
        ("warning", "alarm over", "source.schema"),
    ]
    entry = CATALOGUE["source.unavailable"]
    assert (logs[0]["who_must_act"], logs[0]["remedy"]) == (entry.actor, entry.remedy)


def test_what_is_known_of_a_pass_survives_a_reload_and_a_source_that_is_gone_is_forgotten(
    pass_stats: PassStats,
) -> None:
    run(pass_stats, "source.unavailable")
    pass_stats.keep([("collect:cases", "collect", "cases"), ("collect:new", "collect", "new")])
    assert [record.failures for record in pass_stats.records()] == [1, 0]
    pass_stats.keep([("collect:new", "collect", "new")])
    assert [record.name for record in pass_stats.records()] == ["collect:new"]


def test_what_is_the_endpoints_is_not_told_by_each_pass_that_calls_it(
    pass_stats: PassStats, clock: ManualClock
) -> None:
    for _ in range(3):
        pass_stats.began("collect:cases")
        pass_stats.ended("collect:cases", PassReport("collect", errors=[CallFailed("courier.no-answer")]))
        clock.advance(minutes=16)
    assert pass_stats.records()[0].failed_in_a_row == 3
    assert pass_stats.alarms(AFTER) == {}
    pass_stats.began("collect:cases")
    both = [CallFailed("courier.no-answer"), GatewayError("quarantine.full")]
    pass_stats.ended("collect:cases", PassReport("collect", errors=both))
    assert {name: error.code for name, error in pass_stats.alarms(AFTER).items()} == {
        "collect:cases": "quarantine.full"
    }


def test_alarms_that_say_the_same_are_one_line_with_a_count(pass_stats: PassStats, clock: ManualClock) -> None:
    full = {f"pass-{n}": GatewayError("store.full", where="gateway.db") for n in range(3)}
    own = {"clock": GatewayError("clock.off"), "other": GatewayError("clock.off")}
    alarms = Alarms(pass_stats, AFTER, lambda: full | own)
    with capture_logs() as logs:
        alarms.look()
        alarms.look()
    assert [(line["task"], line["times"]) for line in logs] == [
        ("pass-0, pass-1, pass-2", 3),
        ("clock", 1),
        ("other", 1),
    ]
