"""The verb `bench scale`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from adapters.bench import console_store
from adapters.bench.common.chart import Chart, ChartOption, figure, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.common.processor_share import NoShares
from adapters.bench.scale import attachment_size, process_count, store_size
from adapters.bench.scale.attachment_size import AttachmentCost
from adapters.bench.scale.store_size import StoreCost
from adapters.bench.service.measured_run import MeasuredRun
from adapters.sandbox.verbs.demo_folder import DemoProfile
from adapters.terminal.printing import JsonOption, console, print_json, table

_KB: int = 1000
_LARGE: int = 100 * _KB
ROWS_BESIDE_A_STORE = 300
ROWS_WITH_PROCESSES = 3_000
"""Sixty batches: with fewer of them, one process has sent the last before the others have begun."""
SIZES = (_KB, 100 * _KB, _KB * _KB, 7 * _KB * _KB)


class Part(StrEnum):
    """Part of the measurement."""

    STORE = "store"
    ATTACHMENTS = "attachments"
    PROCESSES = "processes"


def scale(
    part: Annotated[list[Part] | None, typer.Option(help="What grows; all three without it.")] = None,
    notices: Annotated[
        list[int] | None, typer.Option(min=100, help="Notices in the store; 1,000, 10,000 and 100,000 without it.")
    ] = None,
    database: Annotated[
        str, typer.Option(help="Store of the parts store and attachments: sqlite or postgresql.")
    ] = "sqlite",
    rows: Annotated[
        int | None,
        typer.Option(min=20, help="New rows that go their way; without it 300 beside a store, 3,000 with processes."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each search is done.")] = 7,
    size: Annotated[
        list[int] | None,
        typer.Option(min=1000, max=7_000_000, help="Octets of an attachment; 1 KB to 7 MB without it."),
    ] = None,
    attached: Annotated[int, typer.Option(min=1, help="Notices with an attachment of each size.")] = 10,
    profile: Annotated[
        DemoProfile, typer.Option(help="Judiciary profile under which they are sent.")
    ] = DemoProfile.SOAP,
    payloads: Annotated[
        str | None,
        typer.Option(help="Place of payloads beside attachments: a folder or database; without it that of the store."),
    ] = None,
    processes: Annotated[
        list[int] | None, typer.Option(min=1, max=16, help="Service processes; 1, 2, 3 and 4 without it.")
    ] = None,
    delay: Annotated[int, typer.Option(min=0, help="Latency of the judiciary in ms, with processes.")] = 20,
    calls: Annotated[
        int | None, typer.Option(min=1, max=100, help="Calls in flight (judiciary.max_calls); else the program's own.")
    ] = None,
    share: Annotated[
        int | None,
        typer.Option(min=5, max=100, help="Most per cent of a core that each process gets; it needs root."),
    ] = None,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cost and memory as the store, the attachments and the number of processes grow."""
    if database not in console_store.DATABASES:
        raise typer.BadParameter(f"--database: {database}")
    parts = part or list(Part)
    counts, sizes, numbers = notices or [1_000, 10_000, 100_000], size or list(SIZES), processes or [1, 2, 3, 4]
    told = circumstances(
        *{
            database if {Part.STORE, Part.ATTACHMENTS} & set(parts) else "sqlite",
            "postgresql" if Part.PROCESSES in parts else "sqlite",
        },
        parts=[str(each) for each in parts],
        notices=counts,
        database=database,
        rows_beside_a_store=rows or ROWS_BESIDE_A_STORE,
        rows_with_processes=rows or ROWS_WITH_PROCESSES,
        rounds=rounds,
        sizes=sizes,
        attached=attached,
        profile=str(profile),
        payloads=payloads,
        processes=numbers,
        delay=delay,
        calls=calls,
        share=share,
    )
    stores: list[StoreCost] = []
    attachments: list[AttachmentCost] = []
    runs: dict[int, MeasuredRun] = {}
    if Part.STORE in parts:
        stores = [store_size.measure(database, count, rows or ROWS_BESIDE_A_STORE, rounds) for count in counts]
    if Part.ATTACHMENTS in parts:
        attachments = [attachment_size.measure(octets, attached, profile, database, payloads) for octets in sizes]
    if Part.PROCESSES in parts:
        runs = _measured_processes(numbers, rows or ROWS_WITH_PROCESSES, timedelta(milliseconds=delay), calls, share)
    write_chart(chart, *_charts(stores, attachments, runs))
    if as_json:
        print_json({**told, **_as_json(stores, attachments, runs)})
        return
    show_circumstances(told)
    _show_stores(stores)
    _show_attachments(attachments)
    _show_processes(runs)


def _measured_processes(
    numbers: Sequence[int], rows: int, delay: timedelta, calls: int | None, share: int | None
) -> dict[int, MeasuredRun]:
    part = None if share is None else share / 100
    try:
        return process_count.measure(numbers, rows, store_size.DOCUMENT_BYTES, delay, calls, part)
    except NoShares as error:
        raise typer.BadParameter(f"--share: {error}") from error


def _as_json(
    stores: Sequence[StoreCost], attachments: Sequence[AttachmentCost], runs: dict[int, MeasuredRun]
) -> dict[str, Any]:
    return {
        "store": [asdict(cost) for cost in stores],
        "attachments": [asdict(cost) for cost in attachments],
        "processes": {number: {**asdict(run), "a_second": run.a_second} for number, run in runs.items()},
    }


def _show_stores(costs: Sequence[StoreCost]) -> None:
    if not costs:
        return
    columns = ">in the store", ">claim", ">a notice", ">idle", ">search", ">slowest", ">MiB"
    rows = table("Cost beside so many notices: CPU ms, ms of a search, peak memory", *columns)
    for cost in costs:
        passes = cost.passes
        figures = passes.claim, passes.a_notice, passes.idle, cost.search, cost.slowest, passes.memory
        rows.add_row(f"{cost.notices:,}", *[figure(value) for value in figures])
    console.print(rows)
    console.print(
        f"[dim]claim: of up to 50 of {costs[0].passes.sent} new notices. a notice: from row to last receipt,\n"
        "and back. idle: one round of all passes without work. search, slowest: median\n"
        "and most of seven usual ones.[/]"
    )


def _show_attachments(costs: Sequence[AttachmentCost]) -> None:
    if not costs:
        return
    columns = ">octets", ">intake ms", ">grows MiB", ">call ms", ">grows MiB", ">times octets"
    rows = table("Cost of an attachment: CPU ms to take a notice in, and of a call with it", *columns)
    for cost in costs:
        # Beside a small attachment, the growth is that of everything else.
        grown = cost.call.memory if cost.size >= _LARGE else None
        times = None if grown is None else grown * 2**20 / cost.size
        figures = cost.intake.cpu, cost.intake.memory, cost.call.cpu, cost.call.memory, times
        rows.add_row(f"{cost.size:,}", *[figure(value) for value in figures])
    console.print(rows)
    console.print("[dim]grows: the process's peak less what was resident before. A seal is 4/3 of\nits attachment.[/]")


def _show_processes(runs: dict[int, MeasuredRun]) -> None:
    if not runs:
        return
    columns = ">processes", ">sent/s", ">to the first", ">p95 ms", ">CPU ms", ">sandbox's CPU ms"
    rows = table("Service processes over one PostgreSQL, batches of 50", *columns)
    first = next(iter(runs.values())).a_second
    for number, run in runs.items():
        figures = run.a_second, run.a_second / first, run.p95, run.cpu, run.judiciary_cpu
        rows.add_row(str(number), *[figure(value) for value in figures])
    console.print(rows)
    console.print("[dim]PostgreSQL and the sandbox need cores of the same machine, too.[/]")


def _charts(
    stores: Sequence[StoreCost], attachments: Sequence[AttachmentCost], runs: dict[int, MeasuredRun]
) -> list[Chart]:
    charts = []
    if stores:
        costs: dict[str, list[float | None]] = {
            "claim": [cost.passes.claim for cost in stores],
            "a notice": [cost.passes.a_notice for cost in stores],
            "search": [cost.search for cost in stores],
        }
        places = [f"{cost.notices:,}" for cost in stores]
        charts.append(Chart(title="Cost by notices in the store", unit="ms", places=places, series=costs, lines=True))
    if attachments:
        places = [f"{cost.size:,}" for cost in attachments]
        grown = {
            "intake": [cost.intake.memory for cost in attachments],
            "call": [cost.call.memory for cost in attachments],
        }
        charts.append(Chart(title="Memory by octets of the attachment", unit="MiB", places=places, series=grown))
    if runs:
        speeds = {"sent": [run.a_second for run in runs.values()]}
        places = [str(number) for number in runs]
        charts.append(Chart(title="Throughput by processes", unit="notices/s", places=places, series=speeds))
    return charts
