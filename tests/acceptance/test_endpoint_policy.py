"""Real processes: the sandbox is away for an hour of compressed time, and what waited is served by the rate limit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.clock import system_clock
from gateway.runtime.rate_limit import RateLimit

from .conftest import Program, edit
from .service import TROUBLE, SandboxProcess, Service, serving, until
from .test_serve import all_at_their_end, states, submissions

pytestmark = [pytest.mark.slow, TROUBLE]

HOUR = 10.0
"""Real seconds that an hour of waiting takes."""
RATE_LIMIT = RateLimit(per_minute=240, burst=4)


@pytest.fixture
def mannered(directory: Path, program: Program) -> Path:
    """A folder whose gateway rests for seconds in the place of minutes, and may send four notices a second.

    It knows the authorities' lists: without them nothing would be asked of anybody, and nobody would be found away. It
    has a queue: a process that begins while nobody answers seals nothing."""
    sandbox = SandboxProcess(directory, program)
    for name in ("revocation", "collect"):
        program("run-once", name, "--config", directory / "gateway.toml")
    sandbox.end()
    edit(directory, "day_seconds = 1\n", f"day_seconds = {HOUR * 24:g}\n")
    limits = f"notices_per_minute = {RATE_LIMIT.per_minute}\nburst = {RATE_LIMIT.burst}\nmax_calls = 2\n"
    edit(directory, "requeue = true\n", f"requeue = true\n{limits}")
    return directory


def happened(directory: Path, event: DeliveryEvent, since: datetime) -> list[datetime]:
    """List the times at which it happened to notices, from a time on."""
    with closing(SqlStore.open(f"sqlite:///{directory / 'gateway.db'}")) as store:
        found = store.notices.find(state=None, limit=500, after=None)
        events = [step for each in found for step in store.notices.history(each.entry.reference)]
    return sorted(step.occurred_at for step in events if step.event is event and step.occurred_at >= since)


def alarms(service: Service, event: str) -> int:
    return len(service.events(event, code="endpoint.resting"))


def test_an_hour_away_is_one_alarm_and_is_made_up_for_by_the_rate_limit(mannered: Path, program: Program) -> None:
    with serving(mannered) as service:
        until(lambda: alarms(service, "alarm"), "the alarm")
        until(lambda: service.metrics()['eblagh_endpoint_failures{destination="sandbox"}'] >= 6, "some rests")
        assert (service.ready()[0], service.check("endpoint")) == (503, "endpoint.resting")
        assert service.ready()[1]["endpoints"][0]["code"] == "courier.not-connected"
        assert alarms(service, "alarm") == 1
        assert set(states(mannered)) <= {"QUEUED", "SENDING"}
        [shown] = program.json("status", "--config", mannered / "gateway.toml", check=1)["endpoints"]
        assert (shown["destination"], shown["code"], shown["actor"]) == (
            "sandbox",
            "courier.not-connected",
            "judiciary",
        )
        assert shown["failures"] >= 6

        coming, sandbox = system_clock(), SandboxProcess(mannered, program)
        try:
            until(lambda: alarms(service, "alarm over"), "its end")
            until(lambda: all_at_their_end(mannered), "the end of every notice")
            until(lambda: service.check("endpoint") is None, "the end in a newer reading of the store")
            assert (alarms(service, "alarm"), alarms(service, "alarm over")) == (1, 1)
            assert service.end() == 0
        finally:
            sandbox.end()
    assert submissions(program, mannered) == {1}
    taken = happened(mannered, DeliveryEvent.CLAIM, coming)
    assert taken, "something was left to send"
    for first, begin in enumerate(taken):
        for number, moment in enumerate(taken[first:], start=1):
            assert number <= RATE_LIMIT.burst + (moment - begin) / RATE_LIMIT.interval + 1e-6


ASKED = timedelta(seconds=5)
FAULTS = f"""
[faults]
retry_after_seconds = {ASKED.total_seconds():g}
[[faults.script]]
operation = "SubmitNotices"
call = 1
fault = "http-503"
"""


def test_a_wait_that_is_asked_for_is_kept_and_wakes_nobody(directory: Path, program: Program) -> None:
    with (directory / "sandbox.toml").open("a", encoding="utf-8") as file:
        file.write(FAULTS)
    began, sandbox = system_clock(), SandboxProcess(directory, program)
    try:
        with serving(directory) as service:
            until(lambda: all_at_their_end(directory), "the end of every notice")
            assert service.end() == 0
            assert not service.events("alarm")
    finally:
        sandbox.end()
    assert submissions(program, directory) == {1}
    assert happened(directory, DeliveryEvent.LOST_ANSWER, began), "nobody has answered for the first batch"
    first, *others = happened(directory, DeliveryEvent.CLAIM, began)
    assert min(moment for moment in others if moment > first) >= first + ASKED


def test_in_maintenance_nothing_is_called_and_it_is_told_as_what_it_is(mannered: Path, program: Program) -> None:
    days = '["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]'
    window = f'[[judiciary.maintenance]]\ndays = {days}\nfrom = "00:00"\nuntil = "00:00"\n'
    edit(mannered, "[dispatch]\n", f"{window}[dispatch]\n")
    with serving(mannered) as service:
        until(lambda: states(mannered).get("QUEUED"), "a queue")
        left = 'eblagh_pass_left_total{pass="dispatch",source=""}'
        until(lambda: service.metrics()[left] > 3, "a few turns")
        state = 'eblagh_endpoint_state{destination="sandbox",state="maintenance"}'
        assert service.metrics()[state] == 1
        _, reported = until(lambda: (found := service.ready())[0] == 200 and found, "readiness")
        assert reported["endpoints"][0]["state"] == "maintenance"
        assert set(states(mannered)) == {"QUEUED"}
        edit(mannered, window, "")
        sandbox = SandboxProcess(mannered, program)
        try:
            assert service.reload()["event"] == "configuration reloaded"
            until(lambda: all_at_their_end(mannered), "the end of every notice")
            assert service.end() == 0
        finally:
            sandbox.end()
    assert not [line for line in service.lines() if line["level"] == "error"]


def test_a_person_has_an_endpoint_tried_at_once_on_record(mannered: Path, program: Program) -> None:
    config = mannered / "gateway.toml"
    # No machine is so slow that the rest is over before the person comes.
    edit(mannered, f"day_seconds = {HOUR * 24:g}\n", "day_seconds = 8640000\n")
    for _ in range(3):
        program("run-once", "receipts", "--config", config, check=1)
    [resting] = program.json("endpoint", "list", "--config", config)["endpoints"]
    assert (resting["state"], resting["failures"]) == ("open", 3)
    rested = program.json("run-once", "dispatch", "--config", config)["dispatch"]
    assert rested["waits"] == "the endpoint rests"

    sandbox = SandboxProcess(mannered, program)
    try:
        retry = "endpoint", "retry", "sandbox", "--reason", "گفتند برگشته است", "--config", config
        reported = program.json(*retry)
        assert (reported["changed"], reported["endpoints"][0]["state"]) == (True, "half-open")
        assert program.json(*retry)["changed"] is False
        program("run-once", "receipts", "--config", config)
        [closed] = program.json("endpoint", "list", "--config", config)["endpoints"]
        assert (closed["state"], closed["failures"]) == ("closed", 0)
    finally:
        sandbox.end()
    connection = sqlite3.connect(mannered / "gateway.db")
    acts = connection.execute("SELECT id FROM evidence WHERE kind = 'PERSON_ACT'").fetchall()
    connection.close()
    assert len(acts) == 1
    assert acts[0][0].startswith("act:endpoint.retry:endpoint sandbox:")
    program("endpoint", "retry", "nowhere", "--reason", "x", "--config", config, check=1)
