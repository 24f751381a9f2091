"""The stores that the suite runs over: one for each database of `tests.databases`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from tests.databases import DATABASES


@dataclass(frozen=True)
class Place:
    """Place of a test's store. Another process can open it by this."""

    where: str

    def open(self) -> SqlStore:
        return SqlStore.open(self.where)


@pytest.fixture(params=list(DATABASES))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with DATABASES[request.param](tmp_path) as url:
        yield Place(url)


@pytest.fixture
def store(place: Place) -> Iterator[SqlStore]:
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture(params=[DatabasePayloads, SegmentPayloads], ids=["rows", "segments"])
def payloads(request: pytest.FixtureRequest, tmp_path: Path) -> PayloadStore:
    """Place in which a store keeps exact octets."""
    kept: PayloadStore = request.param(tmp_path / "payloads")
    return kept
