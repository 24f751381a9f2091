"""The gate before each batch: no recovery begins by a clock that nobody has compared with one outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.schedule.service_gate import LOOK_SECONDS, ServiceGate
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.sql_store import VERSION_SECONDS, SqlStore
from adapters.web.facts import Readings
from gateway.operations.recovery import current
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.conformance.builders import evidence
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock


def test_a_recovery_begins_once_the_clock_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    clock, state = ManualClock(), FingerprintFile(tmp_path / "gateway.state")
    right, steady, is_trusted = clock.now, 0.0, False

    def assert_clock() -> None:
        if not is_trusted:
            raise GatewayError("clock.unheard", where="this machine's clock")

    def look() -> bool:
        nonlocal steady
        steady += LOOK_SECONDS
        return gate()

    with sqlite_file(tmp_path / "one") as known, sqlite_file(tmp_path / "two") as other:
        first = SqlStore.open(known, memory_file=state)
        gate = ServiceGate(lambda: first, clock, "city", lambda: steady, assert_clock=assert_clock)
        first.commit(Changes(evidence=[evidence("seen here")]))
        assert look(), "nothing is forgotten, so no clock is asked"
        first.close()
        store = SqlStore.open(other, memory_file=state)
        gate = ServiceGate(lambda: store, clock, "city", lambda: steady, assert_clock=assert_clock)
        clock.now = right + timedelta(days=3)
        for _ in range(2):
            with pytest.raises(GatewayError, match=r"clock\.unheard"):
                look()
        assert store.recovery.all() == []
        clock.now, is_trusted = right, True
        assert look()
        begun = current(store.recovery)
        assert begun is not None
        assert begun.since == right
        store.close()


def test_a_store_that_another_program_upgraded_closes_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old process on another machine, which nobody ended."""
    monkeypatch.setattr("adapters.storage.sql_store.VERSION_SECONDS", 0)
    monkeypatch.setattr("adapters.schedule.service_gate.LOOK_SECONDS", 0)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        gate, clock = ServiceGate(lambda: store, ManualClock(), "city"), ManualClock()
        assert gate()
        assert Readings(lambda: store, clock).last().error is None
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as other, other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(GatewayError, match=r"version 9999, this program needs .*store\.schema"):
            gate()
        error = Readings(lambda: store, clock).last().error
        assert error is not None
        assert error.code == "store.schema"


def test_the_version_is_read_every_few_seconds(tmp_path: Path) -> None:
    now = 0.0
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url, steady=lambda: now)) as store:
        store.assert_version()
        with closing(sqlite3.connect(tmp_path / "gateway.db")) as other, other:
            other.execute("DROP TABLE alembic_version")
        now = VERSION_SECONDS * 0.9
        store.assert_version()
        now = VERSION_SECONDS
        for _ in range(2):
            with pytest.raises(GatewayError, match=r"version none.*store\.schema"):
                store.assert_version()
