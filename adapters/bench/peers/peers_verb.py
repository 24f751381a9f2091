"""`bench peers`: the gateway beside other programs that do the same work."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from adapters.bench.common.chart import Chart, ChartOption, figure, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.peers.compared_programs import OURS, programs
from adapters.bench.peers.comparison import BATCH, MODES, Entry, Plan, best_peer, compare
from adapters.terminal.printing import JsonOption, console, errors, print_json, table


class Papers(StrEnum):
    """Sizes of the paper of each notice."""

    SMALL = "1 KiB"
    LARGE = "100 KiB"


def peers(
    notices: Annotated[int, typer.Option(min=1, help="How many notices each run takes, after the first ones.")] = 300,
    warm_up: Annotated[int, typer.Option(min=1, help="How many notices come first, and are not measured.")] = 50,
    rounds: Annotated[int, typer.Option(min=1, help="The figures are medians of so many rounds.")] = 5,
    only: Annotated[list[str] | None, typer.Option(help="A program by its name; all without it.")] = None,
    papers: Annotated[list[Papers] | None, typer.Option(help="Size of the papers; both without it.")] = None,
    python: Annotated[Path | None, typer.Option(help="Python of the peers; build/peers, or this one.")] = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """CPU time and speed of the gateway beside zeep, Celery and node, which do the same work in this one run."""
    known = programs(python)
    if unknown := sorted(set(only or ()) - {program.name for program in known}):
        raise typer.BadParameter(f"--only: {', '.join(unknown)}; known are {', '.join(p.name for p in known)}")
    chosen = [program for program in known if not only or program.name in only]
    absent = {program.name: program.absent for program in chosen if program.absent}
    plan = Plan(notices=notices, warm_up=warm_up, rounds=rounds)
    sizes = [each.value for each in papers or Papers]
    present = [program for program in chosen if not program.absent]
    entries = compare(present, plan, sizes, lambda words: errors.print(words, style="dim"))
    about = circumstances("sqlite", notices=notices, warm_up=warm_up, rounds=rounds, batch=BATCH)
    write_chart(chart, *_charts(entries, sizes))
    if as_json:
        print_json({"unit": "CPU ms per notice", **about, "entries": [e.as_json() for e in entries], "absent": absent})
    else:
        show_circumstances(about)
        _show(entries, sizes, absent)
    if any(entry.failures for entry in entries):
        raise typer.Exit(1)


def _show(entries: Sequence[Entry], sizes: Sequence[str], absent: dict[str, str]) -> None:
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


def _charts(entries: Sequence[Entry], sizes: Sequence[str]) -> list[Chart]:
    places = [f"{papers}, {mode}" for papers in sizes for mode in MODES]
    found = {(entry.program, f"{entry.papers}, {entry.mode}"): entry.per_cpu_second() for entry in entries}
    names = list(dict.fromkeys(entry.program for entry in entries))
    series = {name: [found.get((name, place)) for place in places] for name in names}
    return [Chart(title="Notices per CPU second", unit="the same work on all sides", places=places, series=series)]
