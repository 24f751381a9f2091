"""`demo`: the whole thing on one machine. Sample cases, a sandbox judiciary, the gateway between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.logs import log_to
from adapters.cli.common.sandbox_child import sandbox_child
from adapters.cli.evidence.archive import write_archive
from adapters.cli.service.listening import CALLBACK, CONSOLE, LISTENERS, PUSH, Listening
from adapters.composition.archive import export_to
from adapters.composition.installation import Installation
from adapters.composition.revocation_checks import refresh_lists
from adapters.sandbox.verbs.demo_city import CityState, ask_gateway, assert_fitting, city_facts, city_of, city_table
from adapters.sandbox.verbs.demo_folder import DemoProfile, locked, prepare
from adapters.sandbox.verbs.demo_progress import summary_table
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demo_store import DemoStore, chosen, store_url
from adapters.sandbox.verbs.demonstration import Demonstration
from adapters.terminal.printing import FINDING, JsonOption, console, print_json, tell
from gateway.intake.push_result import PushTally
from gateway.runtime.errors import GatewayError

EVIDENCE_FILE = "one-notice.asice"


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
    with_city: Annotated[
        bool,
        typer.Option("--with-city", help="Take the rows from Shahriar, run the city's systems, compare every ledger."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Watch notices go from a case database to a sandbox judiciary and come back as served.

    Without --exit the console stays open then, over the same notices, until Ctrl-C.
    """
    started = time.monotonic()
    with locked(directory), store_url(directory, kind := chosen(directory, store)) as url, ExitStack() as stack:
        assert_fitting(directory, kind, with_city=with_city)
        prepare(directory, notices, port=port, store=url, profile=profile, say=_silent if as_json else _say)
        if with_city:
            stack.enter_context(city_of(directory))
        installation = stack.enter_context(closing(Installation.of(directory / "gateway.toml")))
        log_to(installation.settings.log, installation.base)
        state = stack.enter_context(closing(_state(directory, installation, with_city=with_city)))
        sandbox_lives = stack.enter_context(sandbox_child(directory))
        stack.enter_context(_listening(installation, CALLBACK))
        demonstration = Demonstration(directory, installation, state, sandbox_lives)
        stopped = demonstration.run(leave=leave, quiet=as_json)
        if with_city and not stopped:
            with _listening(installation, PUSH) as municipal:
                ask_gateway(directory, municipal or "")
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
        city = state.compared() if isinstance(state, CityState) else None
        if as_json:
            print_json({**figures, **city_facts(city)} if with_city else figures)
        else:
            console.print(summary_table(figures))
            if with_city:
                console.print(city_table(city))
            _next_steps(directory, example, kind, notices if leave else None, with_city=with_city)
        for error in unarchived:
            tell(error)
        for problem in problems[:10]:
            console.print(f"[red]disagreement:[/] {problem}")
        if not leave and not stopped:
            with _listening(installation, CONSOLE) as address:
                demonstration.stay_open(address or "", quiet=as_json)
    if problems or unarchived:
        raise typer.Exit(FINDING)


def _state(directory: Path, installation: Installation, *, with_city: bool) -> DemoState:
    return (CityState if with_city else DemoState)(directory, installation.store())


@contextmanager
def _listening(installation: Installation, role: str) -> Iterator[str | None]:
    """Serve the listener of a role while the block runs, and yield its address; None if the folder has none."""
    kind = LISTENERS[role]
    if not kind.wanted(installation):
        yield None
        return
    server = Listening(kind, installation, PushTally()).server
    server.start()
    try:
        yield server.url
    finally:
        server.close()


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


def _next_steps(
    directory: Path, example: str | None, store: DemoStore, notices: int | None, *, with_city: bool
) -> None:
    """Print what to do next. ``notices`` is None if the console opens anyway."""
    program = f"{sys.executable} {sys.argv[0]}" if sys.argv[0].endswith(".py") else sys.argv[0]
    program = program.replace(f"{Path.cwd()}/", "")
    config = directory / "gateway.toml"
    steps = {
        "Is everything as it should be? The sandbox runs meanwhile": f"check --with-sandbox -c {config}",
        "What the judiciary's side received": f"sandbox ledger --dir {directory}",
        "What an auditor does": f"archive verify {directory / 'archive'} --trust {directory / 'pki' / 'anchors'}",
    }
    if with_city:  # Shahriar ends with the demonstration, and `check` asks each source
        del steps[next(iter(steps))]
    if example:
        save = directory / "one-notice"
        steps = {"One notice, and what proves it": f"notice show {example} -c {config} --save {save}"} | steps
        file, anchors = directory / EVIDENCE_FILE, directory / "pki" / "anchors"
        steps["What a court does with one notice's evidence"] = f"evidence verify {file} --trust {anchors}"
    if notices is not None:
        again = f"demo {'--with-city ' if with_city else ''}--notices {notices} --dir {directory}"
        steps = {"The console in a browser, with logins and a password to try": again} | steps
    if store is DemoStore.POSTGRESQL:
        steps = {"PostgreSQL has ended; whatever asks the gateway needs it": f"demo-store --dir {directory} &"} | steps
    for label, arguments in steps.items():
        console.print(f"\n{label}:\n  {program} {arguments}", markup=False, soft_wrap=True)
