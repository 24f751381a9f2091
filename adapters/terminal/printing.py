"""Common parts of every verb: options, output for people and for programs, and the display of an error."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from adapters.terminal.safe_console import SafeConsole, harmless_json
from gateway.notice.legal_effect import jalali
from gateway.notice.written_date import parse_moment
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The gateway's configuration file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
DEFAULT_CONFIG = Path("gateway.toml")

FINDING, MISUSE = 1, 2
_MISUSE_AREAS = frozenset({"search", "config", "key", "certificate", "mapping", "profile", "setup", "legal"})
_MISUSE_CODES = frozenset(
    {
        "act.reason",
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
        "courier.pattern",
        "demo.busy",
        "demo.city-store",
        "evidence.bodies",
        "evidence.file",
        "evidence.signing",
        "evidence.trust",
        "evidence.unreadable",
        "demo.exists",
        "demo.folder",
        "personal-data.file",
        "program.argument",
        "program.output",
        "service.listen",
        "service.processes",
        "service.role",
        "source.schema",
        "source.since",
        "source.version",
        "store.schema",
    }
)

WIDE = 120
"""Columns of a terminal on which a notice, a row or an endpoint fits one line."""

# If the output is no screen, lines are long enough for every table.
_WIDTH = None if sys.stdout.isatty() else 200

# No emoji: `:AB:` in a fingerprint is two octets and no picture.
console = SafeConsole(highlight=False, emoji=False, width=_WIDTH)
errors = SafeConsole(stderr=True, highlight=False, emoji=False, width=_WIDTH)
# A terminal breaks lines within words; elsewhere a line stays whole, so that programs can search it.
_WHOLE = not errors.is_terminal


def say(sentence: str, style: str | None = None, to: SafeConsole = console) -> None:
    """Print a sentence: broken between words at a terminal, whole elsewhere."""
    to.print(sentence, style=style, markup=False, soft_wrap=not to.is_terminal)


def exit_code(error: GatewayError) -> int:
    """Return 2 for an error that an operator must configure, 1 for any other finding."""
    area = error.code.split(".")[0]
    return MISUSE if area in _MISUSE_AREAS or error.code in _MISUSE_CODES else FINDING


def tell_all(found: Iterable[GatewayError]) -> None:
    """Print errors; repeated ones are printed once, with their number."""
    first: dict[tuple[str, str, str], GatewayError] = {}
    met: Counter[tuple[str, str, str]] = Counter()
    for error in found:
        about = error.code, error.where, error.detail
        first.setdefault(about, error)
        met[about] += 1
    for about, error in first.items():
        tell(error, met[about])


def tell(error: GatewayError, times: int = 1) -> None:
    """Print an error: place, finding, person who must act, and remedy; its meaning and remedy in Persian, too."""
    entry, often = error.entry, f" ({times} times)" if times > 1 else ""
    errors.print(f"[bold red]error[/] {error.code}: {entry.en}{often}", soft_wrap=_WHOLE)
    for label, text in (("where", error.where), ("found", error.detail)):
        if text:
            errors.print(f"  {label}: {in_calendar(text)}", markup=False, soft_wrap=_WHOLE)
    errors.print(f"  who must act: {entry.actor}\n  what to do: {entry.remedy}", markup=False, soft_wrap=_WHOLE)
    errors.print(f"  {entry.fa} {entry.remedy_fa}", markup=False, soft_wrap=_WHOLE)


def warn(error: GatewayError) -> None:
    """Print a warning before an act, in English and Persian."""
    errors.print(f"[bold yellow]warning[/] {error.code}: {error.entry.en}", soft_wrap=True)
    errors.print(f"  {error.entry.fa}\n  found: {error.detail}", markup=False, soft_wrap=True)
    errors.print(f"  what to do: {error.entry.remedy}\n  {error.entry.remedy_fa}", markup=False, soft_wrap=True)


def print_json(data: dict[str, Any]) -> None:
    """Print one line of JSON."""
    sys.stdout.write(harmless_json(json.dumps(data, ensure_ascii=False, default=str)) + "\n")
    sys.stdout.flush()


class PlainTable(Table):
    """Table of literal cells: brackets in a case number or a reason are no markup."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        super().add_row(*[Text(cell) if isinstance(cell, str) else cell for cell in cells], **options)


def table(title: str, *columns: str) -> PlainTable:
    """Return an empty table in the house style.

    Columns that begin with ``>`` are right-aligned; cells of those that begin with ``!`` are never broken.
    """
    result = PlainTable(
        title=Text(title, style="bold", no_wrap=True, overflow="ignore") if title else None,
        title_justify="left",
        header_style="dim",
        show_header=any(column.lstrip(">!") for column in columns),
        box=None,
        pad_edge=False,
    )
    for column in columns:
        result.add_column(
            column.lstrip(">!"),
            justify="right" if column.startswith(">") else "left",
            no_wrap=column.startswith("!") or column == "reference",
            # A long text continues on the next line: half of a reference or a digest is useless.
            overflow="fold",
        )
    return result


_ISOLATES = re.compile("[\u2066-\u2069]")


class Language(StrEnum):
    """Language of `status`."""

    ENGLISH = "en"
    PERSIAN = "fa"


@dataclass(slots=True)
class Screen:
    """Options of one run of the program that stand beside every verb."""

    utc: bool = False
    language: Language = Language.ENGLISH

    def say(self, en: str, fa: str) -> str:
        return fa if self.language is Language.PERSIAN else en

    def words(self, words: Words) -> str:
        """Return a text in the screen's language, without the marks that isolate its direction on a page."""
        return _ISOLATES.sub("", self.say(words.en, words.fa))


screen = Screen()

_STORED_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
"""Form of `gateway.runtime.clock.timestamp`; examples of times in the words of an error have no microseconds."""


def moment(value: datetime | str | None) -> str:
    """Return a time for a person, or a dash: Jalali with Tehran's time, or RFC 3339 in UTC with ``--utc``.

    A text is a stored time stamp; so no screen has two calendars.
    """
    if value is None:
        return "–"
    at = parse_timestamp(value) if isinstance(value, str) else value
    return timestamp(at)[:19] + "Z" if screen.utc else f"{jalali(at)} {at.astimezone(TEHRAN):%H:%M:%S}"


def in_calendar(text: str) -> str:
    """Return a text with each stored time stamp in it as `moment` shows it."""
    return _STORED_TIME.sub(lambda found: moment(found[0]), text)


def day(value: datetime | None) -> str:
    """Return the day of a time, in the same calendar."""
    return "–" if value is None else moment(value)[:10]


def civil_day(value: date | None) -> str:
    """Return a civil day, which has no time, in the same calendar."""
    if value is None:
        return "–"
    return value.isoformat() if screen.utc else jalali(datetime.combine(value, time(12), TEHRAN))


def clock_time(value: datetime, now: datetime) -> str:
    """Return the hour and minute of a time, with its day if that is not today."""
    shown = moment(value)
    return shown[11:16] + ("Z" if screen.utc else "") if shown[:10] == moment(now)[:10] else shown


def point_in_time(text: str, option: str) -> datetime:
    """Return a day or a time from an option, as `parse_moment`; a wrong one is reported in both languages."""
    try:
        return parse_moment(text)
    except GatewayError as error:
        raise wrong_date(error, option) from error


def wrong_date(error: GatewayError, option: str) -> typer.BadParameter:
    """Return the refusal of an option's value, in both languages."""
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
