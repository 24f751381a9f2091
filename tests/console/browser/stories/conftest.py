"""Each story is read in Persian and in English, on SQLite and on PostgreSQL, over an installation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_store import DemoStore
from gateway.runtime.clock import system_clock
from tests.acceptance.conftest import Program
from tests.acceptance.service import SandboxProcess
from tests.console.browser.stories.places import (
    OnPostgresql,
    OnSqlite,
    Place,
    copy_with_owners,
    make_demonstration,
)
from tests.console.browser.stories.site import Site, site
from tests.console.troubled import Troubled, troubled
from tests.databases import DATABASES, open_folder
from tests.manual_clock import ManualClock
from tests.shared import made_once

DAYS = pytest.mark.exhaustive(group="days of people", keep=7, draw=("place", "language"))
"""A sample has some of the stories, each on one store and in one language."""


@pytest.fixture(scope="session", params=[pytest.param(name, marks=DAYS) for name in DATABASES])
def place(
    request: pytest.FixtureRequest, fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Return copies of installations on one of the stores."""
    make = partial(make_demonstration, store=request.param)
    if request.param == "sqlite":
        yield OnSqlite(fresh_folder, partial(made_once, tmp_path_factory, "lived-on-sqlite", make))
        return
    made = made_once(tmp_path_factory, "lived-on-postgresql", make)
    with open_folder() as folder:
        copy_with_owners(made, folder / "D")
        with PostgresServer(folder / "D" / DemoStore.POSTGRESQL, volatile=True) as server:
            yield OnPostgresql(fresh_folder, folder / "D", server)


@pytest.fixture(params=["fa", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lived_site(place: Place, tmp_path: Path, browser: Browser, language: str) -> Iterator[Site]:
    """Serve an installation whose notices went their way."""
    with site(place.lived(tmp_path / "D"), ManualClock(system_clock()), browser, language) as served:
        yield served


@pytest.fixture
def sandbox_site(lived_site: Site) -> Iterator[Site]:
    """Serve the same, while its sandbox answers as judiciary and time authority."""
    sandbox = SandboxProcess(lived_site.folder, Program())
    yield lived_site
    sandbox.end()


@pytest.fixture
def troubles_here(place: Place, tmp_path: Path) -> Iterator[Troubled]:
    """Make an installation in which every kind of trouble stands."""
    made = troubled(place.fresh(tmp_path / "D"))
    yield made
    made.installation.close()


@pytest.fixture
def troubled_site(troubles_here: Troubled, tmp_path: Path, browser: Browser, language: str) -> Iterator[Site]:
    """Serve an installation in which every kind of trouble stands, at the time of its troubles."""
    with site(tmp_path / "D" / "gateway.toml", troubles_here.clock, browser, language) as served:
        yield served
