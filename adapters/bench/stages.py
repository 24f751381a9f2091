"""CPU time of each stage of real passes: a real case database, real signatures, a sandbox in another process."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from adapters.bench.common.gateway_file import notices_a_call, set_values
from adapters.bench.mapping_cost import measure_mappers
from adapters.bench.stopwatch import Stopwatch
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.sandbox.verbs.demo_folder import DemoProfile, prepare
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.may_continue import always
from gateway.store.store import Store

STAGES = ("read", "map", "seal", "queue", "build", "sign", "send", "verify", "advance", "write back", "other")
"""Stages in a notice's order. ``queue`` is admission and claim, ``advance`` the storing of answers and receipts."""

BATCH = 50
"""Notices in a message, where nothing else is said."""

SECONDS_BETWEEN_FETCHES = 1.0
SHARE_THAT_VIEWS = 0.7

Costs = Mapping[str, float]
"""CPU milliseconds per notice, by stage."""


@contextmanager
def sample(notices: int, document_bytes: int) -> Iterator[Path]:
    """Prepare a demonstration's folder with documents of that size; it exists while the block runs."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        prepare(directory, notices)
        _resize_documents(directory / "cases.db", document_bytes)
        yield directory


def measure(folder: Path, notices: int, contract: DemoProfile, a_call: int = BATCH) -> Costs:
    """Return the cost of each stage under a contract, in a copy of the sample's ``folder``, ``a_call`` in a message."""
    with _copy(folder, notices, contract, a_call) as copied, closing(_installation(copied)) as installation:
        seconds = _run(installation)
    return {stage: seconds.get(stage, 0.0) * 1000 / notices for stage in STAGES}


def measure_mappers_of(folder: Path) -> Costs:
    """Return CPU milliseconds per row of each mapper alone."""
    with closing(_installation(folder)) as installation:
        return measure_mappers(installation)


def total(costs: Costs, stages: Sequence[str] = STAGES) -> float:
    return sum(costs[stage] for stage in stages)


@contextmanager
def _copy(folder: Path, notices: int, contract: DemoProfile, a_call: int) -> Iterator[Path]:
    """Copy the sample, configured for a contract, and serve the sandbox in it while the block runs."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copytree(folder, directory, dirs_exist_ok=True)
        prepare(directory, notices, profile=contract)
        set_values(directory / "gateway.toml", notices_a_call(a_call))
        with sandbox_child(directory):
            yield directory


def _installation(folder: Path) -> Installation:
    return Installation.of(folder / "gateway.toml")


def _run(installation: Installation) -> dict[str, float]:
    """Run every pass until every notice is at its end, each port timed as its stage."""
    stopwatch, store = Stopwatch(), installation.store()
    timed = tasks(installation, instrument=stopwatch.instrument)
    stopwatch.restart()  # what is loaded at the start is no cost of a notice

    def run(kind: str) -> None:
        for task in timed:
            if task.kind == kind:
                task.run(always)

    run("collect")
    run("dispatch")
    while _under_way(store):
        time.sleep(SECONDS_BETWEEN_FETCHES)
        run("receipts")
    run("writeback")
    return stopwatch.seconds


def _under_way(store: Store) -> bool:
    """Return True if receipts are still to come: notices that are never viewed stay delivered for ever."""
    counts = store.tallies.counts()
    arriving = sum(
        counts.get(state, 0) for state in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SUBMITTED)
    )
    return arriving > 0 or counts.get(DeliveryState.VIEWED, 0) < counts["delivered"] * SHARE_THAT_VIEWS


def _resize_documents(cases: Path, size: int) -> None:
    """Put documents of one size into the sample cases: only the size matters, not the paper."""
    # The library that sets papers is no part of an installation.
    from adapters.sandbox.cases.paper import sized_paper

    document = sized_paper(size)
    engine = create_engine(f"sqlite:///{cases}")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE papers SET document = :document WHERE document IS NOT NULL"), {"document": document}
        )
    engine.dispose()
