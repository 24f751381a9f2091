"""Throughput of several service processes over one PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from adapters.bench.service.measured_run import Load, MeasuredRun, run_service, sample
from adapters.sandbox.postgres.postgres_server import PostgresServer


def measure(
    processes: Sequence[int],
    rows: int,
    document_bytes: int,
    delay: timedelta,
    calls: int | None,
    share: float | None = None,
) -> dict[int, MeasuredRun]:
    """Run the service with each number of processes, over a database of its own that survives a power cut.

    Each process has ``share`` of one processor at most. Raises `NoShares`.
    """
    with tempfile.TemporaryDirectory(prefix="eblagh-bench-") as name, sample(rows, document_bytes) as folder:
        # PostgreSQL may run as another account.
        Path(name).chmod(0o755)
        with PostgresServer(Path(name) / "server") as server:
            return {
                number: run_service(
                    folder,
                    rows,
                    Load(
                        delay=delay,
                        notices_a_call=50,
                        calls=calls,
                        processes=number,
                        share=share,
                        store=server.create_database(f"bench{number}"),
                    ),
                )
                for number in processes
            }
