"""`demo`: the whole thing on one machine. Sample cases, a sandbox judiciary, the gateway between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.logs import log_to
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.cli.evidence.archive import write_archive
from adapters.cli.service.listening import CALLBACK, LISTENERS, Listening
from adapters.composition.archive import export_to
from adapters.composition.installation import Installation
from adapters.composition.revocation_checks import refresh_lists
from adapters.composition.tasks import intervals, tasks
from adapters.sandbox.verbs.demo_folder import DemoProfile, locked, prepare
from adapters.sandbox.verbs.demo_progress import Progress, summary_table
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demo_store import DemoStore, chosen, store_url
from adapters.schedule.heartbeat import Heartbeat
from adapters.schedule.loops import Loops
from adapters.terminal.printing import FINDING, JsonOption, console, print_json, tell
from gateway.intake.push_result import PushTally
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.errors import GatewayError

EVIDENCE_FILE = "one-notice.asice"

STALLED_AFTER = 120.0
"""Seconds without any movement after which a demonstration gives up."""


def demo(
    notices: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many notices the sample cases hold.")] = 300,
    directory: Annotated[Path, typer.Option("--dir", help="Where everything is left to look at.")] = Path("demo"),
    leave: Annotated[bool, typer.Option("--exit", help="End when every notice has reached its expected end.")] = False,
    store: Annotated[
        DemoStore | None, typer.Option(help="What the gateway stands on; by default what the folder has, or sqlite.")
    ] = None,
    profile: Annotated[
        DemoProfile | None,
        typer.Option(help="How the judiciary is spoken to; by default as the folder has it, or eblagh-1."),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port; 0 takes a free one.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Watch notices go from a case database to a sandbox judiciary and come back as served."""
    started = time.monotonic()
    with locked(directory), store_url(directory, kind := chosen(directory, store)) as url, ExitStack() as stack:
        prepare(directory, notices, port=port, store=url, profile=profile, say=_silent if as_json else _say)
        installation = stack.enter_context(closing(Installation.of(directory / "gateway.toml")))
        log_to(installation.settings.log, installation.base)
        state = stack.enter_context(closing(DemoState(directory, installation.store())))
        with sandbox_child(directory) as sandbox_lives, _called(installation):
            _run(directory, installation, state, sandbox_lives, leave=leave, quiet=as_json)
            # While the servers beside the sandbox still answer. A list of a later second than any signature proves them
            # all.
            time.sleep(1)
            unarchived = [*refresh_lists(installation, at_once=True).errors, *write_archive(installation).errors]
            example = state.example_reference()
            if example and not unarchived:
                unarchived = _export(directory, installation, example)
        archived = installation.store().log.size()
        seconds = round(time.monotonic() - started, 1)
        figures = {**state.figures(), "archived": archived, "seconds": seconds}
        problems = state.disagreements()
    if as_json:
        print_json(figures)
    else:
        console.print(summary_table(figures))
        _next_steps(directory, example, kind)
    for error in unarchived:
        tell(error)
    if problems or unarchived:
        for problem in problems[:10]:
            console.print(f"[red]disagreement:[/] {problem}")
        raise typer.Exit(FINDING)


@contextmanager
def _called(installation: Installation) -> Iterator[None]:
    """Serve the callback for receipts, if the judiciary pushes them, while the block runs."""
    kind = LISTENERS[CALLBACK]
    if not kind.wanted(installation):
        yield
        return
    server = Listening(kind, installation, PushTally()).server
    server.start()
    try:
        yield
    finally:
        server.close()


def _run(
    directory: Path,
    installation: Installation,
    state: DemoState,
    sandbox_lives: Callable[[], bool],
    *,
    leave: bool,
    quiet: bool,
) -> None:
    """Run the passes until every notice has its expected end, and longer unless ``leave`` is set."""
    pass_stats = PassStats(installation.clock)
    loops = Loops(
        tasks(installation),
        intervals(installation),
        locks=installation.locks(),
        may_continue=installation.gate(),
        pass_stats=pass_stats,
    )
    heartbeat = Heartbeat(lambda: installation.store().processes, installation.owner, pass_stats, installation.clock)
    loops.start()
    heartbeat.start()
    moved = time.monotonic()
    last: dict[str, int] = {}
    try:
        with Progress(quiet=quiet) as progress:
            while not (leave and state.finished()):
                if not sandbox_lives():
                    raise GatewayError("sandbox.ended", where=str(directory / "sandbox.log"))
                figures = state.figures()
                progress.show(
                    figures, state.expected_total, [e for record in pass_stats.records() for e in record.errors]
                )
                if figures != last:
                    moved, last = time.monotonic(), figures
                elif leave and time.monotonic() - moved > STALLED_AFTER:
                    raise GatewayError("demo.stalled", where=str(directory), detail=str(figures))
                time.sleep(0.3)
            progress.show(state.figures(), state.expected_total, [])
    except KeyboardInterrupt:
        console.print("stopping: passes under way are finished")
    finally:
        loops.close()
        heartbeat.close()


def _export(directory: Path, installation: Installation, example: str) -> list[GatewayError]:
    """Write the evidence file of one notice; that of an earlier run in the same folder is out of date."""
    file = directory / EVIDENCE_FILE
    file.unlink(missing_ok=True)
    try:
        export_to(file, installation, example)
    except GatewayError as error:
        return [error]
    return []


def _say(text: str) -> None:
    console.print(f"[dim]{text} …[/]")


def _silent(_: str) -> None:
    """Print nothing: programs read the last line only."""


def _next_steps(directory: Path, example: str | None, store: DemoStore) -> None:
    program = f"{sys.executable} {sys.argv[0]}" if sys.argv[0].endswith(".py") else sys.argv[0]
    program = program.replace(f"{Path.cwd()}/", "")
    config = directory / "gateway.toml"
    steps = {
        "Is everything as it should be? The sandbox runs meanwhile": f"check --with-sandbox -c {config}",
        "What the judiciary's side received": f"sandbox ledger --dir {directory}",
        "What an auditor does": f"archive verify {directory / 'archive'} --trust {directory / 'pki' / 'anchors'}",
    }
    if example:
        save = directory / "one-notice"
        steps = {"One notice, and what proves it": f"notice show {example} -c {config} --save {save}"} | steps
        file, anchors = directory / EVIDENCE_FILE, directory / "pki" / "anchors"
        steps["What a court does with one notice's evidence"] = f"evidence verify {file} --trust {anchors}"
    if store is DemoStore.POSTGRESQL:
        steps = {"PostgreSQL has ended; whatever asks the gateway needs it": f"demo-store --dir {directory} &"} | steps
    for label, arguments in steps.items():
        console.print(f"\n{label}:\n  {program} {arguments}", markup=False, soft_wrap=True)
