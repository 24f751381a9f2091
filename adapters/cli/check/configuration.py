"""`config show`: the settings in force, defaults included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

import typer
from sqlalchemy.engine import make_url

from adapters.settings import Settings, load
from adapters.terminal.printing import DEFAULT_CONFIG, WIDE, ConfigOption, JsonOption, console, print_json, say, table

_UNITS: Final = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
}

app = typer.Typer(help="The configuration in force.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The configuration in force."""


@app.command("show")
def show(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show every setting, defaults included. Passwords stand in files of their own and are never shown."""
    settings = load(config, Settings)
    if as_json:
        print_json(_without_passwords(settings, settings.model_dump(mode="json")))
        return
    found = [
        (key, value_words(key, value)) for key, value in _flat(_without_passwords(settings, settings.model_dump()))
    ]
    if console.width < WIDE:
        for key, told in found:
            say(f"{key}: {told}")
        return
    rows = table(str(config), "!key", "value")
    for row in found:
        rows.add_row(*row)
    console.print(rows)


def value_words(key: str, value: object) -> str:
    """Return a value as a person reads it: a period in the unit of its key, and in a larger one that fits."""
    match value:
        case None:
            return "not set"
        case bool():
            return str(value).lower()
        case timedelta():
            return _period(key, value)
        case time():
            return value.isoformat("minutes" if not value.second else "auto")
        case datetime():
            return value.isoformat()
        case list() | tuple() | set() | frozenset():
            return ", ".join(value_words(key, each) for each in value) or "none"
    return str(value)


def _period(key: str, value: timedelta) -> str:
    named = re.split(r"[._]", key)[-1]
    unit = named if named in _UNITS else "seconds"
    told = _counted(value, unit)
    larger = next((name for name in _UNITS if value >= _UNITS[name] > _UNITS[unit] and not value % _UNITS[name]), None)
    return f"{told} ({_counted(value, larger)})" if larger else told


def _counted(value: timedelta, unit: str) -> str:
    number = value / _UNITS[unit]
    return f"{number:.10g} {unit.removesuffix('s') if number == 1 else unit}"


def _without_passwords(settings: Settings, data: dict[str, Any]) -> dict[str, Any]:
    data["gateway"]["store"] = make_url(settings.gateway.store).render_as_string(hide_password=True)
    return data


def _flat(data: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield dotted keys and values; tables in a list are counted from 1."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and any(isinstance(each, dict) for each in value):
            yield from _flat({str(number): each for number, each in enumerate(value, start=1)}, f"{prefix}{key}.")
        else:
            yield prefix + key, value
