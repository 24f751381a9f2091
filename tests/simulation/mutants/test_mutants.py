"""The table of mutants cannot rot, its page shows the recorded results, and one mutant a run is found again."""

from __future__ import annotations

import os

import pytest

from adapters.shipped.resources import ROOT
from tests.sampling import SEED, chance

from .copy import copied, tried
from .page import PAGE, page, recorded
from .table import MODES, Mutant, mutants

CHEAP = 2
"""Most recorded seeds of a mutant that CI tries again."""

AGAIN = 30
"""Most seeds of such a trial: what a seed meets changes with the product and with the simulation."""

FOUND = [
    each
    for each in mutants()
    if each.mode != "conformance" and (known := recorded().get(each.name)) and known.found_by and known.seeds <= CHEAP
]


@pytest.mark.parametrize("mutant", mutants(), ids=lambda each: each.name)
def test_a_guard_stands_once_and_one_line_of_it_is_broken(mutant: Mutant) -> None:
    before, after = (ROOT / mutant.file).read_text(encoding="utf-8").splitlines(), mutant.applied().splitlines()
    assert mutant.mode in MODES
    assert (mutant.mode == "conformance") == bool(mutant.tests)
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_names_are_unique() -> None:
    assert len({each.name for each in mutants()}) == len(mutants())


def test_the_page_shows_the_recorded_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_mutant_is_found_again() -> None:
    mutant = chance("mutants").choice(FOUND)
    with copied() as copy:
        assert tried(copy, mutant, AGAIN).found_by, f"{mutant.name}: {SEED}={os.environ[SEED]} repeats it"
