"""The verb `personal-data export`: everything that is held about one person, in one ZIP, for a purpose on record."""

from __future__ import annotations

import os
import sys
import tempfile
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.composition.console.personal_data import NAME, Limits, Made, Subject, account, export, recipient
from adapters.crypto.keys.secret_file import file_beside
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    print_json,
    tell,
    tell_all,
)
from gateway.people.person import login_of
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

app = typer.Typer(help="All that is held about one person: docs/operate/personal-data.md.", no_args_is_help=True)


@app.callback()
def _family() -> None:
    """Keep the noun before the verb, though there is one verb."""


@app.command("export")
def export_file(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to make, such as person.zip.")],
    reason: ReasonOption,
    login: Annotated[
        str | None, typer.Option(help="Of this account of the console; without it, an identifier is asked for, unseen.")
    ] = None,
    without_papers: Annotated[
        bool, typer.Option("--without-papers", help="Leave out papers and brought rows, which may name other persons.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would hold; nothing is recorded.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write all that is held about a recipient, or about an account; exit 1 if there is no notice, or a damaged one.

    The reason is the purpose, such as the letter that asks. It is recorded with the file's digest before the file is
    there. The identifier is asked for at the terminal, or read from the standard input: it stands in no command.
    """
    installation = installation_of(config)
    subject = _subject(installation, login)
    try:
        made, facts = _write(installation, output, subject, reason, papers=not without_papers, dry_run=dry_run)
    except GatewayError as error:
        if error.code != "personal-data.none":
            raise
        tell(error)
        raise typer.Exit(FINDING) from error
    written = made.written
    told = {
        "file": None if dry_run else str(output),
        "notices": len(written.contents.references),
        "acts": written.contents.acts,
        "files": written.files,
        "size": written.size,
        "digest": written.digest,
        "not_indexed": made.unindexed,
        "damaged": [{"reference": each.where, "detail": each.detail} for each in written.contents.damaged],
    }
    if as_json:
        print_json(told)
    else:
        held = f"{told['acts']} acts" if subject.standing else f"{told['notices']} notices"
        where = "it would hold" if dry_run else f"{output}:"
        console.print(f"{where} {held}, {written.files} files, {written.size:,} octets", markup=False, soft_wrap=True)
        if not dry_run:
            console.print(f"{written.digest}, recorded by {by(facts)}", markup=False, soft_wrap=True)
            console.print("look through it before you hand it over: papers and reasons may name other persons")
    if made.unindexed:
        tell(GatewayError("search.incomplete", detail=f"{made.unindexed} notices"))
    if written.contents.damaged:
        tell_all(written.contents.damaged)
        raise typer.Exit(FINDING)


def _subject(installation: Installation, login: str | None) -> Subject:
    if login is not None:
        return account(installation, lambda each: each.person.login == login_of(login))
    return recipient(installation, getpass("identifier: ") if sys.stdin.isatty() else sys.stdin.readline())


def _write(
    installation: Installation, output: Path, subject: Subject, reason: str, *, papers: bool, dry_run: bool
) -> tuple[Made, dict[str, object]]:
    """Write the file beside its place, have it recorded, and only then give it its name."""
    if dry_run:
        with tempfile.TemporaryFile() as nowhere:
            return export(installation, nowhere, subject, papers=papers, limits=Limits()), {}
    if os.path.lexists(output):
        raise GatewayError("personal-data.file", where=str(output), detail="it exists already")
    try:
        with file_beside(output) as file:
            made = export(installation, file, subject, papers=papers, limits=Limits())
            file.flush()
            os.fsync(file.fileno())
            facts = perform(installation, NAME, reason, **made.arguments)
    except OSError as error:
        raise GatewayError("personal-data.file", where=str(output), detail=str(error.strerror)) from error
    return made, facts
