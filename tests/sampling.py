"""Exhaustive tests, and the part of them that `make test-all` runs. Without ``--sample``, as in `make test-every-case`,
all run. `make test` runs what is in the sample and not marked ``long``.

``@pytest.mark.exhaustive`` stands at a test whose cases prove the same thing in many combinations. A sample has cases
in which each value of each parameter occurs; chance decides which values occur together.

- ``group="…"`` draws the cases of all tests that name this group together; each of these tests then counts as a value.
- ``keep=n`` draws n cases, however many values there are.
- ``draw=("database",)`` takes every combination of all other parameters once, each with one drawn value of these.

A case that is marked ``every_sample`` runs in each sample, beside what is drawn from the others.

The commit decides what chance chooses, so another commit tests other combinations.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

SEED = "EBLAGH_TEST_SEED"
"""Environment variable that repeats a sample; the run prints its value."""

Case = TypeVar("Case")
Values = frozenset[object]
"""Values that a case adds to a sample: its test and those of its parameters."""


def sampled(config: pytest.Config) -> bool:
    return bool(config.getoption("--sample"))


def chance(purpose: str) -> random.Random:
    """Return what decides for ``purpose`` in this run, the same in each of its processes."""
    return random.Random(f"{os.environ[SEED]} {purpose}")


def on_one_of(databases: Iterable[str], *draw: str) -> list[Any]:
    """Return the parameters of a fixture over databases: in a sample each case runs on one of them.

    ``draw`` are the names of the fixture and of others that are drawn with it.
    """
    return [pytest.param(name, marks=pytest.mark.exhaustive(draw=draw)) for name in databases]


def mostly_long(cases: Iterable[Any], first: int) -> list[Any]:
    """Return parameters of which all but the ``first`` many are marked ``long``."""
    return [
        pytest.param(case, marks=pytest.mark.long) if number >= first else case for number, case in enumerate(cases)
    ]


def drawn(cases: Iterable[tuple[Case, Values]], keep: int | None, by: random.Random) -> list[Case]:
    """Draw cases by their number of new values until ``keep`` are drawn or, without it, each value has occurred."""
    left = list(cases)
    by.shuffle(left)
    missing = frozenset[object]().union(*(values for _, values in left))
    chosen: list[Case] = []
    while left and (missing if keep is None else len(chosen) < keep):
        best = max(left, key=lambda case: len(case[1] & missing))
        left.remove(best)
        missing -= best[1]
        chosen.append(best[0])
    return chosen


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sample", action="store_true", help="run a part of the tests that are marked as exhaustive")


def pytest_configure(config: pytest.Config) -> None:
    # Processes of the run inherit it.
    os.environ.setdefault(SEED, _commit() or datetime.now(UTC).date().isoformat())
    config.stash[_LEFT] = 0


def pytest_report_header(config: pytest.Config) -> str:
    return f"a sample of the exhaustive tests; {SEED}={os.environ[SEED]} repeats it" if sampled(config) else "all tests"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not sampled(config):
        return
    groups: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    keeps: dict[str, int | None] = {}
    for item in items:
        if (mark := item.get_closest_marker("exhaustive")) and not item.get_closest_marker("every_sample"):
            name, keep = mark.kwargs.get("group", _test(item)), mark.kwargs.get("keep")
            if keeps.setdefault(name, keep) != keep:
                raise pytest.UsageError(f"{item.nodeid}: others of {name!r} keep {keeps[name]}")
            groups[name].append(item)
    left: list[pytest.Item] = []
    for name, cases in groups.items():
        chosen = set(drawn(((each, _values(each)) for each in cases), keeps[name], chance(name)))
        left += [each for each in cases if each not in chosen]
    gone = set(left)
    items[:] = [each for each in items if each not in gone]
    config.stash[_LEFT] = len(left)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that reports, if this one runs tests for it."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left"] = session.config.stash[_LEFT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    left = getattr(node, "workeroutput", {}).get("left", 0)
    node.config.stash[_LEFT] = max(left, node.config.stash[_LEFT])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last line how many cases were left."""
    config = terminalreporter.config
    if left := config.stash[_LEFT]:
        # One object for each, as a report is one.
        terminalreporter.stats["exhaustive left to make test-every-case"] = [SimpleNamespace()] * left
        terminalreporter.write_line(
            f"{left} exhaustive cases were left to `make test-every-case`; {pytest_report_header(config)}"
        )


_LEFT = pytest.StashKey[int]()


def _test(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _values(item: pytest.Item) -> Values:
    """Return what the case adds. Plain values are themselves, so that tests share them; others are their object."""
    test = _test(item)
    draw = {name for mark in item.iter_markers("exhaustive") for name in mark.kwargs.get("draw", ())}
    call: Any = getattr(item, "callspec", None)
    parameters = {
        name: (type(value), value) if isinstance(value, str | int | None) else (test, id(value))
        for name, value in (call.params if call else {}).items()
    }
    if draw:
        return frozenset({(test, *(each for each in parameters.items() if each[0] not in draw))})
    return frozenset({test, *parameters.items()})


def _commit() -> str:
    """Return the short id of the commit that is tested, or nothing where that cannot be known."""
    command = ["git", "rev-parse", "--short=10", "HEAD"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
