"""SIGKILL at random moments, others at each commit: the same end as an undisturbed run, and nothing sent twice."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.kept_ports import keep_ports
from tests.sampling import chance

from .conftest import Program, WithCases, pages, recorded

KILLS = 8
NOTICES = 60


@pytest.mark.slow
@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.exhaustive(keep=1)
def test_a_killed_run_goes_on_where_it_was(
    number: int, finished: tuple[Path, dict[str, Any]], program: Program, with_cases: WithCases, tmp_path: Path
) -> None:
    untouched, undisturbed = finished
    directory, dice = tmp_path / "D", chance(f"kill {number}")
    # Most of a run's first seconds are imports and sample data; the sending is what a kill should meet.
    ready, wait = dice.random() < 0.85, dice.uniform(0, 4)
    if ready:
        with_cases(directory, NOTICES)
    first = program.start_anew("demo", "--notices", NOTICES, "--exit", "--dir", directory)
    while ready and first.poll() is None and not _has_queued(directory):
        time.sleep(0.02)
    time.sleep(wait)
    first.kill()
    first.communicate()
    if (directory / "sandbox.toml").exists():
        keep_ports(directory)
    print(f"killed {wait:.2f} s after {'the first notice was queued' if ready else 'the start'}")

    figures = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory)
    # What was asked about was recorded too, so there may be more; and receipts come on as many pages as it takes. Of a
    # run that nobody killed something is asked about where an answer was late.
    archived = figures.pop("archived") - pages(directory)
    assert archived >= undisturbed["archived"] - pages(untouched) - recorded(untouched, "InquireStatus")
    assert {**undisturbed, **figures, "seconds": 0} == {**undisturbed, "seconds": 0}
    ledger = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    assert {json.loads(line)["submissions"] for line in ledger} == {1}


def _has_queued(directory: Path) -> bool:
    log = directory / "gateway.log"
    return log.exists() and "collected" in log.read_text(encoding="utf-8")
