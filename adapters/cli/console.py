"""What every verb shares: options, output for people and for programs, and how an error is told."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.clock import timestamp
from gateway.errors import GatewayError
from gateway.written_date import parse_moment

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The gateway's configuration file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DEFAULT_CONFIG = Path("gateway.toml")

FINDING, MISUSE = 1, 2
_MISUSE_AREAS = frozenset({"config", "key", "certificate", "mapping", "profile", "setup"})
_MISUSE_CODES = frozenset(
    {
        "act.request",
        "act.socket-refused",
        "act.user-namespace",
        "archive.checkpoint",
        "archive.none",
        "archive.none-configured",
        "archive.proof",
        "archive.report",
        "archive.trust",
        "courier.contract",
        "demo.busy",
        "evidence.bodies",
        "evidence.file",
        "evidence.signing",
        "evidence.trust",
        "evidence.unreadable",
        "demo.exists",
        "service.listen",
        "service.role",
        "source.schema",
        "source.since",
        "source.version",
        "store.schema",
    }
)

# Where nobody looks at a screen, lines are long enough for every table.
_WIDTH = None if sys.stdout.isatty() else 200

# No emoji: `:AB:` in a fingerprint is two octets and no picture.
console = Console(highlight=False, emoji=False, width=_WIDTH)
errors = Console(stderr=True, highlight=False, emoji=False, width=_WIDTH)


def exit_code(error: GatewayError) -> int:
    """Return 2 for what an operator must configure, 1 for any other finding."""
    area = error.code.split(".")[0]
    return MISUSE if area in _MISUSE_AREAS or error.code in _MISUSE_CODES else FINDING


def tell(error: GatewayError) -> None:
    """Print an error: where, what, who must act, and what to do."""
    errors.print(f"[bold red]error[/] {error.code}: {error.entry.en}", soft_wrap=True)
    for label, text in (("where", error.where), ("found", error.detail)):
        if text:
            errors.print(f"  {label}: {text}", markup=False, soft_wrap=True)
    errors.print(
        f"  who must act: {error.entry.actor}\n  what to do: {error.entry.remedy}", markup=False, soft_wrap=True
    )


def warn(error: GatewayError) -> None:
    """Print what a person should know before an act, in English and Persian."""
    errors.print(f"[bold yellow]warning[/] {error.code}: {error.entry.en}", soft_wrap=True)
    errors.print(f"  {error.entry.fa}\n  found: {error.detail}", markup=False, soft_wrap=True)
    errors.print(f"  what to do: {error.entry.remedy}\n  {error.entry.remedy_fa}", markup=False, soft_wrap=True)


def print_json(data: dict[str, Any]) -> None:
    """Print one line of JSON."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


class PlainTable(Table):
    """A table whose cells say what they say: brackets in a case number or a reason are no markup."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        super().add_row(*[Text(cell) if isinstance(cell, str) else cell for cell in cells], **options)


def table(title: str, *columns: str) -> PlainTable:
    """Return an empty table in the house style; columns that begin with ``>`` are right-aligned."""
    result = PlainTable(
        title=Text(title, style="bold", no_wrap=True, overflow="ignore") if title else None,
        title_justify="left",
        header_style="dim",
        show_header=any(column.lstrip(">") for column in columns),
        box=None,
        pad_edge=False,
    )
    for column in columns:
        result.add_column(
            column.lstrip(">"), justify="right" if column.startswith(">") else "left", no_wrap=column == "reference"
        )
    return result


def moment(value: Any) -> str:
    """Return a time for a table, or a dash."""
    return "–" if value is None else timestamp(value)[:19] + "Z"


def point_in_time(text: str, option: str) -> datetime:
    """Return a day or a time that an option names, as `parse_moment`: a wrong one is told in both languages."""
    try:
        return parse_moment(text)
    except GatewayError as error:
        raise wrong_date(error, option) from error


def wrong_date(error: GatewayError, option: str) -> typer.BadParameter:
    """Return a refusal of what an option holds, in both languages."""
    entry = error.entry
    return typer.BadParameter(
        f"{error.detail}: {entry.en}; {entry.remedy}\n{entry.fa} {entry.remedy_fa}", param_hint=option
    )


def age(period: timedelta) -> str:
    """Return a period for a table, in its largest whole unit."""
    seconds = max(int(period.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
