"""CPU time and peak memory of taking in, and of sending, notices with attachments of one size, one notice a call."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from adapters.bench.common.apart import apart
from adapters.bench.common.gateway_file import notices_a_call, set_values
from adapters.bench.common.process_memory import PEAK, RESIDENT, memory, reset_peak
from adapters.bench.common.sample_cases import add_source, make_cases
from adapters.bench.service.delayed_judiciary import received
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import SEED, DemoProfile, prepare
from adapters.schedule.task import Task
from gateway.runtime.may_continue import always

_SMALL: Final = 1024
_FEW: Final = 5
"""Small notices that a process handles first, so that it has loaded and opened everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU milliseconds a notice; ``memory`` is how far the process grew at most, in MiB."""

    cpu: float
    memory: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentCost:
    """Costs of ``notices`` with an attachment of ``size`` octets: to take one in and seal it, and to send it."""

    size: int
    notices: int
    intake: Cost
    call: Cost


def measure(
    size: int, notices: int, profile: DemoProfile, database: str = "sqlite", payloads: str | None = None
) -> AttachmentCost:
    """Collect and send so many, each step in a process of its own, to a sandbox in another one.

    ``profile`` is the contract that they speak, ``database`` the store's, ``payloads`` the value of that setting.
    """
    with tempfile.TemporaryDirectory(prefix="eblagh-bench-") as name, _store(Path(name), database) as store:
        folder = Path(name)
        make_cases(folder / "cases.db", _FEW, _SMALL)
        prepare(folder, _FEW, profile=profile, store=store)
        config = folder / "gateway.toml"
        set_values(config, notices_a_call(1) | ({} if payloads is None else {"gateway.payloads": payloads}))
        add_source(config, "small", _FEW, _SMALL, SEED + 1)
        add_source(config, "large", notices, size, SEED + 2)
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with sandbox_child(folder):
            sender = context.Process(target=_send, args=(config, notices, theirs))
            sender.start()
            theirs.close()
            try:
                ours.recv()
                intake = apart(_take_in, config, notices)
                ours.send(None)
                call = ours.recv()
            finally:
                ours.close()
                sender.join()
        if (sent := len(received(folder))) != 2 * _FEW + notices:
            raise RuntimeError(f"{2 * _FEW + notices} notices were to be sent; the ledger has {sent}")
    return AttachmentCost(size=size, notices=notices, intake=intake, call=call)


@contextmanager
def _store(folder: Path, database: str) -> Iterator[str]:
    """Yield the URL of an empty store; it exists while the block runs."""
    if database == "sqlite":
        yield "sqlite:///gateway.db"
        return
    # PostgreSQL may run as another account.
    folder.chmod(0o755)
    with PostgresServer(folder / "postgresql", volatile=True) as server:
        yield server.create_database("bench")


def _take_in(config: Path, notices: int) -> Cost:
    with closing(Installation.of(config)) as installation:
        made = tasks(installation, {"collect"})
        _run(made, "collect", "small")
        return _cost(lambda: _run(made, "collect", "large"), notices)


def _send(config: Path, notices: int, pipe: Connection) -> None:
    with closing(Installation.of(config)) as installation:
        made = tasks(installation, {"revocation", "collect", "dispatch"})
        _run(made, "revocation")
        _run(made, "collect", "cases")
        _run(made, "dispatch")
        pipe.send(None)
        pipe.recv()
        pipe.send(_cost(lambda: _run(made, "dispatch"), notices))


def _run(made: list[Task], kind: str, source: str = "") -> None:
    for task in made:
        if (task.kind, task.source) == (kind, source) and (errors := task.run(always).errors):
            raise errors[0]


def _cost(act: Callable[[], None], notices: int) -> Cost:
    reset_peak()
    before, began = memory(RESIDENT), time.process_time()
    act()
    cpu, peak = time.process_time() - began, memory(PEAK)
    grown = None if before is None or peak is None else max(0.0, peak - before)
    return Cost(cpu=1000 * cpu / notices, memory=grown)
