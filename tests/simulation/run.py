"""A run: `run(seed)` plans it, lets it happen in virtual time, and judges it."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from gateway.runtime.randomness import drawing_from

from .coverage import Coverage
from .invariants.checks import Checks, Stop, Violation
from .memory_database import MemoryDatabase
from .plan import WHOLE, Plan, plan_of
from .trace import Note
from .world.world import World

NewDatabase = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of a run. ``trace_hash`` is the same for the same plan, in any process."""

    plan: Plan
    trace_hash: str
    violations: tuple[Violation, ...]
    story: tuple[Note, ...]
    counts: dict[str, int] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)


def run(
    seed: int, *, plan: Plan | None = None, database: NewDatabase = MemoryDatabase, keeps_story: bool = False
) -> Outcome:
    """Simulate one seed, or the plan that is given for it."""
    plan = plan or plan_of(seed)
    octets = Random(f"octets {plan.seed}")
    random.seed(plan.seed)  # the SQL store draws the order of sources from the common generator
    with closing(database()) as opened, drawing_from(octets.randbytes):
        world = World(plan, opened, keeps_notes=keeps_story)
        checks = world.checks = Checks(world)
        world.scheduler.after_step = checks.after_step
        world.begin()
        try:
            world.scheduler.run(WHOLE)
            checks.at_end()
        except Stop:
            pass
        except Exception as error:
            checks.violations.append(Violation("nothing-breaks", world.scheduler.now, _told(error)))
        finally:
            for process in world.processes:
                process.dead = True
            world.scheduler.end()
        world.coverage.codes += opened.refused()
        return Outcome(
            plan=plan,
            trace_hash=world.trace.digest,
            violations=tuple(checks.violations),
            story=tuple(world.trace.notes),
            counts={**world.counts, "notices": len(plan.notices), "steps": world.trace.steps},
            coverage=world.coverage,
        )


def _told(error: Exception) -> str:
    places = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__}: {error} at " + " < ".join(
        f"{Path(p.filename).name}:{p.lineno}" for p in places[::-1]
    )


def smaller(plan: Plan, **parts: Any) -> Plan:
    """Return a plan with other parts, of the same seed."""
    return replace(plan, **parts)
