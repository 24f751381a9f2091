"""`db upgrade` and `db status`: the gateway's own database."""

from __future__ import annotations

import typer

from adapters.cli.console import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, print_json
from adapters.storage import migrate
from adapters.wiring import Installation

app = typer.Typer(help="The gateway's own database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Create the database, or bring it to this program's version."""
    url = Installation.of(config).store_url()
    before, head = migrate.status(url)
    migrate.upgrade(url)
    if as_json:
        print_json({"before": before, "now": head})
    else:
        console.print(f"database: {before or 'none'} → {head}" if before != head else f"database: {head}, up to date")


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the database's version and this program's; exit 1 if they differ."""
    current, head = migrate.status(Installation.of(config).store_url())
    if as_json:
        print_json({"current": current, "head": head})
    else:
        console.print(f"database: {current or 'none'}, program: {head}")
    if current != head:
        raise typer.Exit(FINDING)
