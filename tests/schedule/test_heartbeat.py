"""A heartbeat goes on after any error, and no step of a beat waits for another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition

import pytest
from structlog.testing import capture_logs

from adapters.schedule import heartbeat
from adapters.schedule.heartbeat import Beat, Heartbeat
from gateway.judiciary.call_durations import CallDurations, CallMeter
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Process
from tests.manual_clock import ManualClock

BROKEN = [MemoryError(), RuntimeError("a defect"), GatewayError("store.unavailable")]


@dataclass
class Store:
    """Both stores of a heartbeat; notes each call. A call that ``failures`` names raises that error instead."""

    done: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)

    def call(self, name: str) -> None:
        with self.changed:
            self.done.append(name)
            self.changed.notify_all()
        if name in self.failures:
            raise self.failures[name]

    def wait(self, name: str, times: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.done.count(name) >= times, 60), self.done


@dataclass
class Processes:
    store: Store

    def note(self, process: Process, *, measured: bool) -> None:
        self.store.call("process")

    def ended(self, owner: str) -> None:
        self.store.call("ended")


@dataclass
class Calls:
    store: Store

    def note(self, owner: str, began_at: datetime, counted: Sequence[CallDurations], now: datetime) -> None:
        self.store.call("calls")


@contextmanager
def beating(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.001)
    clock = ManualClock()
    meter = CallMeter(clock)
    meter.count("court", "submit", 0.1, answered=True)

    def parts() -> Beat:
        store.call("parts")
        return Beat(Processes(store), Calls(store), meter)

    beats = Heartbeat(parts, "host/1", PassStats(clock), clock, lambda: store.call("also"))
    beats.start()
    try:
        yield
    finally:
        beats.close()


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("failing", ["parts", "process", "calls", "also"])
def test_a_beat_follows_each_error(monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception) -> None:
    store = Store(failures={failing: error})
    with capture_logs() as logs, beating(store, monkeypatch):
        store.wait(failing, 3)
        # Parts that are not open leave nothing to write to.
        for other in ("also",) if failing == "parts" else ("process", "calls", "also"):
            store.wait(other, 2)
    told = [line for line in logs if line["event"] == "heartbeat broken"]
    assert len(told) == (0 if isinstance(error, GatewayError) else 1), "an error that goes on is told once"


def test_the_end_is_written_although_the_calls_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(failures={"calls": RuntimeError("a defect")})
    with beating(store, monkeypatch):
        store.wait("process", 1)
    assert store.done[-1] == "ended"
