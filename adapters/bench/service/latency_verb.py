"""The verb `bench latency`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from adapters.bench.common.chart import Chart, ChartOption, figure, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.service.measured_run import Load, MeasuredRun, run_service, sample
from adapters.bench.service.zeep_loop import LoopRun, run_loop
from adapters.terminal.printing import JsonOption, console, print_json, table

LOOP: str = "cron loop"
_SIZES = {"1 a call": 1, "50 a call": 50}


def latency(
    notices: Annotated[int, typer.Option(min=20, help="How many rows the sample has, for each run.")] = 500,
    delay: Annotated[list[int] | None, typer.Option(min=0, help="Latency in ms; 20, 100 and 500 without it.")] = None,
    calls: Annotated[
        int | None, typer.Option(min=1, max=100, help="Calls in flight (judiciary.max_calls); else the program's own.")
    ] = None,
    loop_calls: Annotated[int, typer.Option(min=2, help="How many calls the loop over zeep makes.")] = 40,
    document_bytes: Annotated[int, typer.Option(min=1000, help="Size of each notice's PDF.")] = 1024,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Notices a second, and time from admission to acknowledgement, where each answer of the judiciary is late."""
    delays = delay or [20, 100, 500]
    told = circumstances(
        "sqlite", notices=notices, delay=delays, calls=calls, loop_calls=loop_calls, document_bytes=document_bytes
    )
    found: dict[int, dict[str, MeasuredRun | LoopRun]] = {}
    with sample(notices, document_bytes) as folder:
        for late in delays:
            passed = timedelta(milliseconds=late)
            found[late] = {
                name: run_service(folder, notices, Load(delay=passed, notices_a_call=size, calls=calls))
                for name, size in _SIZES.items()
            }
            found[late][LOOP] = run_loop(folder, loop_calls, document_bytes, passed)
    write_chart(chart, *_charts(found))
    if as_json:
        print_json({**told, "runs": {late: _as_json(runs) for late, runs in found.items()}})
        return
    show_circumstances(told)
    _show(found)


def _as_json(runs: dict[str, MeasuredRun | LoopRun]) -> dict[str, Any]:
    return {name: {**asdict(run), "a_second": run.a_second} for name, run in runs.items()}


def _show(found: dict[int, dict[str, MeasuredRun | LoopRun]]) -> None:
    columns = ">ms late", "sent by", ">sent/s", ">p50 ms", ">p95 ms", ">p99 ms", ">CPU ms", ">its CPU", ">busy"
    rows = table("Notices through the whole service, by the network's latency", *columns)
    for late, runs in found.items():
        for name, run in runs.items():
            figures = run.a_second, run.p50, run.p95, run.p99, run.cpu, run.judiciary_cpu
            rows.add_row(str(late), name, *[figure(value) for value in figures], f"{run.busy:.0%}")
        rows.add_section()
    console.print(rows)
    console.print(
        "\n[dim]p50 to p99: from admission to acknowledgement; for the loop, of a call. All\n"
        "notices come at once, so these include waiting for those before. CPU ms a\n"
        "notice: ours has seal, evidence, two receipts, archive and write-back; the loop\n"
        "over zeep only sends. its CPU: the sandbox's, on the same machine. busy: all\n"
        "processors of the machine, while notices were sent.[/]"
    )


def _charts(found: dict[int, dict[str, MeasuredRun | LoopRun]]) -> tuple[Chart, Chart]:
    places = [f"{late} ms" for late in found]
    names = (*_SIZES, LOOP)
    speeds = {name: [runs[name].a_second for runs in found.values()] for name in names}
    waits = {name: [runs[name].p95 / 1000 for runs in found.values()] for name in names}
    return (
        Chart(title="Notices sent a second, by latency of the network", unit="notices/s", places=places, series=speeds),
        Chart(title="From admission to acknowledgement", unit="s, 95th percentile", places=places, series=waits),
    )
