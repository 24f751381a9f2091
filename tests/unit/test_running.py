"""The first line of `status`: whether a service runs; and how an endpoint stands, in words."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.cli.main import _before_the_verb
from adapters.cli.service.endpoints import is_down, words_of
from adapters.cli.service.running import running, running_line, show_running
from adapters.terminal.printing import Language, clock_time, moment, screen
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.store.stored import Process

NOW = datetime(2026, 11, 27, 10, 35, tzinfo=UTC)
HERE = f"{socket.gethostname()}/{os.getpid()}"
ELSEWHERE = "other-machine/77"


@pytest.fixture(autouse=True)
def _usual_screen() -> Iterator[None]:
    yield
    screen.utc, screen.language = False, Language.ENGLISH


def process(owner: str = ELSEWHERE, seen: float = 3, passed: float | None = 12) -> Process:
    passed_at = None if passed is None else NOW - timedelta(seconds=passed)
    return Process(owner=owner, began_at=NOW, seen_at=NOW - timedelta(seconds=seen), passed_at=passed_at)


def line(*known: Process) -> str:
    return running_line(running(known, NOW), NOW)


def test_status_begins_with_whether_a_service_runs() -> None:
    assert line() == "no service runs"
    assert line(process()) == "service: running, last pass 12 s ago"
    assert line(process(passed=None)) == "service: running, no pass has ended yet"
    assert line(process(), process("third/1", passed=200)) == "service: 2 processes run, last pass 12 s ago"
    assert line(process(seen=61)) == "no service runs"


def test_each_of_several_processes_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    def shown(*known: Process) -> list[str]:
        show_running(running(known, NOW), [], NOW)
        return capsys.readouterr().out.splitlines()

    assert shown(process("one/1")) == ["service: running, last pass 12 s ago"]
    both = process("one/1"), process("one/2", passed=None)
    assert shown(*both)[1:] == ["  one/1: last pass 12 s ago", "  one/2: no pass has ended yet"]
    screen.language = Language.PERSIAN
    assert shown(*both)[1] == "  فرایند one/1: پایان آخرین نوبت 12 ثانیه پیش"


def test_status_begins_in_persian_where_it_is_chosen() -> None:
    screen.language = Language.PERSIAN
    assert line() == "هیچ سرویسی در حال اجرا نیست"
    assert line(process(passed=130)) == "سرویس: در حال اجرا، پایان آخرین نوبت 2 دقیقه پیش"


def test_a_killed_process_of_this_machine_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_pid: int, _signal: int) -> None:
        raise ProcessLookupError

    assert line(process(HERE)).startswith("service: running")
    monkeypatch.setattr(os, "kill", gone)
    assert line(process(HERE)) == "no service runs"
    assert line(process()).startswith("service: running"), "nobody can look at another machine's processes"


def test_a_process_that_lives_and_writes_nothing_is_told() -> None:
    found = running([process(HERE, seen=300)], NOW)
    assert (list(found.alive), [each.owner for each in found.silent]) == ([], [HERE])


def view(state: str, until: datetime | None = None) -> EndpointView:
    return EndpointView(state=state, breaker=CircuitBreaker(destination="judiciary"), until=until, ration_used=None)


def test_endpoint_states_are_words() -> None:
    assert words_of(view("closed"), NOW) == "working"
    assert words_of(view("open", NOW), NOW) == "calls resume at 14:05"
    assert words_of(view("half-open"), NOW) == "trying"
    assert words_of(view(MAINTENANCE, NOW + timedelta(days=1)), NOW) == "maintenance until 1405-09-07 14:05:00"
    screen.language = Language.PERSIAN
    assert words_of(view("open", NOW), NOW) == "تماس بعدی ساعت 14:05"
    assert words_of(view("closed"), NOW) == "برقرار"


def test_the_judiciary_is_down_while_its_endpoint_rests_or_is_tried() -> None:
    assert [is_down(view(state)) for state in ("closed", "open", "half-open", MAINTENANCE)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_screen_has_one_calendar() -> None:
    assert (moment(NOW), moment("2026-11-27T10:35:00.000000Z")) == ("1405-09-06 14:05:00",) * 2
    assert clock_time(NOW, NOW) == "14:05"
    screen.utc = True
    assert (moment(NOW), clock_time(NOW, NOW), moment(None)) == ("2026-11-27T10:35:00Z", "10:35Z", "–")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("status --utc -c x", "--utc status -c x"),
        ("status --lang fa", "--lang fa status"),
        ("status --lang=fa --utc", "--lang=fa --utc status"),
        ("--utc status", "--utc status"),
        ("notice show -- --utc", "notice show -- --utc"),
        ("status --lang", "--lang status"),
    ],
)
def test_calendar_and_language_stand_anywhere(typed: str, read: str) -> None:
    assert _before_the_verb(typed.split()) == read.split()
