"""A store, and the service asked over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from tests.databases import make_store

from .asked import Asked


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    make_store(url)
    opened = SqlStore.open(url)
    yield opened
    opened.close()


@pytest.fixture
def asked(store: SqlStore) -> Iterator[Asked]:
    service = Asked(store)
    yield service
    service.server.close()
