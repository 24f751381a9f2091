"""A backup from the middle of a run is restored after it, with the program as an operator runs it and the sandbox as
judiciary: its ledger knows every notice once."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from adapters.composition.installation import Installation
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demo_store import DATABASE, DemoStore
from tests.databases import open_folder, server_with_store

from .cases import Cases
from .conftest import Program, WithCases, edit
from .service import SandboxProcess, serving, until

NOTICES = 60
BACKUP = "backup"
ON_THE_WAY = ("QUEUED", "SENDING", "IN_DOUBT", "SUBMITTED")

pytestmark = [pytest.mark.slow, pytest.mark.long]


class Demonstration:
    """The folder of a demonstration whose database can be backed up, restored and made anew."""

    def __init__(self, directory: Path, program: Program, server: PostgresServer | None) -> None:
        self.directory, self._program, self._server = directory, program, server
        self.config = directory / "gateway.toml"

    def back_up(self) -> None:
        if self._server is None:
            with closing(sqlite3.connect(self._file)) as here, closing(sqlite3.connect(self._copy)) as there:
                here.backup(there)
        else:
            self._alone(lambda server: server.create_database(BACKUP, DATABASE))

    def restore(self) -> None:
        if self._server is None:
            self._remove_file()
            shutil.copy(self._copy, self._file)
        else:
            self._server.drop_database(DATABASE)
            self._alone(lambda server: server.create_database(DATABASE, BACKUP))

    def make_anew(self) -> None:
        if self._server is None:
            self._remove_file()
        else:
            self._server.drop_database(DATABASE)
            self._server.create_database(DATABASE)
        self.run("db", "upgrade")

    def run(self, *arguments: object, check: int = 0) -> dict[str, Any]:
        return self._program.json(*arguments, "--config", self.config, check=check)

    def verify(self, trust: Path) -> dict[str, Any]:
        return self._program.json("archive", "verify", self.directory / "archive", "--trust", trust)

    def counts(self) -> dict[str, int]:
        with closing(Installation.of(self.config)) as installation:
            return installation.store().tallies.counts()

    def arrived(self) -> int:
        """Count the notices that the judiciary has accepted, in any later state too."""
        return sum(self.counts()[state] for state in ("SUBMITTED", "DELIVERED", "VIEWED"))

    def ends(self) -> dict[str, int]:
        """Count the notices in a final state. Some are viewed later than others."""
        counts = self.counts()
        served = counts["DELIVERED"] + counts["VIEWED"]
        return {"served": served, **{name: counts[name] for name in ("REJECTED", "NO_ACCOUNT", *ON_THE_WAY)}}

    def finished(self) -> bool:
        # A reader cannot open the case database in the moment in which its last writer closes it.
        with self._state() as state, suppress(OperationalError):
            return state.finished()
        return False

    def assert_each_was_sent_once(self) -> None:
        with self._state() as state:
            assert state.finished()
            assert state.disagreements() == []
        lines = self._program("sandbox", "ledger", "--dir", self.directory, "--json").stdout.splitlines()
        ledger = {line["reference"]: line["submissions"] for line in map(json.loads, lines)}
        assert set(ledger.values()) == {1}
        assert len(ledger) == self.counts()["admitted"]

    @property
    def _file(self) -> Path:
        return self.directory / "gateway.db"

    @property
    def _copy(self) -> Path:
        return self.directory / "backup.db"

    def _remove_file(self) -> None:
        for path in self.directory.glob("gateway.db*"):
            if path.is_file():
                path.unlink()

    def _alone(self, copy: Callable[[PostgresServer], object]) -> None:
        """Copy a database once the server has seen that its last user is gone."""
        assert self._server is not None
        server = self._server

        def copied() -> bool:
            with suppress(psycopg.errors.ObjectInUse):
                copy(server)
                return True
            return False

        until(copied, "a database that nobody uses")

    @contextmanager
    def _state(self) -> Iterator[DemoState]:
        with closing(Installation.of(self.config)) as installation, closing(self._demo(installation)) as state:
            yield state

    def _demo(self, installation: Installation) -> DemoState:
        return DemoState(self.directory, installation.store())


@pytest.fixture(scope="module")
def prepared(with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = with_cases(tmp_path_factory.mktemp("restore") / "D", NOTICES)
    prepare(directory, NOTICES)
    return directory


@pytest.fixture(params=["sqlite", "postgresql"])
def demonstration(request: pytest.FixtureRequest, prepared: Path, program: Program) -> Iterator[Demonstration]:
    with open_folder() as folder:
        directory = folder / "D"
        shutil.copytree(prepared, directory)
        edit(directory, 'file = "gateway.log"\n', "")
        edit(directory, "[dispatch]\n", "[dispatch]\nbatch_notices = 4\n")
        if request.param == "sqlite":
            yield Demonstration(directory, program, None)
            return
        with server_with_store(directory / DemoStore.POSTGRESQL, DATABASE) as server:
            edit(directory, "sqlite:///gateway.db", server.url(DATABASE))
            yield Demonstration(directory, program, server)


@pytest.fixture
def sandbox(demonstration: Demonstration, program: Program) -> Iterator[SandboxProcess]:
    serving_sandbox = SandboxProcess(demonstration.directory, program)
    yield serving_sandbox
    serving_sandbox.end()


def run_with_a_backup_in_its_middle(demonstration: Demonstration, sandbox: SandboxProcess) -> dict[str, int]:
    """Kill the service while it sends, take the backup, and run on to the end; return where notices ended."""
    cases = Cases(demonstration.directory)
    cases.add(NOTICES // 2)
    with serving(demonstration.directory, name="first") as service:
        until(lambda: demonstration.arrived() > 4, "the first answers")
        sandbox.hang()
        cases.add(cases.waiting)
        until(
            lambda: demonstration.counts()["SENDING"] and demonstration.counts()["QUEUED"],
            "notices on their way, and some that wait",
        )
        service.signal(signal.SIGKILL)
        service.wait()
    demonstration.back_up()
    sandbox.go_on()
    with serving(demonstration.directory, name="second") as service:
        until(demonstration.finished, "the end of every notice")
        until(
            lambda: not any(demonstration.ends()[name] for name in ON_THE_WAY), "the end of every notice in the store"
        )
        assert service.end() == 0
    demonstration.run("archive", "write")
    return demonstration.ends()


def set_the_forgotten_aside(demonstration: Demonstration) -> None:
    """The archive and the witness hold what the store has forgotten: that is told, and a person acts."""
    found = demonstration.run("check", check=1)
    assert {found[name].get("code") for name in ("archive", "proof", "witness folder")} >= {"archive.forked"}
    aside = demonstration.run("archive", "set-aside", "--reason", "restored from the backup")
    assert aside["segments"]
    assert aside["checkpoints"]
    found = demonstration.run("check")
    assert found["archive"]["ok"]
    assert found["proof"]["ok"]


def assert_the_archive_verifies(demonstration: Demonstration) -> None:
    demonstration.run("archive", "write")
    trust = demonstration.directory / "pki" / "anchors"
    report = demonstration.verify(trust)
    assert not set(report["verdicts"].values()) & {"FAILED"}, report["findings"]
    [aside] = report["set_aside"]
    assert aside["reason"] == "restored from the backup"
    assert report["kinds"]["RECOVERY_BEGUN"] == 1
    with closing(Installation.of(demonstration.config)) as installation:
        assert report["records"] == installation.store().log.size()


def go_on_in_recovery(demonstration: Demonstration, cause: str, ends: dict[str, int]) -> None:
    """Run to the same end as before, see that everybody is told, and end the recovery."""
    set_the_forgotten_aside(demonstration)
    with serving(demonstration.directory, name="third") as service:
        [reported] = until(lambda: service.events("recovery"), "the recovery")
        assert (reported["code"], reported["cause"]) == ("recovery.on", cause)
        status, ready = service.ready()
        assert (status, ready["recovery"]["cause"]) == (200, cause)
        assert service.metrics()["eblagh_recovery"] == 1
        assert demonstration.run("status", check=1)["recovery"]["on"] is True
        until(lambda: demonstration.ends() == ends, "the same end as before")
        until(
            lambda: demonstration.counts()["collected"] == demonstration.counts()["written"],
            "what is to be written back",
        )
        until(lambda: demonstration.counts()["quarantined"] == 0, "receipts that came before their notices")
        demonstration.assert_each_was_sent_once()
        nothing = {"unasked": 0, "uncollected": []}
        until(lambda: demonstration.run("recovery", "status", check=1)["open_ends"] == nothing, "no open end")
        demonstration.run("recovery", "end", "--reason", "the ledgers agree")
        until(lambda: service.metrics()["eblagh_recovery"] == 0, "the end of the recovery")
        assert len(service.events("recovery")) == 1
        assert service.ready()[1]["recovery"] is None
        assert service.end() == 0
    assert demonstration.run("db", "payloads")["problems"] == 0
    assert_the_archive_verifies(demonstration)


@pytest.mark.exhaustive(group="a store is restored", keep=1)
def test_a_restored_backup_sends_nothing_a_second_time(demonstration: Demonstration, sandbox: SandboxProcess) -> None:
    ends = run_with_a_backup_in_its_middle(demonstration, sandbox)
    demonstration.restore()
    # Some notices were sent after the backup, so that a store that did not ask would send them again.
    assert any(demonstration.ends()[name] for name in ("QUEUED", "SENDING"))
    go_on_in_recovery(demonstration, "went-back", ends)


@pytest.mark.exhaustive(group="a store is restored", keep=1)
def test_a_store_that_is_lost_wholly_sends_nothing_a_second_time(
    demonstration: Demonstration, sandbox: SandboxProcess
) -> None:
    ends = run_with_a_backup_in_its_middle(demonstration, sandbox)
    demonstration.make_anew()
    assert demonstration.run("check", check=1)["memory of the store"]["code"] == "recovery.needed"
    go_on_in_recovery(demonstration, "another-store", ends)
