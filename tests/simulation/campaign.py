"""Many seeds at once, on every processor: figures, coverage, and the seeds that failed."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context

import structlog

from .coverage import Coverage
from .memory_database import MemoryDatabase
from .plan import LASTING, WHOLE, Plan, plan_of
from .run import NewDatabase, Outcome, run

DAY = 86400.0

ROUND = 200
"""Seeds that have the same weights, and the same processes: new ones begin without the garbage of others."""


@dataclass(slots=True)
class Campaign:
    """Sum of many runs. ``failed`` are the seeds that broke an invariant, with its name."""

    runs: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)
    failed: dict[int, str] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)
    """Plans of the failed seeds; those of a swarm follow from no seed alone."""
    seconds: float = 0.0
    traces: str = ""
    """Hash over the traces of the runs, in the order of their seeds."""

    def add(self, outcome: Outcome, seconds: float) -> None:
        self.runs += 1
        self.seconds += seconds
        self.traces = sha256(f"{self.traces}{outcome.trace_hash}".encode()).hexdigest()
        self.counts += Counter(outcome.counts)
        self.coverage.add(outcome.coverage)
        if outcome.violations:
            self.failed[outcome.plan.seed] = outcome.violations[0].invariant
            self.plans[outcome.plan.seed] = outcome.plan

    def join(self, other: Campaign) -> None:
        """Add the figures of another campaign; the hash stays this one's."""
        self.runs += other.runs
        self.seconds += other.seconds
        self.counts += other.counts
        self.coverage.add(other.coverage)
        self.failed |= other.failed
        self.plans |= other.plans

    def figures(self) -> str:
        per_second = self.counts["notices"] / self.seconds if self.seconds else 0
        counts = ", ".join(f"{self.counts[name]:,} {name}" for name in ("notices", "faults", "crashes", "restores"))
        return (
            f"{self.runs:,} seeds: {counts}, {self.runs * WHOLE / DAY:,.0f} virtual days,"
            f" {self.counts['steps']:,} steps; {self.seconds:.0f} s of CPU, {per_second:.0f} notices per CPU-second"
        )


def campaign(
    seeds: Sequence[int],
    *,
    processes: int | None = None,
    swarm: bool = False,
    database: NewDatabase = MemoryDatabase,
) -> Campaign:
    """Run seeds on all processors; the figures do not depend on their number.

    In a ``swarm`` each round of seeds has more of the faults that the rounds before it met least.
    """
    found = Campaign()
    for first in range(0, len(seeds), ROUND):
        weights = weights_of(found.coverage) if swarm and first else {}
        asked = ((seed, weights, database) for seed in seeds[first : first + ROUND])
        with ProcessPoolExecutor(processes, mp_context=get_context("fork"), initializer=quiet) as pool:
            for outcome, seconds in pool.map(_timed, asked, chunksize=4):
                found.add(outcome, seconds)
    return found


def quiet() -> None:
    """Let the product log nothing, and look for no garbage: a run leaves two megabytes."""
    gc.collect()
    gc.freeze()
    gc.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


@contextmanager
def quietly() -> Iterator[None]:
    """Be `quiet` for the block."""
    told = structlog.get_config()
    quiet()
    try:
        yield
    finally:
        structlog.configure(**told)
        gc.enable()
        gc.unfreeze()


def _timed(asked: tuple[int, dict[str, float], NewDatabase]) -> tuple[Outcome, float]:
    seed, weights, database = asked
    began = time.process_time()
    return run(seed, plan=plan_of(seed, weights), database=database), time.process_time() - began


def weights_of(coverage: Coverage) -> dict[str, float]:
    """Return the weights of faults for the next round of a swarm: what struck seldom, up to 8 times as much."""
    struck = Counter(dict.fromkeys(LASTING, 1))
    for (kind, _), times in coverage.faults.items():
        struck[kind] += times if kind in LASTING else 0
    usual = sorted(struck[kind] for kind in LASTING)[len(LASTING) // 2]
    return {kind: min(8.0, max(0.25, usual / struck[kind])) for kind in LASTING}
