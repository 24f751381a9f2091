"""Verbs of benchmarks.

`bench stages`: cost of each stage of a notice, beside a plain zeep call.

`bench verify-message`: cost of judging one message, beside other libraries.

`bench protocols`: cost of a message in XML and in JSON.

`bench collect`: speed and memory of taking in a large case database.

`bench verify`: speed and memory of verifying a large archive.

`bench leave`: size of the database after all has left it, and costs of leaving and purging.

`bench console`: time of the console's searches and pages over a million notices, on both databases.

`bench latency`, `bench scale`, `bench floor`, `bench peers`, `bench year` have a module of their own each.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.bench import console_pages, console_search, console_store, offload, verify_archive
from adapters.bench.collect import measure as measure_collection
from adapters.bench.common.chart import Chart, ChartOption, write_chart
from adapters.bench.common.machine import circumstances, show_circumstances
from adapters.bench.common.openssl_speed import speed
from adapters.bench.floor.floor_verb import floor
from adapters.bench.peers.peers_verb import peers
from adapters.bench.plain_zeep import plain_zeep
from adapters.bench.protocols import measure as measure_protocols
from adapters.bench.scale.scale_verb import scale
from adapters.bench.service.latency_verb import latency
from adapters.bench.stages import (
    BATCH,
    STAGES,
    Costs,
    measure,
    measure_mappers_of,
    sample,
    total,
)
from adapters.bench.verify_message import bench
from adapters.bench.verify_message import measure as measure_verification
from adapters.bench.year.year_verb import year
from adapters.sandbox.verbs.demo_folder import DemoProfile
from adapters.terminal.printing import JsonOption, console, print_json, table

app = typer.Typer(help="Benchmarks: ratios of one run on one machine.", no_args_is_help=True)

SIZES = {"1 KiB": 1024, "100 KiB": 100 * 1024}
_ALWAYS = "Files bind every contract, so there is no code to compare them with."


@app.callback()
def _group() -> None:
    """Benchmarks: ratios of one run on one machine."""


app.command("latency")(latency)
app.command("year")(year)
app.command("scale")(scale)
app.command("floor")(floor)
app.command("peers")(peers)


@app.command("stages")
def stages(
    notices: Annotated[int, typer.Option(min=50, help="How many notices each run takes.")] = 300,
    contract: Annotated[DemoProfile, typer.Option(help="The judiciary's contract.")] = DemoProfile.SOAP,
    by_files: Annotated[bool, typer.Option("--by-files", hidden=True, help=_ALWAYS)] = False,
    rounds: Annotated[int, typer.Option(hidden=True, help=_ALWAYS)] = 3,  # noqa: ARG001 - scripts may still give it
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """CPU milliseconds per notice of each stage, with small and with 100 KiB attachments."""
    if contract is DemoProfile.RPC:
        raise typer.BadParameter(f"--contract: {contract} pushes its receipts to a running service")
    if by_files:
        typer.echo(_ALWAYS, err=True)
    _print_stages(notices, contract, chart, as_json)


def _print_stages(notices: int, contract: DemoProfile, chart: Path | None, as_json: bool) -> None:
    told = circumstances("sqlite", notices=notices, contract=contract)
    ours: dict[str, Costs] = {}
    mappers: dict[str, Costs] = {}
    for label, size in SIZES.items():
        with sample(notices, size) as folder:
            mappers[label] = measure_mappers_of(folder)
            ours[label] = measure(folder, notices, contract)
    zeeps = {
        label: {"one a call": plain_zeep(size, 1, notices), f"{BATCH} a call": plain_zeep(size, BATCH, notices)}
        for label, size in SIZES.items()
    }
    by_stage = {label: [ours[label][stage] for stage in STAGES] for label in SIZES}
    write_chart(chart, Chart(title="CPU time of a notice by stage", unit="ms", places=STAGES, series=by_stage))
    if as_json:
        found = {"contract": contract, "stages": ours, "mappers": mappers, "plain zeep": zeeps}
        print_json({**told, "unit": "CPU ms per notice", "notices": notices, **found})
        return
    show_circumstances(told)
    rows = table(
        f"CPU ms per notice under {contract}, {notices} notices in batches of {BATCH}",
        "stage",
        *[f">{label}" for label in SIZES],
    )
    for stage in STAGES:
        rows.add_row(stage, *[f"{ours[label][stage]:.3f}" for label in SIZES])
    rows.add_section()
    rows.add_row("all of it", *[f"{total(ours[label]):.3f}" for label in SIZES])
    sending = ("build", "sign", "send", "verify")
    rows.add_row("  of which " + ", ".join(sending), *[f"{total(ours[label], sending):.3f}" for label in SIZES])
    rows.add_section()
    for name in mappers["1 KiB"]:
        rows.add_row(f"mapping alone, {name}", *[f"{mappers[label][name]:.3f}" for label in SIZES])
    rows.add_section()
    for name in zeeps["1 KiB"]:
        rows.add_row(f"plain zeep, {name}", *[f"{zeeps[label][name]:.3f}" for label in SIZES])
    console.print(rows)
    console.print(
        "\n[dim]Plain zeep builds, signs (one signature, no seal, SHA-256), sends to nowhere, verifies and reads.\n"
        "Ours also seals each notice, keeps evidence and survives a power cut; the judiciary is another process.[/]"
    )


@app.command("collect")
def collect(
    notices: Annotated[int, typer.Option(min=50, help="How many rows the sample has, each with a small document.")] = (
        20_000
    ),
    as_json: JsonOption = False,
) -> None:
    """Rows a second and memory at 10 %, 50 % and 100 % of a large sample that is collected into a fresh store."""
    told, found = circumstances("sqlite", notices=notices), measure_collection(notices)
    if as_json:
        at = [asdict(milestone) for milestone in found]
        print_json({**told, "unit": "rows per second; MiB", "notices": notices, "at": at})
        return
    show_circumstances(told)
    rows = table(f"Collecting {notices:,} rows", ">of them", ">rows", ">rows/s", ">MiB now", ">MiB at most")
    for milestone in found:
        figures = milestone.rows_per_second, milestone.memory, milestone.peak
        rows.add_row(f"{milestone.share:.0%}", f"{milestone.rows:,}", *[f"{figure:,.0f}" for figure in figures])
    console.print(rows)


@app.command("verify-message")
def verify_message(
    rounds: Annotated[int, typer.Option(min=1, help="The figures are medians of so many rounds.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """CPU microseconds to judge a signed message, beside bare xmlsec, zeep and signxml on the same octets."""
    told = circumstances(seed=None, rounds=rounds)
    with bench() as ready:
        figures = {
            label: measure_verification(ready.judges, octets, rounds) for label, octets in ready.messages.items()
        }
        sizes = {label: len(octets) for label, octets in ready.messages.items()}
    if as_json:
        print_json({**told, "unit": "CPU µs per message", "rounds": rounds, "octets": sizes, "messages": figures})
        return
    show_circumstances(told)
    columns = [column for label in figures for column in (f">{label}", ">to ours")]
    rows = table(f"CPU µs per message, median of {rounds} rounds", "judged by", *columns)
    for name in ready.judges:
        cells = []
        for found in figures.values():
            figure, ours = found[name], found["ours"]
            cells += ["not installed", ""] if figure is None or not ours else [f"{figure:,.0f}", f"{figure / ours:.1f}"]
        rows.add_row(name, *cells)
    rows.add_section()
    rows.add_row("octets", *[cell for size in sizes.values() for cell in (f"{size:,}", "")])
    console.print(rows)
    if ready.judges["signxml"] is None:
        console.print("\n[dim]signxml is no part of an installation; it comes with requirements.txt.[/]")


@app.command("protocols")
def protocols(
    rounds: Annotated[int, typer.Option(min=1, help="The figures are medians of so many rounds.")] = 21,
    as_json: JsonOption = False,
) -> None:
    """CPU milliseconds to make and to judge a message, and its size: XML signed with WS-Security, JSON as JWS."""
    told, found = circumstances(seed=None, rounds=rounds), measure_protocols(rounds)
    if as_json:
        costs = [asdict(cost) for cost in found]
        print_json({**told, "unit": "CPU ms per message", "rounds": rounds, "costs": costs})
        return
    show_circumstances(told)
    rows = table(f"CPU ms per message, median of {rounds} rounds", "message", "form", ">make", ">judge", ">octets")
    for cost in found:
        rows.add_row(cost.message, cost.protocol, f"{cost.make:.2f}", f"{cost.judge:.2f}", f"{cost.octets:,}")
    console.print(rows)


@app.command("verify")
def verify(
    records: Annotated[int, typer.Option(min=100, help="Half of them sealed notices, half receipts.")] = 20_000,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Records a second and core, and memory, of `archive verify`, beside what OpenSSL verifies on this machine."""
    told = circumstances("sqlite", seed=None, records=records)
    with verify_archive.made(records) as (folder, trust):
        runs = verify_archive.measure(folder, trust)
    bare = speed()
    places = [f"{run.records:,} by {run.workers}" for run in runs]
    speeds = {"verified": [run.per_core for run in runs]}
    title = "Records that a core verifies, by their number and that of processes"
    write_chart(chart, Chart(title=title, unit="records/s", places=places, series=speeds))
    if as_json:
        found = [{**asdict(run), "per_core": run.per_core} for run in runs]
        print_json({**told, "unit": "records per second and core; MiB", "runs": found, "bare": asdict(bare)})
        return
    show_circumstances(told)
    columns = ">records", ">processes", ">s", ">s of all cores", ">records/s of a core", ">MiB a process at most"
    rows = table(f"Verifying {records:,} records, each with a signature of its own", *columns)
    for run in runs:
        figures = f"{run.seconds:.1f}", f"{run.busy:.1f}", f"{run.per_core:,.0f}", f"{run.memory:,.0f}"
        rows.add_row(f"{run.records:,}", str(run.workers), *figures)
    console.print(rows)
    console.print(f"\n[dim]{bare.verified:,.0f} bare RSA-2048 signatures a second of a core, by {bare.by}.[/]")


@app.command("leave")
def leave(
    notices: Annotated[int, typer.Option(min=100, help="Each with a seal and a receipt of 4 KiB.")] = 20_000,
    as_json: JsonOption = False,
) -> None:
    """Size of the database, and CPU seconds, as all records leave it and half of the payloads are purged."""
    told, steps = circumstances("sqlite", seed=None, notices=notices), offload.measure(notices)
    if as_json:
        print_json({**told, "unit": "s; MiB", "notices": notices, "steps": [asdict(step) for step in steps]})
        return
    show_circumstances(told)
    columns = ">CPU s", ">s", ">database MiB", ">of it in use", ">archive MiB"
    rows = table(f"{notices:,} notices, {2 * notices:,} records", "step", *columns)
    for step in steps:
        figures = step.cpu, step.seconds, step.database, step.packed, step.archive
        rows.add_row(step.name, *[f"{figure:,.1f}" for figure in figures])
    console.print(rows)


@app.command("console")
def console_pages_and_searches(
    notices: Annotated[int, typer.Option(min=1_000, help="How many notices the store holds.")] = 1_000_000,
    database: Annotated[list[str] | None, typer.Option(help="sqlite or postgresql; both without it.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each question is asked.")] = 7,
    chart: ChartOption = None,
    as_json: JsonOption = False,
) -> None:
    """Milliseconds of the console's searches and pages over a store that is made for it; memory while people watch."""
    chosen = database or list(console_store.DATABASES)
    if unknown := sorted(set(chosen) - set(console_store.DATABASES)):
        raise typer.BadParameter(f"--database: {', '.join(unknown)}")
    told = circumstances(*chosen, notices=notices, database=chosen, rounds=rounds)
    if not as_json:
        show_circumstances(told)
    found: dict[str, dict[str, Any]] = {"searches": {}, "pages": {}, "watched": {}}
    for name in chosen:
        with console_store.made_store(name, notices) as made:
            searches = console_search.measure(made, rounds)
            pages, watched = console_pages.measure(made, rounds)
        found["searches"][name] = [asdict(timing) for timing in searches]
        found["pages"][name] = [asdict(timing) for timing in pages]
        found["watched"][name] = asdict(watched)
        if not as_json:
            _print_searches(name, made, searches)
            _print_pages(name, made, pages, watched)
    write_chart(chart, *(_medians(kind, found[kind]) for kind in ("searches", "pages")))
    if as_json:
        print_json({**told, "unit": "ms", "notices": notices, **found})


def _medians(kind: str, by_database: dict[str, list[dict[str, Any]]]) -> Chart:
    places = [timing["name"] for timing in next(iter(by_database.values()))]
    series = {name: [timing["median"] for timing in timings] for name, timings in by_database.items()}
    return Chart(title=f"Median time of {kind}", unit="ms", places=places, series=series)


def _print_searches(name: str, made: console_store.MadeStore, timings: list[console_search.Timing]) -> None:
    rows = table(f"{made.notices:,} notices on {name}: ms of a search", "search", ">found", ">median", ">most")
    for timing in timings:
        rows.add_row(timing.name, f"{timing.found:,}", f"{timing.median:,.1f}", f"{timing.most:,.1f}")
    console.print(rows)
    console.print(f"[dim]rows in {made.seconds:,.0f} s[/]")


def _print_pages(
    name: str, made: console_store.MadeStore, timings: list[console_pages.PageTiming], watched: console_pages.Watched
) -> None:
    rows = table(f"{made.notices:,} notices on {name}: ms of a page", "page", "role", ">KiB", ">median", ">most")
    for timing in timings:
        rows.add_row(
            timing.name, timing.role, f"{timing.octets / 1024:,.0f}", f"{timing.median:,.1f}", f"{timing.most:,.1f}"
        )
    console.print(rows)
    console.print(
        f"{console_pages.WATCHERS} people at once, {watched.pages} pages: median {watched.median:,.0f} ms,"
        f" most {watched.most:,.0f} ms",
        markup=False,
    )
    if watched.before is not None and watched.after is not None:
        console.print(f"memory {watched.before:,.1f} MiB at first, {watched.after:,.1f} MiB at the end")
