"""Verbs close the databases that they open: Python 3.13 warns of a connection that nobody closed."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.shipped.resources import CONFIG
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty

VERBS = [
    "status",
    "check",
    "reconcile --ask none",
    "notice list",
    "notice show EB-1",
    "queue list",
    "endpoint list",
    "quarantine list",
    "quarantine show sha256:00",
    "mapping list",
    "profile list",
    "recovery status",
    "recovery begin --reason x",
    "recovery end --reason x",
    "stop-everything --reason x",
    "archive checkpoint",
    "archive hold list",
    "keys revocation list",
    "db status",
    "db payloads",
    "run-once collect",
]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    with empty("sqlite", tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as cases:
        cases.add()
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    return tmp_path


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage is collected meanwhile: what is closed by chance alone stays open."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.usefixtures("uncollected")
def test_a_verb_closes_the_databases_that_it_opened(installed: Path, verb: str) -> None:
    before = databases_open()  # what other tests of this process share
    result = CliRunner().invoke(app, [*verb.split(), "--config", str(installed / "gateway.toml")])
    assert "Usage:" not in result.output
    assert databases_open() == before


def databases_open() -> list[str]:
    """Return the database files that this process holds open."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except FileNotFoundError:  # the listing's own
            continue
    return sorted(path for path in found if ".db" in path)
