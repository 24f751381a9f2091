"""Celery on Redis with two worker processes: a task for each call, for each page of receipts, for 50 results.

Broker and workers are children of this program, so that their CPU time counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import case_rows
from own_table import OwnTable
from program import serve, work

_COMMIT = 50
_WAIT = 0.05
_WORKERS = "worker --concurrency 2 --without-gossip --without-mingle --without-heartbeat --loglevel WARNING"


def main() -> None:
    given, folder = work(), Path(sys.argv[1]).parent
    socket = folder / "redis.sock"
    os.environ["PEERS_WORK"], os.environ["PEERS_BROKER"] = sys.argv[1], f"redis+socket://{socket}"
    cases, table = case_rows.connect(given["cases"], wal=True), OwnTable(given["own"], wal=True)
    redis = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    workers = [sys.executable, "-m", "celery", "-A", "celery_tasks", *_WORKERS.split()]
    with _child(redis), _child(workers):
        from celery import group
        from celery_tasks import app, receive_page, send_rows, show_results

        while not app.control.ping(timeout=0.5):
            pass

        def do_all() -> None:
            waiting, batch = case_rows.waiting(cases), given["batch"]
            calls = [waiting[first : first + batch] for first in range(0, len(waiting), batch)]
            group(send_rows.s(call) for call in calls)().get()
            while table.under_way():
                if not receive_page.delay().get():
                    time.sleep(_WAIT)
            served = [each["reference"] for each in table.served()]
            parts = [served[first : first + _COMMIT] for first in range(0, len(served), _COMMIT)]
            group(show_results.s(part) for part in parts)().get()

        serve(do_all)


@contextmanager
def _child(command: list[str]) -> Iterator[None]:
    """Run a program in this folder while the block runs; what it prints goes to standard error."""
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=sys.stderr) as process:  # noqa: S603 - fixed programs, no shell
        try:
            yield
        finally:
            process.terminate()


main()
