"""The stores that the suite runs over. Another one takes part by a line in `IMPLEMENTATIONS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.storage import migrate
from adapters.storage.payloads import DatabasePayloads, PayloadStore
from adapters.storage.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore


@dataclass(frozen=True)
class Implementation:
    """``prepare`` makes an empty store in a test's folder and returns where it is; ``open`` opens it, and must be a
    function that another process can be told to call."""

    name: str
    prepare: Callable[[Path], str]
    open: Callable[[str], SqlStore]


@dataclass(frozen=True)
class Place:
    """Where a test's store is."""

    implementation: Implementation
    where: str

    def open(self) -> SqlStore:
        return self.implementation.open(self.where)


def sqlite_file(folder: Path) -> str:
    url = f"sqlite:///{folder / 'gateway.db'}"
    migrate.upgrade(url)
    return url


IMPLEMENTATIONS = [Implementation("sqlite", sqlite_file, SqlStore.open)]


@pytest.fixture(params=IMPLEMENTATIONS, ids=lambda implementation: implementation.name)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    implementation: Implementation = request.param
    return Place(implementation, implementation.prepare(tmp_path))


@pytest.fixture
def store(place: Place) -> Iterator[SqlStore]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture(params=[DatabasePayloads, SegmentPayloads], ids=["rows", "segments"])
def payloads(request: pytest.FixtureRequest, tmp_path: Path) -> PayloadStore:
    """Where a store keeps exact octets."""
    kept: PayloadStore = request.param(tmp_path / "payloads")
    return kept
