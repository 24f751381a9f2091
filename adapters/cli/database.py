"""`db upgrade`, `db status` and `db payloads`: the gateway's own database and the segment files beside it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from adapters.cli.console import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, errors, print_json, table
from adapters.cli.installation import installation_of
from adapters.storage import migrate
from adapters.storage.segment_audit import Problem

app = typer.Typer(help="The gateway's own database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Create the database, or bring it to this program's version."""
    url = installation_of(config).store_url()
    before, head = migrate.status(url)
    migrate.upgrade(url)
    if as_json:
        print_json({"before": before, "now": head})
    else:
        console.print(f"database: {before or 'none'} → {head}" if before != head else f"database: {head}, up to date")


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the database's version and this program's; exit 1 if they differ."""
    current, head = migrate.status(installation_of(config).store_url())
    if as_json:
        print_json({"current": current, "head": head})
    else:
        console.print(f"database: {current or 'none'}, program: {head}")
    if current != head:
        raise typer.Exit(FINDING)


@app.command("payloads")
def payloads(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Read all segment files and compare them with the rows that name them; exit 1 if octets are missing or changed."""
    installation = installation_of(config)
    counted = installation.store().audit_payloads(_tell)
    if as_json:
        print_json(asdict(counted))
    else:
        rows = table("", "", ">")
        for name, number in asdict(counted).items():
            rows.add_row(name.replace("_", " "), f"{number:,}")
        console.print(rows)
    if counted.problems:
        raise typer.Exit(FINDING)


def _tell(problem: Problem) -> None:
    line = f"{problem.found}: {problem.digest} in {problem.file} from {problem.start}"
    errors.print(line, markup=False, soft_wrap=True)
