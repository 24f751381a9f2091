"""Seeds of each mode; a seed is the same run in every process; `make simulate` runs a thousand."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.shipped.resources import ROOT
from tests.sampling import mostly_long

from .campaign import Campaign, quietly, weights_of
from .campaign_record import RECORDED, CampaignRecord, read, write
from .coverage import Coverage
from .page import COVERAGE_PAGE, PAGE, coverage_page, written
from .plan import DAY, LASTING, plan_of
from .plan_file import dump, load, regressions
from .run import Outcome, run
from .shrink import shrunk
from .sql_database import SqlDatabase

PART = 50
"""Seeds of one test: so many tests share them that each worker has some."""

SEEDS = 1000
"""Seeds that every run of the tests has."""

HASH = "from tests.simulation.test_simulation import small_run; print('hash', small_run().trace_hash)"


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    with quietly():
        yield


@pytest.mark.parametrize("first", mostly_long(range(0, SEEDS, PART), 200 // PART))
def test_no_seed_breaks_an_invariant(first: int) -> None:
    for seed in range(first, first + PART):
        assert run(seed).violations == (), f"SEED={seed}"


@pytest.mark.parametrize("seed", mostly_long(range(50), 3))
def test_a_seed_over_the_sql_store_breaks_no_invariant(seed: int) -> None:
    assert run(seed, database=SqlDatabase).violations == ()


def small_run() -> Outcome:
    """Run a seed that has crashes and a restore, with few notices."""
    plan = plan_of(15)
    return run(15, plan=replace(plan, notices=plan.notices[:6]))


@pytest.mark.long
def test_a_seed_is_the_same_run_in_another_process() -> None:
    here = small_run()
    told = subprocess.run(
        [sys.executable, "-c", HASH],
        cwd=ROOT,
        # Sets have another order there.
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()[-1]
    assert min(here.counts["crashes"], here.counts["restores"]) > 0
    assert told == f"hash {here.trace_hash}"


@pytest.mark.long
def test_every_plan_is_large_enough() -> None:
    plans = [plan_of(seed) for seed in range(300)]
    assert all(len(plan.notices) >= 20 and plan.gateways >= 2 and len(plan.faults) >= 10 for plan in plans)
    assert sum(plan.crashes > 0 for plan in plans) * 3 >= len(plans)
    assert sum(plan.restores > 0 for plan in plans) * 5 >= len(plans)
    assert max(notice.at for plan in plans for notice in plan.notices) < 30 * DAY


@pytest.mark.long
@pytest.mark.parametrize("path", regressions(), ids=lambda path: path.stem)
def test_what_was_once_broken_stays_whole(path: Path) -> None:
    plan = load(path.read_text(encoding="utf-8"))
    assert run(plan.seed, plan=plan).violations == ()


@pytest.mark.long
def test_a_swarm_has_more_of_what_was_met_least() -> None:
    met = Coverage(faults=Counter({(kind, "commit"): 1000 for kind in LASTING} | {("busy", "judiciary"): 3}))
    met.faults["busy", "commit"] = 0
    weights = weights_of(met)
    plans = [(plan_of(seed), plan_of(seed, weights)) for seed in range(300)]
    usual, more = (sum(any(fault.kind == "busy" for fault in pair[which].faults) for pair in plans) for which in (0, 1))
    assert more > 1.3 * usual


@pytest.mark.long
def test_the_page_shows_the_present_invariants() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text


@pytest.mark.long
def test_the_page_shows_the_recorded_campaign() -> None:
    assert COVERAGE_PAGE.read_text(encoding="utf-8") == coverage_page(read(RECORDED))


@pytest.mark.long
def test_a_record_is_read_as_it_was_written_and_names_what_it_lacks(tmp_path: Path) -> None:
    found = Campaign()
    found.add(small_run(), 0.5)
    record = CampaignRecord()
    record.add(range(1000, 2000), found, "0a1b2c3d")
    write(record, tmp_path / "campaign.json")
    assert read(tmp_path / "campaign.json") == replace(record, found=replace(found, traces=""))
    assert [part.start for part in record.missing(0, 3000)] == [0, 2000]
    assert record.commits() == {"0a1b2c3d": 1000}


@pytest.mark.long
def test_a_plan_in_a_file_is_the_same_plan() -> None:
    assert load(dump(plan_of(5), "nothing")) == plan_of(5)


@pytest.mark.long
def test_a_failing_plan_becomes_small() -> None:
    plan = plan_of(15)
    found = shrunk(plan, lambda smaller: smaller.restores > 0)
    assert len(found.faults) == found.restores == 1
    assert (len(found.notices), found.gateways) == (0, 1)
