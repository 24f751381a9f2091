"""One thread acts where a block takes too long, also after a time at which the machine gave no thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from adapters.http.call_deadline import Deadlines


def acted(deadlines: Deadlines) -> bool:
    """Return True once a deadline that is over acted."""
    done = threading.Event()
    with deadlines.act_after(0, done.set):
        return done.wait(30)


def test_a_block_without_a_thread_fails_and_the_next_one_has_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines, never = Deadlines(), list[str]()

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    act: Callable[[], None] = lambda: never.append("acted")  # noqa: E731
    with monkeypatch.context() as scarce:
        scarce.setattr(threading.Thread, "start", none_left)
        with pytest.raises(RuntimeError), deadlines.act_after(0, act):
            raise AssertionError("a block without a deadline")
    assert acted(deadlines)
    assert never == []


def test_a_mistake_in_one_act_is_told_and_leaves_all_other_blocks_their_deadlines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deadlines, told = Deadlines(), threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: told.set())

    def fail() -> None:
        raise TypeError("no socket")

    with deadlines.act_after(0, fail):
        assert told.wait(30)
    assert acted(deadlines)
