"""Certificates of the mail servers, and stores on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from tests.databases import DATABASES
from tests.mail import post_office
from tests.mail.post_office import PostOffice
from tests.manual_clock import ManualClock
from tests.sampling import on_one_of
from tests.witness import tls as certificates
from tests.witness.tls import Tls


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return certificates.make(tmp_path_factory.mktemp("mail-tls"))


@pytest.fixture
def office(tls: Tls) -> Iterator[PostOffice]:
    with post_office.serving(tls.context()) as opened:
        yield opened


@pytest.fixture(params=on_one_of(DATABASES, "store"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES[request.param](tmp_path) as url:
        opened = SqlStore.open(url)
        yield opened
        opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()
