"""Entry point of the auditor's own program, `eblagh-verify`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from adapters.shipped.resources import version
from adapters.terminal.printing import console, exit_code, tell
from adapters.terminal.usage import assert_encoded
from adapters.verifier.verbs import archive, consistency, evidence, printed_certificate
from gateway.runtime.errors import GatewayError

app = typer.Typer(
    name="eblagh-verify",
    help="Verifies what Eblagh Gateway archived, offline: no database, no configuration, no network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("archive")(archive.verify)
app.command("consistency")(consistency.consistency)
app.command("evidence")(evidence.verify)
app.command("certificate")(printed_certificate.verify)


def _show_version(asked: bool) -> None:
    if asked:
        console.print(version())
        raise typer.Exit


@app.callback()
def _group(
    asked: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Verifies what Eblagh Gateway archived, offline: no database, no configuration, no network."""


def run() -> None:
    """Run the command line and exit."""
    try:
        assert_encoded(sys.argv[1:])
        app()
    except GatewayError as error:
        tell(error)
        sys.exit(exit_code(error))
