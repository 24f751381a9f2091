"""Runs of SPIN: the model is compiled with a check's macros, and searched exhaustively."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Final

from .checks import Check

MODEL: Final = Path(__file__).resolve().parents[2] / "docs" / "design" / "model"

MEGABYTES: Final = 3500
"""Most memory of a search. SPIN ends a search that needs more, and says so; then nothing is proven."""

DEPTH: Final = 2_000_000
"""Longest path, in steps."""

_INCOMPLETE: Final = "Search not completed", "max search depth too small", "MEMLIM"
"""Words of SPIN about a search that left something out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Result of a search: the ``violation`` that was found (None: none is there), and the size of the search.

    ``story`` are the steps that lead to it, ``unreached`` the statements of a process that no run executes.
    ``seconds`` are of CPU, those of the C compiler with them.
    """

    violation: str | None
    states: int
    transitions: int
    megabytes: int
    seconds: float
    unreached: tuple[str, ...] = ()
    story: tuple[str, ...] = ()

    def agrees_with(self, check: Check) -> bool:
        if check.holds:
            return self.violation is None and not (check.whole and self.unreached)
        return self.violation is not None and any(word in self.violation for word in check.words)


def search(check: Check, *, shortest: bool = False) -> Verdict:
    """Search every state of a check; ``shortest`` finds the shortest way to a violation, and takes longer.

    Raises `RuntimeError` if SPIN did not end the search: no verdict is better than a wrong one.
    """
    before = getrusage(RUSAGE_CHILDREN)
    with _copy() as folder:
        _run(["spin", "-a", *check.defines, "notice.pml"], folder)
        # COLLAPSE stores states compressed and whole. Nothing here is a hash in the place of a state.
        how = ["-DNFAIR=3"] if check.liveness else ["-DSAFETY", *(["-DBFS"] if shortest else [])]
        # For small searches the compiler takes longer than the search.
        quick = "-O0" if check.in_suite else "-O2"
        _run(["gcc", "-w", quick, "-DCOLLAPSE", f"-DMEMLIM={MEGABYTES}", *how, "-o", "pan", "pan.c"], folder)
        weakly_fair = ["-a", "-f"] if check.liveness else []
        told = _run(["./pan", *weakly_fair, f"-m{DEPTH}", "-w20"], folder)
        story = _story(check, folder) if (folder / "notice.pml.trail").exists() else ()
    after = getrusage(RUSAGE_CHILDREN)
    found = re.search(r"^pan:1: (.*?)(?: \(at depth \d+\))?$", told, re.M)
    if found is None and ("errors: 0" not in told or any(words in told for words in _INCOMPLETE)):
        raise RuntimeError(f"{check.name}: the search did not end\n{told}")
    return Verdict(
        violation=found[1] if found else None,
        states=_number(r"(\d+) states, stored", told),
        transitions=_number(r"(\d+) transitions", told),
        megabytes=_number(r"([\d.]+)\s+total actual memory", told),
        seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        unreached=_unreached(told),
        story=story,
    )


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in MODEL.glob("*.pml"):
            shutil.copy(file, folder)
        yield folder


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0 and command[0] != "./pan":
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _story(check: Check, folder: Path) -> tuple[str, ...]:
    told = _run(["spin", "-t", *check.defines, "notice.pml"], folder).splitlines()
    lines = [line.strip() for line in told]
    return tuple(
        line
        for line in lines
        if line.startswith(("gateway ", "judiciary:", "-- ", "<<<<<START"))
        or ("Error" in line and line.startswith("spin:"))
    )


def _unreached(told: str) -> tuple[str, ...]:
    """Return the statements of `Process` that were never executed. A process has no end to reach."""
    _, _, behind = told.partition("unreached in proctype Process\n")
    listed = behind.partition("unreached in")[0].splitlines()
    return tuple(line.strip() for line in listed if ", state " in line and "-end-" not in line)


def _number(pattern: str, told: str) -> int:
    found = re.search(pattern, told)
    return round(float(found[1])) if found else 0
