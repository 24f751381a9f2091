"""`bench peers`: the gateway beside other programs that do the same work."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.bench.common.chart import ChartOption, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.terminal.printing import JsonOption, console, errors, print_json


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
    # What makes the sample is no part of an installation.
    from adapters.bench.peers.compared_programs import peer_versions, programs
    from adapters.bench.peers.comparison import BATCH, Plan, compare
    from adapters.bench.peers.comparison_report import charts, show

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
    about["peers"] = peer_versions(python)
    write_chart(chart, *charts(entries, sizes))
    if as_json:
        print_json({"unit": "CPU ms per notice", **about, "entries": [e.as_json() for e in entries], "absent": absent})
    else:
        show_circumstances(about)
        told = ", ".join(f"{name} {version}" for name, version in about["peers"].items())
        console.print(f"peers: {told}", markup=False, style="dim")
        show(entries, sizes, absent)
    if any(entry.failures for entry in entries):
        raise typer.Exit(1)
