"""The gateway as a measured program: collect, send, fetch receipts, write back, whenever a line says so.

Run as ``python -m adapters.bench.peers.gateway_program GATEWAY.TOML``. It is all of the gateway but for the archive,
which runs beside the sending in its own time.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.may_continue import always
from gateway.store.store import Store

PASSES = ("revocation", "collect", "dispatch", "receipts", "writeback")

_WAIT = 0.05


def main() -> None:
    """Do all that waits once for each line of standard input."""
    with closing(Installation.of(Path(sys.argv[1]))) as installation:
        passes: dict[str, list[Callable[[], object]]] = defaultdict(list)
        for task in tasks(installation, PASSES):
            passes[task.kind].append(partial(task.run, always))
        _run(passes["revocation"])
        for _ in sys.stdin:
            _do_all(passes, installation.store())
            sys.stdout.write("done\n")
            sys.stdout.flush()


def _do_all(passes: dict[str, list[Callable[[], object]]], store: Store) -> None:
    _run(passes["collect"])
    _run(passes["dispatch"])
    before = -1
    while under_way := _under_way(store):
        if under_way == before:
            time.sleep(_WAIT)
        before = under_way
        _run(passes["receipts"])
    _run(passes["writeback"])


def _run(tasks_of_a_kind: list[Callable[[], object]]) -> None:
    for run in tasks_of_a_kind:
        run()


def _under_way(store: Store) -> int:
    counts = store.tallies.counts()
    return counts["admitted"] - counts.get(DeliveryState.VIEWED, 0)


if __name__ == "__main__":
    main()
