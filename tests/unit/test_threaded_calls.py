"""Threads and couriers of calls that overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from adapters.judiciary.threaded_calls import ThreadedCalls
from gateway.judiciary.call_pool import Call
from gateway.judiciary.courier import Courier


@dataclass
class Slow:
    """Courier whose call ends when it is told; it bears one call at a time."""

    ends: threading.Event = field(default_factory=threading.Event)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, name: str) -> str:
        assert self.busy.acquire(blocking=False), "two calls on one connection"
        try:
            assert self.ends.wait(600)
            if name == "broken":
                raise ZeroDivisionError
            return f"answer to {name}"
        finally:
            self.busy.release()


def ask(name: str) -> Call:
    return lambda courier: cast("Slow", courier).ask(name)


def pool() -> tuple[ThreadedCalls, list[Slow]]:
    made = [Slow()]

    def another() -> Courier:
        made.append(Slow())
        return cast("Courier", made[-1])

    return ThreadedCalls(another, cast("Courier", made[0]), time.monotonic), made


def heard(calls: ThreadedCalls, number: int) -> dict[int, Any]:
    found: dict[int, Any] = {}
    while len(found) < number:
        found |= {each.number: each.take for each in calls.ended()}
    return found


def test_calls_overlap_each_on_a_connection_of_its_own() -> None:
    calls, couriers = pool()
    calls.make_ready(3)
    for number, name in enumerate("abc"):
        calls.begin(number, ask(name))
    assert len(couriers) == 3
    for courier in couriers:
        courier.ends.set()
    found = {number: take() for number, take in heard(calls, 3).items()}
    assert found == {number: f"answer to {name}" for number, name in enumerate("abc")}
    calls.rest()


def test_couriers_and_no_more_are_kept_for_later_passes() -> None:
    calls, couriers = pool()
    for courier in couriers:
        courier.ends.set()
    for _ in range(3):
        calls.make_ready(1)
        calls.begin(1, ask("a"))
        heard(calls, 1)
        calls.rest()
    assert len(couriers) == 1


def test_an_error_of_a_call_is_raised_by_it_alone() -> None:
    calls, couriers = pool()
    calls.make_ready(2)
    calls.begin(1, ask("broken"))
    calls.begin(2, ask("good"))
    for courier in couriers:
        courier.ends.set()
    found = heard(calls, 2)
    assert found[2]() == "answer to good"
    with pytest.raises(ZeroDivisionError):
        found[1]()
    calls.rest()
    assert not [each for each in threading.enumerate() if each.name.startswith("call")]


def test_a_call_that_gets_no_thread_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, couriers = pool()
    calls.make_ready(2)
    calls.begin(1, ask("a"))
    made: list[Courier] = []
    no_more_threads(monkeypatch)
    with pytest.raises(RuntimeError, match="thread"):
        calls.begin(2, made.append)
    for courier in couriers:
        courier.ends.set()
    heard(calls, 1)
    calls.rest()
    assert made == []
    monkeypatch.undo()
    for number in (3, 4):
        calls.begin(number, made.append)
    heard(calls, 2)
    calls.rest()
    assert len({id(each) for each in made}) == 2, "the call kept its courier"


def test_a_call_that_gets_no_thread_but_is_made_by_another_one_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, couriers = pool()
    calls.make_ready(2)
    calls.begin(1, ask("a"))
    taken_up = threading.Event()

    def until_it_is_made() -> None:
        for courier in couriers:
            courier.ends.set()
        assert taken_up.wait(600)

    def answer(_: Courier) -> str:
        taken_up.set()
        return "answer"

    no_more_threads(monkeypatch, until_it_is_made)
    calls.begin(2, answer)
    assert heard(calls, 2)[2]() == "answer"
    calls.rest()


def no_more_threads(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Refuse further threads of calls, as a limit of the machine does."""

    def refuse(_: threading.Thread) -> None:
        meanwhile()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
