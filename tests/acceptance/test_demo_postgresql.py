"""The same demonstration on PostgreSQL: the same totals, from a server that runs only while somebody needs it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import open_folder
from tests.kept_ports import keep_ports

from .conftest import Program, WithCases

pytestmark = pytest.mark.long

Finished = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def on_postgresql(program: Program, with_cases: WithCases) -> Iterator[Finished]:
    with open_folder() as folder:
        directory = with_cases(folder / "D", 60)
        arguments = ("--notices", 60, "--store", "postgresql", "--exit", "--dir", directory)
        figures = program.json("demo", *arguments)
        keep_ports(directory)
        yield directory, figures


def test_the_totals_agree_with_those_on_sqlite(on_postgresql: Finished, finished: Finished, program: Program) -> None:
    directory, figures = on_postgresql
    # A view after the last look is not known yet; receipts come on as many pages as it takes, each on record.
    varying = {"seconds": 0, "viewed": 0, "archived": 0}
    assert figures | varying == finished[1] | varying
    assert not (directory / "gateway.db").exists()
    ledger = [
        json.loads(line) for line in program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    ]
    assert len(ledger) == figures["admitted"]
    assert {line["submissions"] for line in ledger} == {1}


def test_what_it_left_can_be_looked_at_while_its_server_runs(on_postgresql: Finished, program: Program) -> None:
    directory, figures = on_postgresql
    config = directory / "gateway.toml"
    stopped = program("notice", "list", "--config", config, check=1)
    assert "store.unavailable" in stopped.stderr
    assert "demo-store" in stopped.stderr
    serving = program.start("demo-store", "--dir", directory, "--json")
    assert serving.stdout is not None
    assert json.loads(serving.stdout.readline())["ready"]
    listed = program.json("notice", "list", "--config", config, "--limit", 100)["notices"]
    assert len(listed) == figures["admitted"]
    assert program.json("db", "status", "--config", config)
    serving.send_signal(signal.SIGTERM)
    serving.communicate()
    assert serving.returncode == 0


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_folder_keeps_its_store(on_postgresql: Finished, finished: Finished, program: Program) -> None:
    directory, figures = on_postgresql
    for folder, other in ((directory, "sqlite"), (finished[0], "postgresql")):
        refused = program("demo", "--notices", 60, "--store", other, "--exit", "--dir", folder, check=2)
        assert f"store, not {other}" in refused.stderr
    again = program.json("demo", "--notices", 60, "--exit", "--dir", directory)
    assert {**again, "seconds": 0, "viewed": 0} == {**figures, "seconds": 0, "viewed": 0}
