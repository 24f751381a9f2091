"""A node whose clock is off begins nothing; another one on the same store goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.schedule.clock_gate import ClockGate
from adapters.storage.sql_store import SqlStore
from gateway.runtime.clock import steady_clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import JUDICIARY, STORE, TIME_AUTHORITY, Timekeeper
from tests.databases import make_store, postgresql_database

TOLERANCE = timedelta(seconds=30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with postgresql_database(tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    make_store(url)
    with closing(SqlStore.open(url)) as opened:
        yield opened


def keeper(ahead: timedelta) -> Timekeeper:
    def clock() -> datetime:
        return system_clock() + ahead

    return Timekeeper(clock, steady_clock, TOLERANCE)


def heard(ahead: timedelta = timedelta()) -> Timekeeper:
    """One to which the judiciary has told the right time."""
    made = keeper(ahead)
    made.heard(JUDICIARY, system_clock(), made.steady())
    return made


@pytest.mark.parametrize("minutes", [10, -10])
def test_the_servers_clock_closes_the_gate_of_the_node_that_is_off_alone(store: SqlStore, minutes: int) -> None:
    right, wrong = ClockGate(lambda: store, heard()), ClockGate(lambda: store, keeper(timedelta(minutes=minutes)))
    with pytest.raises(GatewayError) as off:
        wrong.open()
    assert (off.value.code, off.value.where) == ("clock.off", STORE)
    assert right.open()


def test_the_server_is_asked_now_and_then(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime | None] = []
    real = store.now
    monkeypatch.setattr(store, "now", lambda: asked.append(real()))
    gate = ClockGate(lambda: store, heard())
    assert all(gate.open() for _ in range(100))
    assert len(asked) == 1


def test_the_databases_clock_is_none_from_outside(store: SqlStore) -> None:
    gate = ClockGate(lambda: store, keeper(timedelta()))
    with pytest.raises(GatewayError, match=r"clock\.unheard"):
        gate.open()


def test_a_file_has_no_clock_of_its_own(file: SqlStore) -> None:
    timekeeper = keeper(timedelta(days=1))
    ClockGate(lambda: file, timekeeper).compare()
    assert timekeeper.offsets() == {}


class Asked:
    """Questions about the time; ``heard`` is whose clock answers with what, ``seconds`` what the steady clock shows."""

    def __init__(self, file: SqlStore, ahead: timedelta = timedelta()) -> None:
        self.seconds, self.times = 0.0, list[float]()
        self.heard: tuple[str, datetime] | None = None
        self.why = [GatewayError("courier.no-answer", where="court")]
        self.ahead = ahead
        self.keeper = Timekeeper(lambda: system_clock() + self.ahead, lambda: self.seconds, TOLERANCE)
        self.gate = ClockGate(lambda: file, self.keeper, self.ask)

    def ask(self, _: PassReport) -> list[GatewayError]:
        self.times.append(self.seconds)
        if self.heard is not None:
            self.keeper.heard(*self.heard, self.seconds)
        return self.why

    def refused(self) -> tuple[str, str]:
        with pytest.raises(GatewayError) as closed:
            self.gate.open()
        return closed.value.code, closed.value.detail


def test_nothing_is_begun_before_an_outside_clock_was_heard(file: SqlStore) -> None:
    asked = Asked(file)
    assert asked.refused()[0] == "clock.unheard"
    asked.gate.hear()
    assert asked.refused() == ("clock.unheard", "court: courier.no-answer")
    asked.heard, asked.seconds = (JUDICIARY, system_clock()), 1.0
    asked.gate.hear()
    assert asked.gate.open()


@pytest.mark.parametrize("whose", [JUDICIARY, TIME_AUTHORITY])
def test_started_forty_days_ahead_it_begins_nothing_until_its_clock_is_right(file: SqlStore, whose: str) -> None:
    asked = Asked(file, ahead=timedelta(days=40))
    assert asked.refused()[0] == "clock.unheard"
    asked.heard = whose, system_clock()
    asked.gate.hear()
    assert asked.refused()[0] == "clock.off"
    asked.ahead = timedelta()
    assert asked.gate.open()


def test_a_time_authority_that_errs_closes_nothing_where_the_judiciary_agrees(file: SqlStore) -> None:
    asked = Asked(file)
    asked.keeper.heard(TIME_AUTHORITY, system_clock() + timedelta(hours=1), 0.0)
    assert asked.refused()[0] == "clock.off"
    asked.keeper.heard(JUDICIARY, system_clock(), 0.0)
    assert asked.gate.open()


def test_the_time_is_asked_for_ever_more_seldom_where_nobody_answers(file: SqlStore) -> None:
    asked = Asked(file)
    for asked.seconds in map(float, range(300)):
        asked.gate.hear()
    assert asked.times == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_health_tells_at_once_where_nobody_can_be_asked_and_else_after_a_minute(file: SqlStore) -> None:
    asked = Asked(file)
    assert asked.gate.trouble() is None, "nobody wanted to know it"
    asked.gate.hear()
    assert asked.gate.trouble() is None, "it may just have been begun"
    asked.seconds = 61
    asked.gate.hear()
    reported = asked.gate.trouble()
    assert reported is not None
    assert reported.code == "clock.unheard"

    deaf = Asked(file)
    deaf.why = []
    deaf.gate.hear()
    reported = deaf.gate.trouble()
    assert reported is not None
    assert "no time authority is configured" in reported.detail


@pytest.mark.parametrize("detail", ["invalid_client", "courier.credentials since 2026-02-03T08:30:00Z"])
def test_refused_credentials_are_told_at_once_and_in_the_place_of_the_clock(file: SqlStore, detail: str) -> None:
    asked = Asked(file)
    refusal = GatewayError("courier.credentials", where="court", detail=detail)
    asked.why = [refusal, GatewayError("courier.no-answer", where="tsa")]
    asked.gate.hear()
    assert asked.gate.trouble() is refusal
    assert asked.refused() == ("courier.credentials", detail)
    asked.why, asked.seconds = [GatewayError("courier.no-answer", where="court")], 1.0
    asked.gate.hear()
    assert asked.refused() == ("clock.unheard", "court: courier.no-answer")


def test_an_outside_clock_is_asked_again_only_if_it_was_off(file: SqlStore) -> None:
    asked = Asked(file)
    asked.heard = JUDICIARY, system_clock() + timedelta(minutes=10)
    asked.gate.hear()
    asked.gate.hear()
    assert asked.times == [0]
    asked.heard, asked.seconds = (JUDICIARY, system_clock() + timedelta(seconds=61)), 61
    asked.gate.hear()
    assert asked.times == [0, 61]
