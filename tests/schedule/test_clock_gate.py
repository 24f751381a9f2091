"""A node whose clock is off begins nothing; another one on the same store goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.schedule.clock_gate import ClockGate
from adapters.storage import migrate
from adapters.storage.sql_store import SqlStore
from gateway.clock import steady_clock, system_clock
from gateway.errors import GatewayError
from gateway.timekeeping import JUDICIARY, STORE, Timekeeper
from tests.databases import postgresql_database

TOLERANCE = timedelta(seconds=30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with postgresql_database(tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


def keeper(ahead: timedelta) -> Timekeeper:
    def clock() -> datetime:
        return system_clock() + ahead

    return Timekeeper(clock, steady_clock, TOLERANCE)


@pytest.mark.parametrize("minutes", [10, -10])
def test_the_servers_clock_closes_the_gate_of_the_node_that_is_off_alone(store: SqlStore, minutes: int) -> None:
    right, wrong = (ClockGate(lambda: store, keeper(timedelta(minutes=m))) for m in (0, minutes))
    with pytest.raises(GatewayError) as off:
        wrong()
    assert (off.value.code, off.value.where) == ("clock.off", STORE)
    assert right()


def test_the_server_is_asked_now_and_then(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime | None] = []
    real = store.now
    monkeypatch.setattr(store, "now", lambda: asked.append(real()))
    gate = ClockGate(lambda: store, keeper(timedelta()))
    assert all(gate() for _ in range(100))
    assert len(asked) == 1


def test_a_file_has_no_clock_of_its_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate.upgrade(url)
    with closing(SqlStore.open(url)) as store:
        timekeeper = keeper(timedelta(days=1))
        assert ClockGate(lambda: store, timekeeper)()
        assert timekeeper.offsets() == {}


def test_the_judiciary_is_asked_only_if_its_clock_was_off(store: SqlStore) -> None:
    since = [0.0]
    timekeeper = Timekeeper(system_clock, lambda: since[0], TOLERANCE)
    gate, asked = ClockGate(lambda: store, timekeeper), []

    def ask() -> None:
        asked.append(since[0])
        timekeeper.heard(JUDICIARY, system_clock(), since[0])
        raise GatewayError("courier.no-answer")

    gate.hear(ask)
    assert asked == []
    timekeeper.heard(JUDICIARY, system_clock() + timedelta(minutes=10), 0)
    since[0] = 61
    gate.hear(ask)
    gate.hear(ask)
    assert asked == [61]
    assert timekeeper.off() is None
