"""Consoles over real stores: one in which forty notices went their way, and one in which nothing has happened yet.

Each process of a run has a copy of its own, since opening a notice is evidence.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_folder import prepare
from gateway.runtime.clock import system_clock
from tests.console.console_folder import NOTICES, ROOT, with_people, with_samples
from tests.console.lent_application import lent_application
from tests.console.real_people import Console, real_console
from tests.console.signed_in import Visitor, known_parts, pages_of, visitor
from tests.console.troubled import Troubled, troubled
from tests.databases import make_store
from tests.manual_clock import ManualClock
from tests.shared import made_once


@pytest.fixture(scope="session")
def lived_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return this process's copy of a demonstration that has ended."""

    def make(path: Path) -> None:
        command = [sys.executable, ROOT / "run_gateway.py", "demo", "--notices", NOTICES, "--dir", path, "--exit"]
        done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        with_samples(path)

    return _copy(made_once(tmp_path_factory, "lived", make), tmp_path_factory.mktemp("lived") / "copy")


@pytest.fixture(scope="session")
def fresh_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is ready to begin."""

    def make(path: Path) -> None:
        path.mkdir()
        prepare(path, NOTICES)
        with_people(path)

    return _copy(made_once(tmp_path_factory, "fresh", make), tmp_path_factory.mktemp("fresh") / "copy")


def _copy(made: Path, path: Path) -> Path:
    shutil.copytree(made, path)
    return path


@pytest.fixture(scope="session")
def lived(lived_folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(lived_folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture(scope="session")
def fresh(fresh_folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(fresh_folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture
def installation(fresh_folder: Path, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation of the test's own, in which nothing has happened yet."""
    folder = shutil.copytree(fresh_folder, tmp_path / "folder")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture(scope="session")
def lived_app(lived: Installation) -> Flask:
    return pages_of(lived)


@pytest.fixture(scope="session")
def fresh_app(fresh: Installation) -> Flask:
    return pages_of(fresh)


@pytest.fixture(scope="session")
def visit(lived_app: Flask) -> Callable[..., Visitor]:
    """Return `visitor` at the console with notices: by role, bodies and language."""
    return partial(visitor, lived_app)


@pytest.fixture(scope="session")
def visit_fresh(fresh_app: Flask) -> Callable[..., Visitor]:
    """Return `visitor` at the console without notices."""
    return partial(visitor, fresh_app)


@pytest.fixture(scope="session")
def closed_troubles(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """Return a closed store in which every kind of trouble stands; tests use copies."""
    folder = _copy(fresh_folder, tmp_path_factory.mktemp("troubled") / "made")
    made = troubled(folder / "gateway.toml")
    made.installation.close()
    return made


@pytest.fixture(scope="session")
def troubles(closed_troubles: Troubled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """Return a store of this process in which every kind of trouble stands."""
    made = closed_troubles.copied(tmp_path_factory.mktemp("troubled") / "copy")
    with closing(made.installation):
        yield made


@pytest.fixture(scope="session")
def visit_troubled(troubles: Troubled) -> Callable[..., Visitor]:
    """Return `visitor` at the console in which every kind of trouble stands."""
    return partial(visitor, pages_of(troubles.installation))


@pytest.fixture
def own_troubles(closed_troubles: Troubled, tmp_path: Path) -> Iterator[Troubled]:
    """Return such a store of the test's own, for acts."""
    made = closed_troubles.copied(tmp_path / "troubled")
    with closing(made.installation):
        yield made


@pytest.fixture
def visit_own(own_troubles: Troubled) -> Iterator[Callable[..., Visitor]]:
    """Yield `visitor` at the console of the test's own troubles."""
    with lent_application(known_parts(own_troubles.installation)) as app:
        yield partial(visitor, app)


@pytest.fixture
def anybody(lived_app: Flask) -> FlaskClient:
    """Return a browser of nobody."""
    return lived_app.test_client()


@pytest.fixture
def console(fresh_folder: Path, tmp_path: Path) -> Iterator[Console]:
    """Return a console of its own, whose people sign in by its pages; nobody has an account yet."""
    yield from _real(fresh_folder, tmp_path, 'second_factor = "required"')


@pytest.fixture
def secure_console(fresh_folder: Path, tmp_path: Path) -> Iterator[Console]:
    """Return such a console that people reach by https, through a proxy."""
    yield from _real(fresh_folder, tmp_path, 'public_url = "https://localhost"')


def _real(made: Path, place: Path, line: str) -> Iterator[Console]:
    folder = place / "console"
    shutil.copytree(made, folder)
    (folder / "gateway.db").unlink()
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r'second_factor = "optional".*', line, text), encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        make_store(installation.store_url())
    with real_console(config, ManualClock(system_clock())) as opened:
        yield opened
