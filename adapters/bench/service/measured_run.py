"""One run of the real service: `serve` in processes of its own, from the case database to the last receipt.

Each run ends when every row shows its end in the case database, and is compared with the judiciary's own ledger: a run
that lost or doubled a notice has no figures.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from adapters.bench.common.cpu_time import cpu_seconds, machine_ticks, tree_cpu_seconds
from adapters.bench.common.gateway_file import calls_in_flight, notices_a_call, set_values
from adapters.bench.common.processor_share import processor_shares
from adapters.bench.common.sample_cases import good_rows, make_cases
from adapters.bench.service.delayed_judiciary import assert_once_each, delayed_judiciary
from adapters.bench.service.receipts_due import receipts_due
from adapters.composition.installation import Installation
from adapters.composition.passes.pass_names import PASSES
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import ROOT
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import event, outbox
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState

_LOOKS_EVERY: Final = 0.2
_ANSWERS: Final = (
    DeliveryEvent.SUBMISSION_ACCEPTANCE,
    DeliveryEvent.SUBMISSION_REJECTION,
    DeliveryEvent.ACCOUNT_ABSENCE,
)
_MachineTime = tuple[datetime, int, int]
"""A moment, and `machine_ticks` at it."""

_UNDER_WAY: Final = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Parameters of a run. ``calls`` may overlap; None leaves the program's own number.

    ``share`` limits each process to that share of one processor. ``store`` is the URL of an empty database; without it,
    the run has an SQLite file. ``server`` is the id of the database server's first process.
    """

    delay: timedelta
    notices_a_call: int
    calls: int | None = None
    processes: int = 1
    share: float | None = None
    store: str | None = None
    server: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """Figures of a run. ``notices`` were admitted, and acknowledged by the judiciary, once each.

    ``a_second`` counts from the first admission to the last acknowledgement. ``p50`` to ``p99`` are milliseconds from a
    notice's admission to its acknowledgement. ``cpu`` and ``judiciary_cpu`` are milliseconds a notice from the first
    admission to the end, of all gateway processes and of the sandbox; ``store_cpu`` those of the database server, 0
    without one. ``busy`` is the share of all processors of the machine that worked from the first admission to the last
    acknowledgement: near 1, they are the limit.
    """

    notices: int
    seconds: float
    p50: float
    p95: float
    p99: float
    cpu: float
    judiciary_cpu: float
    store_cpu: float
    busy: float

    @property
    def a_second(self) -> float:
        return self.notices / self.seconds


@contextmanager
def sample(rows: int, document_bytes: int) -> Iterator[Path]:
    """Prepare a folder with so many rows, from which runs are copied; it exists while the block runs."""
    with tempfile.TemporaryDirectory(prefix="eblagh-bench-") as name:
        folder = Path(name)
        make_cases(folder / "cases.db", rows, document_bytes)
        prepare(folder, rows)
        yield folder


@contextmanager
def copied(sample: Path) -> Iterator[Path]:
    """Copy the sample, so that each run has a ledger of its own; the copy exists while the block runs."""
    with tempfile.TemporaryDirectory(prefix="eblagh-bench-") as name:
        folder = Path(name)
        shutil.copytree(sample, folder, dirs_exist_ok=True)
        yield folder


def run_service(sample: Path, rows: int, load: Load, look: Callable[[Path], object] | None = None) -> MeasuredRun:
    """Run the service over a copy of the sample. Raises `RuntimeError` if a process ends, or the ledgers differ.

    ``look`` gets the folder of the run when the service has ended.
    """
    with copied(sample) as folder:
        config = folder / "gateway.toml"
        prepare(folder, rows, store=load.store or "sqlite:///gateway.db")
        # Each process writes a log of its own.
        set_values(config, {"log.file": None, **notices_a_call(load.notices_a_call), **calls_in_flight(load.calls)})
        with closing(Installation.of(config)) as installation:
            url = installation.store_url()
        with (
            delayed_judiciary(folder, load.delay) as judiciary,
            closing(SqlStore.open(url)) as store,
            serving(config, load.processes, load.share) as gateways,
        ):
            watched, machine = [*gateways, judiciary.process], [_machine_now()]
            _wait(watched, machine, lambda: store.tallies.counts()["admitted"] > 0)
            before = _cpu(gateways), cpu_seconds(judiciary.process.pid), _cpu_of_server(load)
            _wait(watched, machine, lambda: _is_over(store, folder, rows))
            after = _cpu(gateways), cpu_seconds(judiciary.process.pid), _cpu_of_server(load)
        references, admitted, acknowledged = _times(url)
        assert_once_each(folder, references)
        if look is not None:
            look(folder)
    ours, theirs, servers = (1000 * (late - early) / len(references) for early, late in zip(before, after, strict=True))
    waited = [(late - early) / timedelta(milliseconds=1) for early, late in zip(admitted, acknowledged, strict=True)]
    p50, p95, p99 = percentiles(waited)
    return MeasuredRun(
        notices=len(references),
        seconds=(max(acknowledged) - min(admitted)).total_seconds(),
        p50=p50,
        p95=p95,
        p99=p99,
        cpu=ours,
        judiciary_cpu=theirs,
        store_cpu=servers,
        busy=_busy(machine, min(admitted), max(acknowledged)),
    )


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the 50th, 95th and 99th percentile of two values or more."""
    found = statistics.quantiles(values, n=100, method="inclusive")
    return found[49], found[94], found[98]


@contextmanager
def serving(config: Path, processes: int, share: float | None = None) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Run so many `serve`, each with every pass, while the block runs; then end them as an operator would.

    Each has ``share`` of one processor at most. Raises `NoShares`.
    """
    command = [sys.executable, "-m", "adapters.cli", "serve", "--roles", ",".join(PASSES), "--config", str(config)]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with ExitStack() as stack:
        begun: list[subprocess.Popen[bytes]] = []
        limit = stack.enter_context(processor_shares(share))
        for number in range(processes):
            log = stack.enter_context(config.with_name(f"serve-{number}.log").open("wb"))
            begun.append(
                subprocess.Popen(  # noqa: S603 - our own program, no shell
                    command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths}
                )
            )
        try:
            for process in begun:
                limit(process.pid)
            yield begun
        finally:
            for process in begun:
                process.send_signal(signal.SIGTERM)
            for process in begun:
                process.wait()


def _wait(watched: Sequence[subprocess.Popen[bytes]], machine: list[_MachineTime], is_so: Callable[[], bool]) -> None:
    """Wait until ``is_so``, and note the machine's CPU time meanwhile."""
    while not is_so():
        machine.append(_machine_now())
        if any(process.poll() is not None for process in watched):
            raise RuntimeError("a process of the run ended before its work was done")
        time.sleep(_LOOKS_EVERY)
    machine.append(_machine_now())


def _machine_now() -> _MachineTime:
    return datetime.now(UTC), *machine_ticks()


def _busy(machine: Sequence[_MachineTime], since: datetime, until: datetime) -> float:
    """Return the share of the processors' time in which they worked between two moments."""
    before = max(noted for noted in machine if noted[0] <= since)
    after = min(noted for noted in machine if noted[0] >= until)
    worked, passed = after[1] - before[1], after[2] - before[2]
    return worked / passed if passed else 0.0


def _is_over(store: SqlStore, folder: Path, rows: int) -> bool:
    """Return True if every row was collected, sent and answered, and shows the last receipt that the sandbox makes."""
    counts = store.tallies.counts()
    # A corrected paper is refused until the first one is rejected.
    if counts["admitted"] < good_rows(rows) or counts["written"] < rows:
        return False
    if any(counts[state] for state in _UNDER_WAY):
        return False
    return (counts["delivered"], counts[DeliveryState.VIEWED]) == receipts_due(folder)


def _cpu(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    return sum(cpu_seconds(process.pid) for process in processes)


def _cpu_of_server(load: Load) -> float:
    return 0.0 if load.server is None else tree_cpu_seconds(load.server)


def _times(url: str) -> tuple[list[str], list[datetime], list[datetime]]:
    """Return each notice's reference, admission and first acknowledgement."""
    first = func.min(event.c.learned_at)
    query = (
        select(outbox.c.reference, outbox.c.admitted_at, first)
        .join(event, event.c.reference == outbox.c.reference)
        .where(event.c.event.in_(_ANSWERS))
        .group_by(outbox.c.reference, outbox.c.admitted_at)
    )
    with closing(Database(url)) as database:
        rows = database.read(lambda connection: connection.execute(query).all())
        count = database.read(lambda connection: connection.scalar(select(func.count()).select_from(outbox)))
    if len(rows) != count:
        raise RuntimeError(f"{count} notices were admitted, and {len(rows)} were acknowledged")
    references, admitted, acknowledged = (list(column) for column in zip(*rows, strict=True))
    return references, admitted, acknowledged
