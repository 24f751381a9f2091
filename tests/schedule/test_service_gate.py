"""The gate before each batch: no recovery begins by a clock that nobody has compared with one outside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.schedule.service_gate import LOOK_SECONDS, ServiceGate
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.sql_store import SqlStore
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
