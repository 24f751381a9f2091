"""The verb `bench year`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.year.simulation import Demand, Machinery, Year, limits, simulate
from adapters.bench.year.unit_costs import UnitCosts, measure
from adapters.terminal.printing import JsonOption, console, print_json, table

SIZES: Sequence[int] = (12 * 1024, 150 * 1024)
_KIB, _TB = 1024, 1e12


def year(
    notices: Annotated[int, typer.Option(min=100, help="Rows from which the unit costs are measured.")] = 1_000,
    size: Annotated[
        list[int] | None, typer.Option(min=1000, max=7_000_000, help="Octets of each PDF; 12 and 150 KiB without it.")
    ] = None,
    in_a_year: Annotated[int, typer.Option(min=1, help="Notices of the year.")] = 60_000_000,
    peak: Annotated[float, typer.Option(min=0.001, help="Notices a second in the busiest hour.")] = 50,
    cores: Annotated[
        list[int] | None, typer.Option(min=1, help="Cores of all gateway nodes together; 1, 2, 4 and 8 without it.")
    ] = None,
    database_cores: Annotated[int, typer.Option(min=1, help="Cores of the primary PostgreSQL.")] = 8,
    disk: Annotated[float, typer.Option(min=1, help="MB a second that its disk can sync.")] = 200,
    calls: Annotated[int, typer.Option(min=1, help="Calls under way at a time, of all nodes.")] = 32,
    latency: Annotated[int, typer.Option(min=1, help="Milliseconds until the judiciary answers a call.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """A year of a country, simulated from unit costs that are measured here: cores, disk, and what is full first."""
    sizes, numbers = size or list(SIZES), sorted(cores or [1, 2, 4, 8])
    try:
        demand = Demand(notices=in_a_year, peak=peak)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    told = circumstances(
        "sqlite", "postgresql", notices=notices, sizes=sizes, in_a_year=in_a_year, peak=peak, cores=numbers,
        database_cores=database_cores, disk=disk, calls=calls, latency=latency,
    )  # fmt: skip
    found = [measure(notices, octets) for octets in sizes]
    years = [[simulate(costs, demand, number) for number in numbers] for costs in found]
    machinery = Machinery(
        cores=numbers[-1], database_cores=database_cores, disk=disk, calls=calls, latency=latency / 1000
    )
    most = [limits(costs, machinery) for costs in found]
    if as_json:
        parts = zip(found, years, most, strict=True)
        sized = [{"costs": asdict(c), "years": [asdict(y) for y in ys], "limits": limit} for c, ys, limit in parts]
        print_json({**told, "sizes": sized})
        return
    show_circumstances(told)
    _show_costs(found)
    _show_disk(found, in_a_year)
    for costs, simulated, limit in zip(found, years, most, strict=True):
        _show_years(costs, simulated, peak)
        _show_limits(costs, limit, peak)


def _show_costs(found: Sequence[UnitCosts]) -> None:
    rows = table("CPU ms of one notice, with two receipts and write-back", ">PDF KiB", ">gateway", ">of it until sent",
                 ">PostgreSQL", ">one sequencer")  # fmt: skip
    for costs in found:
        figures = costs.gateway, costs.gateway * costs.sent_share, costs.database, costs.sequencer
        rows.add_row(f"{costs.document / _KIB:g}", *[f"{value:.2f}" for value in figures])
    console.print(rows)


def _show_disk(found: Sequence[UnitCosts], in_a_year: int) -> None:
    columns = ">PDF KiB", ">KiB a notice", ">database", ">left after offload", ">archive", ">write-ahead log"
    rows = table(f"TB of a year with {in_a_year:,} notices", *columns)
    for costs in found:
        octets = costs.kept, costs.left, costs.archived, costs.log
        figures = [f"{value * in_a_year / _TB:,.2f}" for value in octets]
        rows.add_row(f"{costs.document / _KIB:g}", f"{costs.kept / _KIB:.1f}", *figures)
    console.print(rows)


def _show_years(costs: UnitCosts, simulated: Sequence[Year], peak: float) -> None:
    columns = ">cores", ">longest wait, minutes", ">of a receipt", ">used of the year", "at its end"
    rows = table(f"A year with PDFs of {costs.document / _KIB:g} KiB, {peak:g} a second at peaks", *columns)
    for each in simulated:
        end = "notices wait" if each.behind else "nothing waits"
        rows.add_row(str(each.cores), f"{each.wait:,}", f"{each.receipt_wait:,}", f"{each.mean:.1%}", end)
    console.print(rows)


def _show_limits(costs: UnitCosts, most: Mapping[str, float], peak: float) -> None:
    title = f"The most that each part can do with PDFs of {costs.document / _KIB:g} KiB"
    rows = table(title, "part", ">notices a second", ">times the peak")
    for part, a_second in most.items():
        rows.add_row(part, f"{a_second:,.0f}", f"{a_second / peak:.1f}")
    console.print(rows)
