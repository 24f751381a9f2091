"""The verb `bench floor`."""

from __future__ import annotations

from dataclasses import asdict
from statistics import median
from typing import Annotated

import typer

from adapters.bench.common.chart import Chart, ChartOption, figure, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.common.openssl_speed import Speed, speed
from adapters.bench.floor.floor import Floor, floor_of, seal_bytes
from adapters.bench.stages import measure, sample, total
from adapters.sandbox.verbs.demo_folder import DemoProfile
from adapters.terminal.printing import JsonOption, console, print_json, table

_DOCUMENTS = {"1 KiB": 1024, "100 KiB": 100 * 1024}
_CALLS = {"50 a call": 50, "1 a call": 1}
MODES = tuple((call, document) for call in _CALLS for document in _DOCUMENTS)


def floor(
    notices: Annotated[int, typer.Option(min=50, help="How many notices each run of ours takes.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="Ours is the median of so many runs, taken in turn.")] = 3,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """The least CPU time of a notice, by openssl, sqlite3 and a bare HTTP exchange; ours beside it, as a ratio."""
    told = circumstances("sqlite", notices=notices, rounds=rounds)
    bare = speed()
    octets = {document: seal_bytes(size) for document, size in _DOCUMENTS.items()}
    floors = {(call, document): floor_of(bare, octets[document], _CALLS[call]) for call, document in MODES}
    ours = _ours(notices, rounds)
    write_chart(chart, _chart(floors, ours))
    if as_json:
        found = {
            ", ".join(mode): {
                **asdict(floors[mode]),
                "floor": floors[mode].total,
                "ours": ours[mode],
                "ratio": ours[mode] / floors[mode].total,
            }
            for mode in MODES
        }
        print_json({**told, "unit": "CPU ms per notice", "speed": asdict(bare), "modes": found})
        return
    show_circumstances(told)
    _show(bare, floors, ours)


def _ours(notices: int, rounds: int) -> dict[tuple[str, str], float]:
    """Return our CPU milliseconds a notice, by mode: all stages of `bench stages`."""
    found: dict[tuple[str, str], list[float]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for document, size in _DOCUMENTS.items():
            with sample(notices, size) as folder:
                for call, number in _CALLS.items():
                    found[call, document].append(total(measure(folder, notices, DemoProfile.SOAP, number)))
    return {mode: median(costs) for mode, costs in found.items()}


def _show(bare: Speed, floors: dict[tuple[str, str], Floor], ours: dict[tuple[str, str], float]) -> None:
    columns = [f">{_CALLS[call]} x {document}" for call, document in MODES]
    rows = table("CPU ms per notice, by notices a call and size of the PDF: the floor, and ours", "", *columns)
    for name in floors[MODES[0]].parts:
        rows.add_row(name, *[f"{floors[mode].parts[name]:.3f}" for mode in MODES])
    rows.add_section()
    rows.add_row("floor", *[f"{floors[mode].total:.3f}" for mode in MODES])
    rows.add_row("ours", *[f"{ours[mode]:.3f}" for mode in MODES])
    rows.add_row("ours to the floor", *[figure(ours[mode] / floors[mode].total) for mode in MODES])
    rows.add_section()
    rows.add_row("octets of a seal", *[f"{floors[mode].octets:,}" for mode in MODES])
    console.print(rows)
    console.print(f"\n[dim]RSA and SHA-256 by {bare.by}.[/]")


def _chart(floors: dict[tuple[str, str], Floor], ours: dict[tuple[str, str], float]) -> Chart:
    return Chart(
        title="CPU time of a notice, beside the least of this machine",
        unit="ms",
        places=[", ".join(mode) for mode in MODES],
        series={"floor": [floors[mode].total for mode in MODES], "ours": [ours[mode] for mode in MODES]},
    )
