"""The verbs `evidence`: one notice, or one case, in a self-contained file. `adapters.verifier.verbs.evidence` judges
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.sandbox_child import WithSandboxOption, hint_at_sandbox, with_sandbox_of
from adapters.composition.archive import export_to
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    MISUSE,
    ConfigOption,
    JsonOption,
    console,
    errors,
    exit_code,
    print_json,
    tell,
    tell_all,
)
from gateway.archive.timestamping import NoTimeStamp
from gateway.notice.text import plain
from gateway.runtime.errors import GatewayError


def export_file(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to make, such as notice.asice.")],
    reference: Annotated[str | None, typer.Argument(metavar="[NOTICE]", help="As `notice list` shows it.")] = None,
    case: Annotated[str | None, typer.Option(help="Every notice of this case instead.")] = None,
    body: Annotated[str | None, typer.Option(help="The case of this body, where several have one.")] = None,
    with_sandbox: WithSandboxOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write the evidence file of a notice, or of a case; exit 1 if a notice is left out, since a record is damaged."""
    if (reference is None) == (case is None):
        errors.print("give a notice's reference, or --case with a case number")
        raise typer.Exit(MISUSE)
    installation = installation_of(config)
    try:
        with with_sandbox_of(config, with_sandbox):
            # As a clerk types it: with Persian digits, too.
            made = export_to(output, installation, reference, case and plain(case), body)
    except NoTimeStamp as error:
        tell(error)
        if not with_sandbox:
            hint_at_sandbox(config, "evidence export")
        raise typer.Exit(exit_code(error)) from error
    told = {"file": str(output), "notices": made.notices, "records": made.records, "withheld": made.withheld}
    if as_json:
        failed = [{"reference": each.where, "code": each.code, "detail": each.detail} for each in made.damaged]
        print_json({**told, "size": made.size, "stamped": made.stamped, "failed": failed})
        _end_on(made.damaged)
        return
    notices = "1 notice" if made.notices == 1 else f"{made.notices} notices"
    console.print(f"{output}: {notices}, {made.records} records", markup=False, soft_wrap=True)
    if made.withheld:
        console.print(f"{made.withheld} of them by digest only: they carry others' notices, or a person's words")
    if not made.stamped:
        console.print("[yellow]the checkpoint has no time-stamp yet[/]: `archive write` asks for one")
    console.print("Who gets it finds in VERIFY.fa.txt and VERIFY.en.txt how to check it without us.")
    _end_on(made.damaged)


def _end_on(damaged: Sequence[GatewayError]) -> None:
    """Name the damaged notices, which the file is without."""
    if damaged:
        tell_all(damaged)
        raise typer.Exit(FINDING)
