"""`config show`: the settings in force, defaults included."""

from __future__ import annotations

import typer
from sqlalchemy.engine import make_url

from adapters.cli.console import DEFAULT_CONFIG, ConfigOption, JsonOption, console, print_json, table
from adapters.settings import Settings, load

app = typer.Typer(help="The configuration in force.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The configuration in force."""


@app.command("show")
def show(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show every setting, defaults included. Passwords stand in files of their own and are never shown."""
    settings = load(config, Settings)
    data = settings.model_dump(mode="json")
    data["gateway"]["store"] = _without_password(settings.gateway.store)
    if as_json:
        print_json(data)
        return
    rows = table(str(config), "key", "value")
    for key, value in _flat(data):
        rows.add_row(key, str(value))
    console.print(rows)


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _flat(data: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in data.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return rows
