"""`make simulate [SEEDS=1000] [SEED=n] [STORE=memory|sql]`: run seeds; a failing one is shrunk and told as a story."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from .campaign import Campaign, campaign, quiet
from .campaign_record import present_commit, read, write
from .coverage import report
from .memory_database import MemoryDatabase
from .plan import Plan, plan_of
from .plan_file import REGRESSIONS, dump, load
from .run import NewDatabase, Outcome, run
from .shrink import shrunk
from .sql_database import SqlDatabase
from .story import story_of

STORES: dict[str, NewDatabase] = {"memory": MemoryDatabase, "sql": SqlDatabase}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    arguments.add_argument("--seeds", type=int, default=1000, help="number of seeds")
    arguments.add_argument("--first", type=int, default=0, help="the first of them")
    arguments.add_argument("--seed", type=int, help="one seed, told as a story")
    arguments.add_argument("--plan", type=Path, help="a plan's file, told as a story")
    arguments.add_argument("--store", choices=STORES, default="memory")
    arguments.add_argument("--coverage", action="store_true", help="print what was met, and what never was")
    arguments.add_argument(
        "--record", type=Path, help="a file that adds up thousands of seeds, and goes on where it ended"
    )
    arguments.add_argument("--swarm", action="store_true", help="have more of the faults that were met least")
    asked = arguments.parse_args()
    quiet()
    store = STORES[asked.store]
    if asked.plan is not None:
        return _tell(load(asked.plan.read_text(encoding="utf-8")), store)
    if asked.seed is not None:
        return _tell(plan_of(asked.seed), store)
    if asked.record is None:
        found = campaign(range(asked.first, asked.first + asked.seeds), swarm=asked.swarm, database=store)
    else:
        found = _recorded(asked.record, asked.first, asked.seeds, store)
    print(found.figures())
    if asked.coverage:
        print(report(found.coverage))
    for seed, invariant in sorted(found.failed.items()):
        print(f"SEED={seed} breaks {invariant}")
    for seed in sorted(found.failed)[:1]:
        _tell(found.plans[seed], store)
    return 1 if found.failed else 0


def _recorded(path: Path, first: int, seeds: int, store: NewDatabase) -> Campaign:
    """Run the thousands of seeds that the record lacks, and return the sum of all that it has.

    A thousand with a seed that fails is not recorded: the command after its correction runs it again.
    """
    record, failed, commit = read(path), Campaign(), present_commit()
    for part in record.missing(first, seeds):
        found = campaign(part, database=store)
        if found.failed:
            failed.join(found)
        else:
            record.add(part, found, commit)
            write(record, path)
    return replace(record.found, failed=failed.failed, plans=failed.plans)


def _tell(plan: Plan, store: NewDatabase) -> int:
    """Print the story of a plan; of one that breaks an invariant, the story of the smallest such plan."""
    outcome = run(plan.seed, plan=plan, database=store, keeps_story=True)
    if not outcome.violations:
        print(story_of(outcome), end="")
        return 0
    wanted = outcome.violations[0].invariant

    def breaks(smaller: Plan) -> bool:
        found = run(smaller.seed, plan=smaller, database=store).violations
        return bool(found) and found[0].invariant == wanted

    smallest = shrunk(plan, breaks)
    told = run(smallest.seed, plan=smallest, database=store, keeps_story=True)
    print(story_of(told), end="")
    _keep(told, wanted)
    return 1


def _keep(outcome: Outcome, invariant: str) -> None:
    REGRESSIONS.mkdir(exist_ok=True)
    path = REGRESSIONS / f"{invariant}-{outcome.plan.seed}.json"
    path.write_text(dump(outcome.plan, outcome.violations[0].detail), encoding="utf-8")
    print(f"kept as {path.name}; once it is fixed, the test of regressions repeats it")


if __name__ == "__main__":
    sys.exit(main())
