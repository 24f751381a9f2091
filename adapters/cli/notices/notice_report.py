"""The verb `notice report`: figures of service in a period, as the page *Reports* of the console shows them."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated

import jdatetime
import typer
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.installation import installation_of
from adapters.composition.overview.figure_rows import COLUMNS, report_csv, report_facts
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    print_json,
    screen,
    table,
    tell,
    wrong_date,
)
from gateway.notice.legal_effect import persian_digits
from gateway.notice.written_date import parse_day
from gateway.overview.dates_in_words import civil_day
from gateway.overview.service_figures import (
    BY_WORDS,
    DAYS_WORDS,
    FIGURE_WORDS,
    SAVED_WORDS,
    SHARE_WORDS,
    By,
    Figure,
    FigureQuery,
    FigureReport,
    Figures,
    figures,
)
from gateway.runtime.errors import GatewayError

_NO_LIMIT = 10_000
"""Columns of a line that no table fills."""


def report(
    by: Annotated[By, typer.Option(help="Group by this.")] = By.BODY,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="Default: the first of this year.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Last day, included; default: today.")] = None,
    body: Annotated[str | None, typer.Option(help="Of the body with this code.")] = None,
    kind: Annotated[str | None, typer.Option(help="Of this kind.")] = None,
    district: Annotated[str | None, typer.Option(help="Of this district.")] = None,
    as_csv_file: Annotated[bool, typer.Option("--csv", help="Print CSV, UTF-8 with a byte order mark.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Count notices that were admitted in a period of days of Tehran, by where they stand now.

    Exit 1 while the search of an earlier version's database is not filled: the numbers leave notices out.
    """
    installation = installation_of(config)
    today = civil_day(installation.clock())
    begin = jdatetime.date(jdatetime.date.fromgregorian(date=today).year, 1, 1).togregorian()
    query = FigureQuery(
        visible_bodies=None,
        first=_day(since, begin, "--from"),
        last=_day(until, today, "--until"),
        by=by,
        body=body,
        kind=kind,
        district=district,
    )
    store = installation.store()
    # Asked first: what is added to the search meanwhile may be missing in the figures.
    unfilled = None if store.search.complete else GatewayError("search.unfilled", where="gateway's database")
    if as_csv_file and unfilled is not None:
        raise unfilled
    found = figures(store.figures, query, installation.settings.reports.prices)
    if as_csv_file:
        names = {name: name for name in (*COLUMNS, "total")}
        sys.stdout.buffer.write(report_csv(found, names))
        return
    if as_json:
        print_json({**report_facts(found), **({} if unfilled is None else {"complete": False})})
    elif found.rows:
        _show(found)
    elif unfilled is None:
        console.print(screen.say("no notice was admitted in this period", "در این بازه ابلاغیه‌ای پذیرفته نشده است"))
    if unfilled is not None:
        tell(unfilled)
        raise typer.Exit(FINDING)


def _show(found: FigureReport) -> None:
    show_figures(found, screen.words(BY_WORDS[found.query.by]))
    console.print(screen.words(found.saving_words), markup=False)
    if found.sampled:
        latest = found.total.of_days
        console.print(
            screen.say(
                f"the median is of the latest {latest} viewed notices",
                f"میانه از آخرین {persian_digits(str(latest))} ابلاغیه رؤیت‌شده محاسبه شده است",
            ),
            markup=False,
        )


def show_figures(found: FigureReport, group: str) -> None:
    """Print a table; on a screen on which its words would be broken, a paragraph for each group."""
    has_saving = found.total.saved is not None
    words = [*FIGURE_WORDS.values(), SHARE_WORDS, DAYS_WORDS, *([SAVED_WORDS] if has_saving else [])]
    titles = [screen.words(each) for each in words]
    lines = [(row.key, _cells(row)) for row in found.rows]
    lines.append((screen.say("all", "جمع کل"), _cells(found.total)))
    # A title has a word in each line: so the table fits more screens.
    rows = table("", group, *(">" + title.replace(" ", "\n") for title in titles))
    for key, cells in lines:
        rows.add_row(key, *cells)
    needed = console.measure(rows, options=console.options.update(max_width=_NO_LIMIT)).maximum
    if needed <= console.width:
        console.print(rows)
        return
    for key, cells in lines:
        console.print(Text(key, overflow="fold"))
        told = screen.say("; ", "؛ ").join(f"{title}: {cell}" for title, cell in zip(titles, cells, strict=True))
        console.print(Padding(Text(told, overflow="fold"), (0, 0, 0, 4), expand=False))


def _cells(row: Figures) -> list[str]:
    numbers = [str(row.counts[figure]) for figure in Figure]
    share = "–" if row.share is None else f"{row.share:.0f}"
    saved = [] if row.saved is None else [f"{row.saved:,}"]
    return [*numbers, share, "–" if row.days is None else f"{row.days:.1f}", *saved]


def _day(text: str | None, usual: date, option: str) -> date:
    """Return the day of an option. One that is none is refused with the option's name."""
    try:
        return usual if text is None else parse_day(text)
    except GatewayError as error:
        raise wrong_date(error, option) from error
