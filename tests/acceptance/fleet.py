"""Several `serve` processes over one demonstration on PostgreSQL, and what its database, logs and ledger tell."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import create_engine, text

from adapters.composition.installation import Installation
from adapters.composition.overview.machine_processes import running
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demo_store import DATABASE, DemoStore
from gateway.operations.intervention import throw_switch
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.clock import system_clock
from tests.databases import open_folder, server_with_store

from .conftest import Program, edit
from .service import SandboxProcess, Service, until

NOTICES = 200
BATCH = 4
"""Notices in a message: few, so that there is something to share."""

_LEASES = "SELECT lease_owner, count(*) FROM outbox WHERE state = 'SENDING' GROUP BY lease_owner"
_SENDING = "SELECT reference, lease_until FROM outbox WHERE state = 'SENDING' ORDER BY reference"
_DUTIES = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'eblagh-gateway'"


class Database(Protocol):
    """The database server: one, or a primary with its standby."""

    def url(self, database: str = ...) -> str: ...

    def ensure_database(self, name: str) -> None: ...


Server = TypeVar("Server", bound=Database)


@dataclass(frozen=True)
class Fleet(Generic[Server]):
    """The folder that the processes share, the server of its database, and its sandbox."""

    directory: Path
    server: Server
    sandbox: SandboxProcess
    program: Program

    def leases(self) -> dict[int, int]:
        """Count the notices that each process holds a lease of, by its id."""
        return {int(owner.rpartition("/")[2]): count for owner, count in self._ask(_LEASES)}

    def processes(self) -> set[int]:
        """Return the processes that `status` and the console show as running."""
        with self._installation() as installation:
            found = running(installation.store().processes.known(), system_clock())
        return {int(each.owner.rpartition("/")[2]) for each in found.alive}

    def in_the_air(self) -> bool:
        """Return True if a batch was sent and its answer does not come. Earlier answers are recorded in between."""
        before = self._ask(_SENDING)
        time.sleep(1)
        return bool(before) and self._ask(_SENDING) == before

    def states(self) -> dict[str, int]:
        return dict(self._ask("SELECT state, count(*) FROM outbox GROUP BY state"))

    def arrived(self) -> int:
        """Count the notices that the judiciary has accepted, in any later state too: on a slow machine they move on as
        fast as others come."""
        return sum(self.states().get(state, 0) for state in ("SUBMITTED", "DELIVERED", "VIEWED"))

    def assert_nothing_is_held(self) -> None:
        """No lease; and, once the server has seen that the processes ended, no duty and no connection."""
        assert self.leases() == {}
        for what in (_DUTIES, _CONNECTIONS):
            until(lambda query=what: self._ask(query) == [(0,)], what)

    def stop_everything(self, stopped: bool) -> None:
        act = OperatorAction(name="stop" if stopped else "resume", account="tester", reason="a test", at=system_clock())
        with self._installation() as installation:
            throw_switch(installation.store(), act, installation.settings.gateway.name, stopped=stopped)

    def finished(self) -> bool:
        """Return True if every row shows its expected end, and that the store knows it."""
        with self._state() as state:
            return state.finished() and state.figures()["written_back"] == state.expected_total

    def assert_totals_agree(self) -> None:
        """The gateway, the case database and the judiciary's ledger tell the same, and the ledger knows each once."""
        with self._state() as state:
            figures, total, disagreements = state.figures(), state.expected_total, state.disagreements()
        assert disagreements == []
        assert figures["collected"] == figures["refused"] + figures["admitted"] == figures["written_back"] == total
        assert figures["in_doubt"] == figures["dead_letter"] == figures["quarantined_receipts"] == 0
        assert figures["submitted"] + figures["rejected"] + figures["no_account"] == figures["admitted"]
        ledger = self.ledger()
        assert len(ledger) == figures["admitted"]
        assert set(ledger.values()) == {1}
        assert sum(self.states().values()) == figures["admitted"]

    def ledger(self) -> dict[str, int]:
        """Count the submissions of each reference."""
        lines = self.program("sandbox", "ledger", "--dir", self.directory, "--json").stdout.splitlines()
        return {line["reference"]: line["submissions"] for line in map(json.loads, lines)}

    @contextmanager
    def _state(self) -> Iterator[DemoState]:
        with self._installation() as installation, closing(DemoState(self.directory, installation.store())) as state:
            yield state

    @contextmanager
    def _installation(self) -> Iterator[Installation]:
        with closing(Installation.of(self.directory / "gateway.toml")) as installation:
            yield installation

    def _ask(self, query: str) -> list[Any]:
        # Under a name of its own, so that it is not taken for one of the gateway's connections.
        engine = create_engine(self.server.url(DATABASE))
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return rows


def one_server(folder: Path) -> PostgresServer:
    return server_with_store(folder / DemoStore.POSTGRESQL, DATABASE)


@contextmanager
def fleet_of(
    prepared: Path, program: Program, servers: Callable[[Path], AbstractContextManager[Server]]
) -> Iterator[Fleet[Server]]:
    """A copy of a prepared demonstration, on a PostgreSQL of its own that ``servers`` makes below a folder; its sandbox
    serves while the block runs. Processes log to standard error, everything, and send `BATCH` notices in a message."""
    with open_folder() as folder:
        directory = folder / "D"
        shutil.copytree(prepared, directory, ignore=shutil.ignore_patterns("gateway.db*"))
        with servers(directory) as server:
            server.ensure_database(DATABASE)
            prepare(directory, NOTICES, store=server.url(DATABASE))
            edit(directory, 'file = "gateway.log"\n', 'level = "debug"\n')
            edit(directory, "[dispatch]\n", f"[dispatch]\nbatch_notices = {BATCH}\n")
            sandbox = SandboxProcess(directory, program)
            try:
                yield Fleet(directory, server, sandbox, program)
            finally:
                sandbox.end()


def sent_by(service: Service) -> int:
    """Count the notices that a process sent and had an answer for."""
    return sum(line["sent"] for line in service.events("pass done", run="dispatch") if "sent" in line)


def counted(services: Sequence[Service], run: str) -> Counter[str]:
    """Add up the counts of a pass's runs in all these processes."""
    total: Counter[str] = Counter()
    for service in services:
        for line in service.events("pass done", run=run):
            total.update({name: value for name, value in line.items() if isinstance(value, int)})
    return total


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """A run of a pass in one process, from when it had its duty until just before it gave that back (RFC 3339)."""

    began: str
    ended: str
    process: str

    @property
    def over(self) -> bool:
        return self.ended != NOT_YET


NOT_YET = "9999"


def runs(service: Service, task: str, ended: str = NOT_YET) -> list[Run]:
    """The runs of ``task`` (``collect:cases``); of a process that was killed, the last one ended with it."""
    found: list[Run] = []
    began = None
    for line in service.lines():
        name = f"{line.get('run')}:{line['source']}" if "source" in line else line.get("run")
        if name != task:
            continue
        if line["event"] == "pass began":
            began = line["timestamp"]
        elif line["event"] == "pass ended" and began is not None:
            found.append(Run(began, line["timestamp"], service.log.stem))
            began = None
    return [*found, Run(began, ended, service.log.stem)] if began is not None else found


def overlaps(all_runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Pairs of runs of which one began before the other had ended."""
    in_order = sorted(all_runs)
    return [(one, other) for one, other in pairwise(in_order) if other.began < one.ended]
