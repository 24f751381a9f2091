"""Cost of a claim, of searches and of a whole pass, beside so many notices that the store already has."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, or_, select

from adapters.bench import console_search, console_store
from adapters.bench.common.apart import apart
from adapters.bench.common.process_memory import PEAK, memory
from adapters.bench.common.sample_cases import add_source
from adapters.bench.service.receipts_due import receipts_due
from adapters.bench.stopwatch import Stopwatch
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.sandbox.verbs.demo_folder import SEED
from adapters.schedule.task import Task
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import outbox
from gateway.runtime.may_continue import always

SEARCHES: Final = ("all", "own body", "case number", "reference", "tracking number", "name, in full", "recipient")
DOCUMENT_BYTES: Final = 1024
_SOURCE: Final = "more"
_BETWEEN_FETCHES: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PassCost:
    """CPU milliseconds of a claim, of a new notice through every pass, and of one round of all passes without work.

    ``sent`` is the number of new notices, ``memory`` the peak of the process in MiB.
    """

    sent: int
    claim: float
    a_notice: float
    idle: float
    memory: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCost:
    """Costs beside ``notices`` in the store. ``search`` and ``slowest`` are ms of `SEARCHES`: median and most."""

    notices: int
    search: float
    slowest: float
    passes: PassCost


def measure(database: str, notices: int, rows: int, rounds: int) -> StoreCost:
    """Fill a store on one of `console_store.DATABASES`, search it, then let so many new rows go their whole way."""
    with console_store.made_store(database, notices) as made:
        searches = [timing.median for timing in console_search.measure(made, rounds, SEARCHES)]
        add_source(made.config, _SOURCE, rows, DOCUMENT_BYTES, SEED + 1)
        with sandbox_child(made.config.parent):
            passes = apart(_passes, made.config)
    return StoreCost(notices=notices, search=statistics.median(searches), slowest=max(searches), passes=passes)


def _passes(config: Path) -> PassCost:
    stopwatch = Stopwatch()

    def instrument(watched: Any, stage: str | None = None, **stages: str) -> Any:
        return stopwatch.instrument(watched, stage, **stages, claim="claim")

    with closing(Installation.of(config)) as installation, closing(Database(installation.store_url())) as database:
        made = tasks(installation, instrument=instrument)
        stopwatch.restart()
        spent = _run(made, "revocation", "collect", "dispatch")
        while not _all_received(database, config.parent):
            time.sleep(_BETWEEN_FETCHES)
            spent += _run(made, "receipts")
        spent += _run(made, "writeback")
        claim = stopwatch.seconds["claim"] / stopwatch.calls["claim"]
        _run(made)  # what is left to do, such as archiving
        idle = _run(made)
        sent = database.read(partial(_count_of, _SOURCE))
        return PassCost(
            sent=sent,
            claim=1000 * claim,
            a_notice=1000 * spent / sent,
            idle=1000 * idle,
            memory=memory(PEAK),
        )


def _run(made: list[Task], *kinds: str) -> float:
    """Run the tasks of these kinds, in their order; all of them without any. Return the CPU seconds of this process.

    The measurement's own questions to the store are none of a pass: their cost grows with the store.
    """
    began = time.process_time()
    for task in made:
        if not kinds or task.kind in kinds:
            task.run(always)
    return time.process_time() - began


def _all_received(database: Database, folder: Path) -> bool:
    """Return True if our store has all receipts that the sandbox makes; the notices that fill it have none there."""
    query = select(func.count(outbox.c.delivered_at), func.count(outbox.c.viewed_at)).where(
        # Two ranges of the index of rows; an inequality would read every notice.
        or_(outbox.c.source < console_store.FILLED, outbox.c.source > console_store.FILLED)
    )
    ours = database.read(lambda connection: connection.execute(query).one())
    return tuple(ours) == receipts_due(folder)


def _count_of(source: str, connection: Any) -> int:
    return int(connection.scalar(select(func.count()).where(outbox.c.source == source)))
