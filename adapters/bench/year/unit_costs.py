"""Unit costs of one notice, measured by the real service over one PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from adapters.bench import offload, stages
from adapters.bench.common.gateway_file import set_values
from adapters.bench.service.measured_run import Load, run_service, sample
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_folder import DemoProfile
from gateway.runtime.may_continue import always

_BEFORE_SENT: Final = ("read", "map", "seal", "queue", "build", "sign", "send")
_LATENCY: Final = timedelta(milliseconds=20)
_AT_ONCE: Final = 0.0001
"""Hours after which a segment is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCosts:
    """Costs of one notice with two receipts, in batches of 50.

    ``gateway`` and ``database`` are CPU milliseconds: of all gateway processes, and of PostgreSQL. ``sent_share`` is
    the part of the gateway's work that is done when the notice is sent; receipts and write-back are the rest.
    ``sequencer`` are CPU milliseconds of the one process that gives records their places in the log and archives them;
    they are part of ``gateway``. ``kept``, ``archived`` and ``log`` are octets: in the database, in the archive, and of
    PostgreSQL's write-ahead log. ``left`` are the octets in the database after the records left it.
    """

    document: int
    gateway: float
    database: float
    sequencer: float
    sent_share: float
    kept: float
    archived: float
    log: float
    left: float


def measure(notices: int, document_bytes: int) -> UnitCosts:
    """Run ``notices`` through the service, each with a PDF of ``document_bytes``, and return what one costs."""
    with stages.sample(notices, document_bytes) as folder:
        costs = stages.measure(folder, notices, DemoProfile.SOAP)
    steps = {step.name: step for step in offload.measure(notices)}
    with sample(notices, document_bytes) as folder, _server() as server:
        empty, began = _octets(server)
        load = Load(delay=_LATENCY, notices_a_call=stages.BATCH, store=server.url("bench"), server=server.pid)
        archived: list[int] = []
        run = run_service(folder, notices, load, lambda folder: archived.append(_archived(folder / "gateway.toml")))
        full, ended = _octets(server)
    return UnitCosts(
        document=document_bytes,
        gateway=run.cpu,
        database=run.store_cpu,
        sequencer=1000 * steps["archive"].cpu / notices,
        sent_share=stages.total(costs, _BEFORE_SENT) / stages.total(costs),
        kept=(full - empty) / run.notices,
        archived=archived[0] / run.notices,
        log=(ended - began) / run.notices,
        left=steps["leave"].packed * 2**20 / notices,
    )


@contextmanager
def _server() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="eblagh-bench-") as name:
        Path(name).chmod(0o755)  # PostgreSQL may run as another account
        with PostgresServer(Path(name) / "server") as server:
            server.create_database("bench")
            yield server


def _archived(config: Path) -> int:
    """Archive every record that is not yet archived; return the size of all segments."""
    set_values(config, {"archive.segment_hours": _AT_ONCE})
    with closing(Installation.of(config)) as installation:
        for task in tasks(installation, kinds=["archive"]):
            task.run(always)
    return sum(path.stat().st_size for path in config.with_name("archive").rglob("*.zip"))


def _octets(server: PostgresServer) -> tuple[int, int]:
    """Return the size of the database, and the place in the write-ahead log."""
    with closing(server.connect("bench")) as connection:
        row = connection.execute(
            "SELECT pg_database_size(current_database()), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
