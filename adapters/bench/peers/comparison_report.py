"""Figures of a comparison as tables and as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from adapters.bench.common.chart import Chart, figure
from adapters.bench.peers.compared_programs import OURS
from adapters.bench.peers.comparison import MODES, Entry, best_peer
from adapters.terminal.printing import console, table


def show(entries: Sequence[Entry], sizes: Sequence[str], absent: dict[str, str]) -> None:
    """Print a table for each size of papers and each mode, then failures, and programs that were left out."""
    columns = "program", ">CPU ms a notice", ">least", ">most", ">notices per CPU s", ">per s of the clock"
    for papers in sizes:
        for mode in MODES:
            rows = table(f"papers of {papers}, {mode}", *columns)
            same = [entry for entry in entries if (entry.papers, entry.mode) == (papers, mode)]
            for entry in same:
                cpu = entry.cpu_ms()
                if entry.failures or not cpu:
                    rows.add_row(entry.program, "failed", *[""] * 4)
                    continue
                spread = f"{median(cpu):.2f}", f"{cpu[0]:.2f}", f"{cpu[-1]:.2f}"
                rows.add_row(entry.program, *spread, figure(entry.per_cpu_second()), figure(entry.per_second()))
            console.print(rows)
            _show_ratio(same)
    for entry in entries:
        for failure in entry.failures:
            console.print(f"failed: {entry.program}, {entry.papers}, {entry.mode}: {failure}", markup=False)
    for name, reason in absent.items():
        console.print(f"left out: {name}: {reason}", markup=False)


def _show_ratio(same: Sequence[Entry]) -> None:
    ours = next((entry for entry in same if entry.program == OURS), None)
    best = best_peer(same, ours) if ours else None
    if ours is None or best is None:
        return
    mine, theirs = ours.per_cpu_second(), best.per_cpu_second()
    if mine and theirs:
        console.print(f"the gateway does {mine / theirs:.2f} times what {best.program} does in a CPU second\n")


def charts(entries: Sequence[Entry], sizes: Sequence[str]) -> list[Chart]:
    """Return the chart of a comparison: notices per CPU second of each program."""
    places = [f"{papers}, {mode}" for papers in sizes for mode in MODES]
    found = {(entry.program, f"{entry.papers}, {entry.mode}"): entry.per_cpu_second() for entry in entries}
    names = list(dict.fromkeys(entry.program for entry in entries))
    series = {name: [found.get((name, place)) for place in places] for name in names}
    return [Chart(title="Notices per CPU second", unit="the same work on all sides", places=places, series=series)]
