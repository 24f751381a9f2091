"""Threads and couriers of calls that overlap."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from adapters.judiciary.overlapping_submitter import OverlappingSubmitter
from gateway.judiciary.courier import Courier, Message, Operation
from gateway.notice.envelope import Frame

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


@dataclass
class Slow:
    """Courier whose call ends when it is told; it bears one call at a time."""

    ends: threading.Event = field(default_factory=threading.Event)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, message: Message) -> str:
        assert self.busy.acquire(blocking=False), "two calls on one connection"
        try:
            assert self.ends.wait(600)
            if message.id == "broken":
                raise ZeroDivisionError
            return f"answer to {message.id}"
        finally:
            self.busy.release()


def message(id: str) -> Message:
    frame = Frame(pieces=(b"<m/>",), seals=())
    return Message(id=id, operation=Operation.SUBMIT, references=[id], created_at=NOW, wire=b"<m/>", frame=frame)


def submitter() -> tuple[OverlappingSubmitter, list[Slow]]:
    made = [Slow()]

    def another() -> Courier:
        made.append(Slow())
        return cast("Courier", made[-1])

    return OverlappingSubmitter(another, cast("Courier", made[0])), made


def heard(calls: OverlappingSubmitter, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    while len(found) < number:
        found |= {message.id: take for message, take in calls.answers()}
    return found


def test_calls_overlap_each_on_a_connection_of_its_own() -> None:
    calls, couriers = submitter()
    calls.make_ready(3)
    for id in "abc":
        calls.begin(message(id))
    assert len(couriers) == 3
    for courier in couriers:
        courier.ends.set()
    assert {id: take() for id, take in heard(calls, 3).items()} == {id: f"answer to {id}" for id in "abc"}
    calls.rest()


def test_couriers_and_no_more_are_kept_for_later_passes() -> None:
    calls, couriers = submitter()
    for courier in couriers:
        courier.ends.set()
    for _ in range(3):
        calls.make_ready(1)
        calls.begin(message("a"))
        heard(calls, 1)
        calls.rest()
    assert len(couriers) == 1


def test_an_error_of_a_call_is_raised_by_it_alone() -> None:
    calls, couriers = submitter()
    calls.make_ready(2)
    calls.begin(message("broken"))
    calls.begin(message("good"))
    for courier in couriers:
        courier.ends.set()
    found = heard(calls, 2)
    assert found["good"]() == "answer to good"
    with pytest.raises(ZeroDivisionError):
        found["broken"]()
    calls.rest()
    assert not [each for each in threading.enumerate() if each.name.startswith("call")]
