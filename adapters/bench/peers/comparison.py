"""Interleaved rounds of all programs over the same work, with medians and spread."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from adapters.bench.peers.compared_programs import BATCHES, ONE_A_CALL, OURS, Program
from adapters.bench.peers.measured_program import Failed, Usage, measured_program
from adapters.bench.peers.outcome_check import assert_done
from adapters.bench.peers.workplace import make_sample, workplace

BATCH = 50
SIZES = {"1 KiB": 1024, "100 KiB": 100 * 1024}
MODES = {BATCHES: BATCH, ONE_A_CALL: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Size of a comparison: ``notices`` that are measured, ``warm_up`` notices before them, and rounds.

    After ``patience`` seconds a run is given up.
    """

    notices: int
    warm_up: int = 50
    rounds: int = 5
    patience: float = 600.0


@dataclass(slots=True, kw_only=True)
class Entry:
    """Figures of a program for one size of papers in one mode; ``failures`` are runs without a figure."""

    program: str
    papers: str
    mode: str
    notices: int
    usages: list[Usage] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def cpu_ms(self) -> list[float]:
        """Return CPU milliseconds a notice of each run, least first."""
        return sorted(usage.cpu * 1000 / self.notices for usage in self.usages)

    def per_cpu_second(self) -> float | None:
        """Return the median of notices per CPU second; None if any run failed."""
        return None if self.failures or not self.usages else 1000 / median(self.cpu_ms())

    def per_second(self) -> float | None:
        """Return the median of notices per second of the clock, with the sandbox beside it; None if any run failed."""
        if self.failures or not self.usages:
            return None
        return median(self.notices / usage.wall for usage in self.usages)

    def as_json(self) -> dict[str, Any]:
        cpu = self.cpu_ms()
        return {
            "program": self.program,
            "papers": self.papers,
            "mode": self.mode,
            "cpu_ms_per_notice": None if self.failures or not cpu else median(cpu),
            "least": cpu[0] if cpu else None,
            "most": cpu[-1] if cpu else None,
            "runs": [usage.cpu * 1000 / self.notices for usage in self.usages],
            "per_cpu_second": self.per_cpu_second(),
            "per_second": self.per_second(),
            "failures": self.failures,
        }


def compare(
    programs: Sequence[Program], plan: Plan, sizes: Sequence[str], tell: Callable[[str], None] = lambda _: None
) -> list[Entry]:
    """Run each program in each round, each time another one first; ``tell`` hears the figure of each run."""
    entries = {
        (program.name, papers, mode): Entry(program=program.name, papers=papers, mode=mode, notices=plan.notices)
        for papers in sizes
        for mode in MODES
        for program in programs
        if mode in program.modes
    }
    with tempfile.TemporaryDirectory() as name:
        samples = {papers: Path(name) / str(number) for number, papers in enumerate(sizes)}
        for papers, sample in samples.items():
            sample.mkdir()
            make_sample(sample, plan.warm_up + plan.notices, SIZES[papers])
        for number in range(plan.rounds):
            first = number % len(programs)
            for papers, sample in samples.items():
                for mode, batch in MODES.items():
                    for program in (*programs[first:], *programs[:first]):
                        if (entry := entries.get((program.name, papers, mode))) is not None:
                            told = _run(entry, program, sample, batch, plan)
                            tell(f"round {number + 1}: {program.name}, {papers}, {mode}: {told}")
    return list(entries.values())


def best_peer(entries: Sequence[Entry], ours: Entry) -> Entry | None:
    """Return the peer that does most per CPU second of the same work as ``ours``."""
    same = (each for each in entries if (each.papers, each.mode) == (ours.papers, ours.mode) and each.program != OURS)
    return max(
        (each for each in same if each.per_cpu_second()), key=lambda each: each.per_cpu_second() or 0, default=None
    )


def _run(entry: Entry, program: Program, sample: Path, batch: int, plan: Plan) -> str:
    """Measure one run, and return its figure in words; one that did not do its work has no figure."""
    try:
        with workplace(sample, plan.warm_up, batch, dict(program.signature)) as place:
            with measured_program(program.command(place), place.folder) as started:
                started.work(plan.patience)
                place.add_rows()
                usage = started.work(plan.patience)
            assert_done(place, plan.warm_up + plan.notices)
    except Failed as failure:
        entry.failures.append(str(failure))
        return f"failed: {failure}"
    entry.usages.append(usage)
    return f"{usage.cpu * 1000 / plan.notices:.2f} CPU ms a notice"
