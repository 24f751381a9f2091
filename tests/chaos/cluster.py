"""The installation of a chaos run: a folder, a database, a judiciary with faults, and processes that come and go."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from adapters.bench.common.gateway_file import calls_in_flight, set_values
from adapters.bench.service.delayed_network import delayed_network
from adapters.composition.installation import Installation
from adapters.sandbox.cases import generate
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.ledger import faults, ledger
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import SEED, prepare
from adapters.sandbox.verbs.demo_store import DATABASE
from tests.acceptance.cases import Cases
from tests.acceptance.conftest import COMMAND, Program, edit, zygote
from tests.acceptance.service import SandboxProcess
from tests.acceptance.zygote import Forked
from tests.kept_ports import keep_ports
from tests.postgres_standby import Pair

from .ledgers import Verdict, compare
from .plan import RATE, Disturbance, Event, Plan

BATCH = 5
"""Notices in a message: few, so that there are many calls to go wrong, and a kill meets some notices and not all."""

CALLS = 32
"""Most calls under way at a time, of all processes together."""

OTHER_CALLS = 8
"""Calls of the passes that submit nothing."""

ROWS_FOR_ONE = 4
"""Rows that come for each message that a kill shall meet: calls overlap more and more as long as there is work."""

LATENCY = timedelta(seconds=0.5)
"""Latency of each answer, so that many calls are under way when a process is killed."""

SENDING = "collect,dispatch,rescue,writeback"
ROLES = f"{SENDING},receipts"
BLIND = [sys.executable, "-m", "tests.chaos.blind"]

# Settling times are never compressed, so they are short here in earnest: the sandbox acts on no message after them.
TIMES = {
    "timeout_seconds = 8": f"timeout_seconds = 3\nmax_calls = {CALLS}",
    "lifetime_seconds = 8": "lifetime_seconds = 6",
    "lease_seconds = 10": "lease_seconds = 5",
    'file = "gateway.log"\n': "",
    # A receipt proves arrival whatever the gateway did wrong before: they come late enough to prove nothing for it.
    "receipts_seconds = 0.7": "receipts_seconds = 10",
}
SETTLING = "settle_seconds = 10", "settle_seconds = 9"
DAY = "day_seconds = 1", "day_seconds = 5"
FAULTS = """
[faults]
seed = {seed}
rate = {rate}
kinds = {kinds}
late_seconds = 4
hold_seconds = 4
away_seconds = 1
retry_after_seconds = 1
"""

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


@dataclass(frozen=True, slots=True)
class Met:
    """Messages that waited for an answer when a process was killed: of all processes, and of that one."""

    of_all: int
    of_the_killed: int


class Node:
    """A `serve` process. Its log is a file, and it dies with this process, however that one ends."""

    def __init__(self, directory: Path, number: int, command: list[str], roles: str) -> None:
        self.number, self._log = number, directory / f"node-{number}.log"
        arguments = ["serve", "--config", str(directory / "gateway.toml"), "--roles", roles]
        with self._log.open("w") as log:
            self.process: Forked | subprocess.Popen[bytes]
            if command is COMMAND:
                self.process = zygote().start_logging(arguments, log)
                return
            self.process = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=_die_with_parent,
            )

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    @property
    def works(self) -> bool:
        """True once it has said that it began."""
        return '"service began"' in self._log.read_text(encoding="utf-8")

    def last_line(self) -> str:
        """Return the last line of its log."""
        return (self._log.read_text(encoding="utf-8").splitlines() or [""])[-1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


class Gateways:
    """Gateway processes of one run over a PostgreSQL with a standby, in ``directory``; `close` ends what it starts.

    Each kind of run has ``cases`` (its case database), and the methods that this class leaves open.
    """

    cases: Cases
    rows_follow_events = False
    """True if rows come no faster than events: then each event can meet some, and none may wait for more."""

    def __init__(self, directory: Path, command: list[str]) -> None:
        self.directory, self._command = directory, command
        self.nodes: list[Node] = []
        self.started = 0
        self._stack = ExitStack()
        # PostgreSQL runs as another account, which has to reach its folders.
        (directory / "postgresql").mkdir(mode=0o755, parents=True, exist_ok=True)
        (directory / "postgresql").chmod(0o755)
        # A kill loses nothing of what the operating system has; so nobody waits for a disk here.
        pair = self._stack.enter_context(Pair(directory / "postgresql"))
        pair.ensure_database(DATABASE)
        self._pair: Pair | None = pair
        self.server: PostgresServer = pair.primary
        self.store = pair.url(DATABASE)

    @property
    def is_disturbed(self) -> bool:
        """True while a disturbance goes on that lasts."""
        return False

    def judiciary_goes(self) -> None:
        """Start the judiciary again, on its ledger, without faults."""
        raise NotImplementedError

    def is_ready_for(self, event: Event) -> bool:
        """Return False while an event that is due has to wait for something that it shall meet.

        A process is killed only while it works: on a machine under load, kills would meet nothing.
        """
        return event.disturbance is not Disturbance.KILL or any(node.lives and node.works for node in self.nodes)

    def disturb(self, event: Event) -> None:
        """Begin a disturbance of this kind of run."""
        raise NotImplementedError

    def tick(self) -> None:
        """Do what is due at this moment of a run."""

    def awaits_faults(self) -> bool:
        """Return True while a fault that shall happen has not happened yet, and still can."""
        raise NotImplementedError

    def faults(self) -> dict[str, int]:
        """Count the calls that went wrong, by their fault; a fault that never happened may have 0."""
        raise NotImplementedError

    def verdict(self) -> Verdict:
        raise NotImplementedError

    def fail_over(self) -> None:
        """The primary's machine is gone for good; the standby, which has no standby, takes its place."""
        assert self._pair is not None, "there is one standby"
        self._pair.fail_over()
        self.server, self._pair = self._pair.standby, None

    def start_node(self, roles: str = ROLES) -> None:
        self.nodes.append(Node(self.directory, self.started, self._command, roles))
        self.started += 1

    def kill(self, process: int) -> Met:
        """End a process that works with SIGKILL; return what it met.

        An even ``process`` is the one with the most of them; an odd one counts processes, round and round.
        """
        working = [node for node in self.nodes if node.lives and node.works]
        under_way = self.under_way()
        node = working[process % len(working)]
        if process % 2 == 0:
            node = max(working, key=lambda each: under_way[each.process.pid])
        node.process.send_signal(signal.SIGSTOP)  # so that no call of it ends before it is killed
        met = self.under_way()
        self.nodes.remove(node)
        node.kill()
        return Met(of_all=met.total(), of_the_killed=met[node.process.pid])

    def states(self) -> set[str]:
        return {state for (state,) in self._ask("SELECT DISTINCT state FROM outbox")}

    def under_way(self) -> Counter[int]:
        """Count the messages that wait for an answer, by the number of the process; it has not ended."""
        query: LiteralString = """
            SELECT lease_owner, count(DISTINCT e.id)
            FROM outbox o JOIN message_notice m USING (reference) JOIN evidence e ON e.id = m.evidence_id
            WHERE o.state = 'SENDING' AND e.kind = 'MESSAGE_SENT' AND e.recorded_at >= o.state_since
            GROUP BY lease_owner
        """
        of_each = {int(owner.rpartition("/")[2]): number for owner, number in self._ask(query)}
        return Counter({node.process.pid: of_each.get(node.process.pid, 0) for node in self.nodes})

    def leased(self) -> dict[str, Node]:
        """Return the process that waits for each notice's answer, by reference."""
        rows = self._ask("SELECT reference, lease_owner FROM outbox WHERE state = 'SENDING'")
        owners = {reference: int(owner.rpartition("/")[2]) for reference, owner in rows}
        by_id = {node.process.pid: node for node in self.nodes}
        return {reference: by_id[owner] for reference, owner in owners.items() if owner in by_id}

    def _ask(self, query: LiteralString) -> list[Any]:
        with psycopg.connect(self.server.url(DATABASE).replace("+psycopg", "")) as connection:
            return connection.execute(query).fetchall()

    def end_nodes(self) -> list[int]:
        """End every process as an operator would; return their exit codes."""
        for node in self.nodes:
            node.process.send_signal(signal.SIGTERM)
        return [node.process.wait() for node in self.nodes]

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        self._stack.close()


class Cluster(Gateways):
    """Gateways before a sandbox whose calls go wrong."""

    rows_follow_events = True

    def __init__(
        self,
        directory: Path,
        plan: Plan,
        *,
        batch: int = BATCH,
        meets: int = 1,
        latency: timedelta = LATENCY,
        blind: bool = False,
        rate: float = RATE,
        kinds: tuple[str, ...] = (),
    ) -> None:
        """``blind`` makes processes whose expired leases go back to the queue. A message has ``batch`` notices.
        A process is killed only while ``meets`` messages of all processes are under way, as long as rows can come.
        """
        super().__init__(directory, BLIND if blind else COMMAND)
        self._program, self._batch, self._meets = Program(), batch, meets
        self._sandbox: SandboxProcess | None = None
        generate(directory / "cases.db", notices=plan.notices, seed=SEED, small_documents=True)
        prepare(directory, plan.notices, store=self.store)
        keep_ports(directory)
        for old, new in (*TIMES.items(), SETTLING):
            edit(directory, old, new)
        edit(directory, "lease_seconds = 5", f"batch_notices = {batch}\nlease_seconds = 5")
        set_values(directory / "gateway.toml", calls_in_flight(max(CALLS, meets + OTHER_CALLS)))
        port = tomllib.loads((directory / "sandbox.toml").read_text(encoding="utf-8"))["port"]
        public = self._stack.enter_context(delayed_network(port, latency))
        # Messages name the address that they are sent to.
        edit(directory, f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{public}/")
        set_values(directory / "sandbox.toml", {"public_port": public})
        self.cases = Cases(directory)
        self._sandbox_file = (directory / "sandbox.toml").read_text(encoding="utf-8").replace(*DAY)
        self._serve(FAULTS.format(seed=plan.seed, rate=rate, kinds=list(kinds)))

    def is_ready_for(self, event: Event) -> bool:
        if event.disturbance is not Disturbance.KILL:
            return True
        if not super().is_ready_for(event):
            return False
        if self.under_way().total() >= self._meets:
            return True
        shown = self.cases.shown()
        if shown.get(None, 0) + shown.get("QUEUED", 0) >= self._meets * self._batch:
            return False  # they are sent soon
        rows = min(ROWS_FOR_ONE * self._batch * self._meets, self.cases.waiting)
        self.cases.add(rows)
        return not rows

    def judiciary_goes(self) -> None:
        self._serve("")

    def _serve(self, wrong: str) -> None:
        """Start the sandbox, or start it again, on its ledger, with these faults or with none."""
        if self._sandbox is not None:
            self._sandbox.end()
        (self.directory / "sandbox.toml").write_text(self._sandbox_file + wrong, encoding="utf-8")
        self._sandbox = SandboxProcess(self.directory, self._program)

    def awaits_faults(self) -> bool:
        return not any(self.faults().values()) and not self.cases.at_their_end()

    def received(self) -> dict[str, int]:
        """Count each reference's submissions at the judiciary."""
        return {line["reference"]: line["submissions"] for line in ledger(self.directory / "judiciary.db")}

    def faults(self) -> dict[str, int]:
        return dict.fromkeys(Fault, 0) | faults(self.directory / "judiciary.db")

    def verdict(self) -> Verdict:
        installation = Installation.of(self.directory / "gateway.toml")
        try:
            return compare(self.directory, installation.store())
        finally:
            installation.close()

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
        if self._sandbox is not None:
            self._sandbox.end()
        super().close()
