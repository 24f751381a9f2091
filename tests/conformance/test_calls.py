"""As many calls at a time as an endpoint bears: of all processes together, and whoever waits gets in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.schedule.calls import AskingCalls, SendingCalls
from gateway.runtime.advisory_lock import AdvisoryLocks

from .conftest import Place

PATIENCE = 600.0


@pytest.fixture
def processes(place: Place) -> Iterator[list[AdvisoryLocks]]:
    """The duties of four processes."""
    opened = [place.locks() for _ in range(4)]
    yield opened
    for locks in opened:
        locks.close()


def test_no_more_calls_than_allowed_are_under_way(processes: list[AdvisoryLocks]) -> None:
    under_way: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        with AskingCalls(processes[number % 4], "court", 2, patience_seconds=PATIENCE).take() as free:
            assert free
            under_way.append(number)
            time.sleep(0.01)  # room for others to break in
            most.append(len(under_way))
            under_way.remove(number)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(16)))
    assert max(most) <= 2


def test_who_has_no_patience_gets_a_free_call_or_none(processes: list[AdvisoryLocks]) -> None:
    first, second, third, _ = (SendingCalls(locks, "court", 3) for locks in processes)
    with first.take() as one, second.take() as two, third.take() as three:
        assert (one, two, three) == (True, True, False)
        with SendingCalls(processes[3], "another", 1).take() as elsewhere:
            assert elsewhere
        with AskingCalls(processes[3], "court", 3, patience_seconds=PATIENCE).take() as asking:
            assert asking, "one call is left for questions and receipts"
    first.rest()
    with third.take() as free:
        assert free


def test_further_calls_of_a_pass_that_asks_wait_for_none_and_leave_the_last(processes: list[AdvisoryLocks]) -> None:
    asking, other = (AskingCalls(locks, "court", 3, patience_seconds=PATIENCE) for locks in processes[:2])
    with asking.take() as first, asking.take(further=True) as second, asking.take(further=True) as third:
        assert (first, second, third) == (True, True, True)
        with asking.take(further=True) as fourth, other.take(further=True) as fifth:
            assert (fourth, fifth) == (False, False)
    with asking.take(further=True), asking.take(further=True), asking.take(further=True) as third, other.take() as free:
        assert (third, free) == (False, True), "the last one is for who has no other"


def test_a_sender_keeps_its_calls_until_its_pass_ends(processes: list[AdvisoryLocks]) -> None:
    sender, other = SendingCalls(processes[0], "court", 4), SendingCalls(processes[1], "court", 4)
    with sender.take() as one, sender.take() as two, sender.take() as three, sender.take() as four:
        assert (one, two, three, four) == (True, True, True, False)
    with other.take() as free:
        assert not free
    with sender.take() as again, sender.take() as and_again:
        assert (again, and_again) == (True, True)
    sender.rest()
    with other.take() as free:
        assert free


def test_who_waits_gets_in_between_two_batches_of_one_who_sends_on_and_on(processes: list[AdvisoryLocks]) -> None:
    ended = threading.Event()

    def send() -> None:
        calls = SendingCalls(processes[0], "court", 1)
        while not ended.is_set():
            with calls.take():
                time.sleep(0.02)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        for _ in range(3):
            with AskingCalls(processes[1], "court", 1, patience_seconds=PATIENCE).take() as free:
                assert free
    finally:
        ended.set()
        sender.join()


def test_a_call_that_fails_is_free_again(processes: list[AdvisoryLocks]) -> None:
    calls = SendingCalls(processes[0], "court", 1)
    with pytest.raises(ValueError, match="broken"), calls.take():
        raise ValueError("broken")
    with calls.take() as free:
        assert free
