"""`demo`: the whole thing on one machine. Sample cases, a sandbox judiciary, the gateway between them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.console import FINDING, JsonOption, console, log_to, print_json
from adapters.cli.demo_folder import locked, prepare
from adapters.cli.demo_progress import Progress, summary_table
from adapters.cli.demo_state import DemoState
from adapters.resources import ROOT
from adapters.schedule.loops import Loops
from adapters.wiring import Installation
from gateway.errors import GatewayError

STALLED_AFTER = 120.0
"""Seconds without any movement after which a demonstration gives up."""


def demo(
    notices: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many notices the sample cases hold.")] = 300,
    directory: Annotated[Path, typer.Option("--dir", help="Where everything is left to look at.")] = Path("demo"),
    leave: Annotated[bool, typer.Option("--exit", help="End when every notice has reached its expected end.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port; 0 takes a free one.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Watch notices go from a case database to a sandbox judiciary and come back as served."""
    started = time.monotonic()
    say = (lambda text: None) if as_json else (lambda text: console.print(f"[dim]{text} …[/]"))
    with locked(directory):
        prepare(directory, notices, port, say)
        installation = Installation.of(directory / "gateway.toml")
        log_to(installation.settings.log, installation.base)
        with _sandbox(directory):
            state = _run(directory, installation, leave=leave, quiet=as_json)
    seconds = round(time.monotonic() - started, 1)
    figures = {**state.figures(), "seconds": seconds}
    if as_json:
        print_json(figures)
    else:
        console.print(summary_table(figures))
        _next_steps(directory, state)
    if problems := state.disagreements():
        for problem in problems[:10]:
            console.print(f"[red]disagreement:[/] {problem}")
        raise typer.Exit(FINDING)


def _run(directory: Path, installation: Installation, *, leave: bool, quiet: bool) -> DemoState:
    """Run the passes until every notice has its expected end, and longer unless told to ``leave``."""
    state = DemoState(directory, installation.store())
    loops = Loops(installation.passes(), installation.intervals())
    loops.start()
    moved, last = time.monotonic(), {}
    try:
        with Progress(quiet=quiet) as progress:
            while not (leave and state.finished()):
                figures = state.figures()
                progress.show(figures, state.expected_total, [e for found in loops.errors.values() for e in found])
                if figures != last:
                    moved, last = time.monotonic(), figures
                elif leave and time.monotonic() - moved > STALLED_AFTER:
                    raise GatewayError("demo.stalled", where=str(directory), detail=str(figures))
                time.sleep(0.3)
            progress.show(state.figures(), state.expected_total, [])
    except KeyboardInterrupt:
        console.print("stopping: passes under way are finished")
    finally:
        loops.stop()
    return state


@contextmanager
def _sandbox(directory: Path) -> Iterator[None]:
    """A sandbox judiciary in a process of its own, which ends when this one does, however this one ends."""
    command = [sys.executable, "-m", "adapters.cli", "sandbox", "serve", "--dir", str(directory), "--with-parent"]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with (directory / "sandbox.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*command, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": paths},
        )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        if not (line := child.stdout.readline()):
            raise GatewayError("sandbox.not-started", where=str(directory / "sandbox.log"))
        json.loads(line)
        yield
    finally:
        child.stdin.close()
        child.wait()


def _next_steps(directory: Path, state: DemoState) -> None:
    config = directory / "gateway.toml"
    example = state.example_reference() or "REFERENCE"
    program = f"{Path(sys.executable).parent.name and sys.argv[0]}"
    console.print("\nLook at one notice, and save what proves it:")
    console.print(
        f"  {program} notice show {example} --config {config} --save {directory / 'one-notice'}", markup=False
    )
    console.print("What the judiciary's side received:")
    console.print(f"  {program} sandbox ledger --dir {directory}", markup=False)
