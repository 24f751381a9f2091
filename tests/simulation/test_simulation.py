"""A few seeds of each mode; a seed is the same run in every process; `make simulate` runs a thousand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.shipped.resources import ROOT

from .plan import DAY, plan_of
from .run import run
from .sql_database import SqlDatabase

SEEDS = [pytest.param(seed, marks=pytest.mark.exhaustive(keep=3)) for seed in range(30)]

HASH = "from tests.simulation.run import run; print('hash', run({seed}).trace_hash)"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_breaks_no_invariant(seed: int) -> None:
    assert run(seed).violations == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_over_the_sql_store_breaks_no_invariant(seed: int) -> None:
    assert run(seed, database=SqlDatabase).violations == ()


def test_a_seed_is_the_same_run_in_another_process() -> None:
    hashes = {
        subprocess.run(
            [sys.executable, "-c", HASH.format(seed=15)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()[-1]
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_every_plan_is_large_enough() -> None:
    plans = [plan_of(seed) for seed in range(300)]
    assert all(len(plan.notices) >= 20 and plan.gateways >= 2 and len(plan.faults) >= 10 for plan in plans)
    assert sum(plan.crashes > 0 for plan in plans) * 3 >= len(plans)
    assert sum(plan.restores > 0 for plan in plans) * 5 >= len(plans)
    assert max(notice.at for plan in plans for notice in plan.notices) < 30 * DAY
