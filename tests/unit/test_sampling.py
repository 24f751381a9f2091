"""A sample of exhaustive tests: each value occurs, the seed decides the rest, and the summary says what was left."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.sampling import SEED, Values, drawn

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
FAULTS, DATABASES, LANGUAGES = [f"fault {n}" for n in range(9)], ["sqlite", "postgresql"], ["fa", "en"]
CASES: list[tuple[object, Values]] = [(case, frozenset(case)) for case in product(FAULTS, DATABASES, LANGUAGES)]

EXAMPLE = """
import pytest

@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("fault", ["cut", "late", "busy"])
def test_one(fault, language): pass

@pytest.mark.exhaustive(group="ends", keep=1)
def test_two(): pass

@pytest.mark.exhaustive(group="ends", keep=1)
def test_three(): pass

@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.exhaustive(draw=["store"])) for name in "ab"])
def store(request): return request.param

@pytest.mark.parametrize("answer", range(10))
def test_four(store, answer): pass

def test_always(): pass
"""


@pytest.mark.parametrize("seed", range(20))
def test_each_value_occurs_and_no_more_cases_than_that_takes(seed: int) -> None:
    chosen = drawn(CASES, None, random.Random(seed))
    assert {value for case in chosen for value in case} == {*FAULTS, *DATABASES, *LANGUAGES}
    assert len(chosen) == len(FAULTS)


def test_another_seed_draws_others_and_the_same_one_the_same() -> None:
    samples = [drawn(CASES, None, random.Random(seed)) for seed in (1, 2, 1)]
    assert samples[0] != samples[1]
    assert samples[0] == samples[2]


def test_after_so_many_no_more_are_drawn() -> None:
    assert len(drawn(CASES, 4, random.Random(1))) == 4
    assert len(drawn(CASES, 12, random.Random(1))) == 12
    assert len(drawn(CASES, 400, random.Random(1))) == len(CASES)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_summary_says_what_was_left_and_how_to_repeat_it(tmp_path: Path, workers: str) -> None:
    (tmp_path / "test_example.py").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = exhaustive\n", encoding="utf-8")
    # Three faults with one language each; one of two ends; ten answers, on one store each; and what is always run.
    sampled = run(tmp_path, workers, "--sample")
    assert "15 passed" in sampled
    assert "14 exhaustive left to make test-every-case" in sampled
    assert f"{SEED}=a-commit" in sampled
    assert "29 passed in" in run(tmp_path, workers)


def run(folder: Path, workers: str, *arguments: str) -> str:
    plugins = ["-p", "xdist.plugin", "-p", "tests.sampling"]
    command = [sys.executable, "-m", "pytest", *plugins, "-n", workers, str(folder), *arguments]
    # Other plugins take seconds to import.
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", SEED: "a-commit"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
