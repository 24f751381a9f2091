"""The measurement of a filled store: its own questions are no part of its figures, and read no notice that fills it."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from adapters.bench import console_store
from adapters.bench.scale import store_size
from adapters.storage.engine.engine import Database
from adapters.storage.sql_store import SqlStore
from tests.conformance.builders import admit, at, entry
from tests.databases import make_store

BURNT = 0.2
"""CPU seconds of a question that costs much."""


def test_questions_of_the_measurement_are_not_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = 0

    def all_received(*_: object) -> bool:
        nonlocal asked
        asked += 1
        until = time.process_time() + BURNT
        while time.process_time() < until:
            pass
        return asked == 3

    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    make_store(url)
    with closing(SqlStore.open(url)) as store:
        admit(store, entry(1, source="more"))

    def tasks(_installation: object, *, instrument: Any) -> list[Any]:
        claim = instrument(SimpleNamespace(claim=lambda: None)).claim
        return [SimpleNamespace(kind="dispatch", run=lambda _: claim())]

    installed = SimpleNamespace(store_url=lambda: url, close=lambda: None)
    monkeypatch.setattr(store_size, "Installation", SimpleNamespace(of=lambda _: installed))
    monkeypatch.setattr(store_size, "tasks", tasks)
    monkeypatch.setattr(store_size, "_all_received", all_received)
    monkeypatch.setattr(store_size, "_BETWEEN_FETCHES", 0)
    cost = store_size._passes(tmp_path / "gateway.toml")
    assert asked == 3
    assert cost.sent == 1
    assert cost.a_notice < 1000 * BURNT


def test_no_notice_that_fills_the_store_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    make_store(url)
    arrived = {"tracking_number": "T-1", "delivered_at": at(days=1)}
    with closing(SqlStore.open(url)) as store:
        admit(store, entry(1, source=console_store.FILLED), entry(2, source="aaa"), entry(3, source="more", **arrived))
    monkeypatch.setattr(store_size, "receipts_due", lambda _: (1, 0))
    plans: list[str] = []
    with closing(Database(url)) as database:

        def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
            if "FROM outbox" in statement:
                plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        event.listen(database._engine, "before_cursor_execute", explain)
        assert store_size._all_received(database, tmp_path)
    assert any("ix_outbox_row" in line for line in plans), plans
    assert not any(line.startswith("SCAN") for line in plans), plans
