"""The verb `legal due`: deadlines that end soon and notices at risk, as the console's page *Deadlines* has them."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated, Final

import typer
from rich.text import Text

from adapters.cli.common.installation import installation_of
from adapters.composition.legal.notice_deadline import law_at
from adapters.composition.overview.deadline_rows import COLUMNS, MORE, cockpit_csv, cockpit_facts
from adapters.composition.passes.shared_policies import time_limits
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    civil_day,
    console,
    errors,
    print_json,
    say,
    screen,
    table,
)
from gateway.legal.due_deadline import LONGEST_RANGE
from gateway.legal.rules import STARTS
from gateway.overview.dates_in_words import civil_day as civil_day_of
from gateway.overview.deadlines.at_risk import RISK_WORDS
from gateway.overview.deadlines.cockpit import WEEK, Cockpit, cockpit, days_from
from gateway.overview.deadlines.due_deadlines import MOST_LISTED, MOST_SHOWN, DueQuery
from gateway.runtime.bilingual import Words


def due(
    within: Annotated[int, typer.Option(min=1, max=LONGEST_RANGE, help="Days, today included.")] = WEEK,
    body: Annotated[str | None, typer.Option(help="Of the body with this code.")] = None,
    district: Annotated[str | None, typer.Option(help="Of this district.")] = None,
    as_csv_file: Annotated[bool, typer.Option("--csv", help="Print CSV, UTF-8 with a byte order mark.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List deadlines whose last day is near, and notices that may not be served in time.

    Last days are computed now, by rules and office calendar. Nothing of it is stored.
    """
    installation = installation_of(config)
    now = installation.clock()
    today = civil_day_of(now)
    query = DueQuery(visible_bodies=None, within=days_from(today, within), today=today, body=body, district=district)
    most = MOST_LISTED if as_csv_file or as_json else MOST_SHOWN
    limits = time_limits(installation.settings)
    found = cockpit(installation.store().deadlines, law_at(installation, None), query, now, limits, most)
    if not installation.store().search.complete:
        errors.print("notices of an earlier version are still being added to the search; some are left out")
    if found.unread is not None:
        if not (as_csv_file or as_json):  # a program would read it as if nothing was due
            _show(found, today)
        raise found.unread
    if as_csv_file:
        sys.stdout.buffer.write(cockpit_csv(found, {name: name for name in COLUMNS}, screen.words))
        if not found.complete:
            say(screen.words(MORE), to=errors)
        return
    if as_json:
        print_json(cockpit_facts(found))
        return
    _show(found, today)


_NOTHING: Final = Words(
    en="No deadline ends in this time, and no notice is at risk.",
    fa="در این بازه مهلتی پایان نمی‌یابد و ابلاغیه‌ای در معرض تأخیر نیست.",
)


def _show(found: Cockpit, today: date) -> None:
    if not found.rows:
        if found.unread is None:
            say(screen.words(_NOTHING))
        return
    rows = table(
        "",
        screen.say("body", "مرجع صادرکننده"),
        screen.say("district", "منطقه"),
        ">" + screen.say("today", "امروز"),
        ">" + screen.say("within", "در بازه"),
        ">" + screen.say("at risk", "در معرض تأخیر"),
    )
    for row in found.rows:
        ends = ("?", "?") if found.unread else (str(row.today), str(row.within))
        rows.add_row(row.body, row.district, *ends, str(row.at_risk))
    console.print(rows)
    for each in found.due.notices:
        doubt = f" ({screen.words(each.doubt)})" if each.doubt else ""
        line = f"{civil_day(each.last_day)}  {each.reference}  {screen.words(STARTS[each.starts])}{doubt}"
        console.print(Text(line, style="bold" if each.last_day == today else ""))
    for risky in found.risk.notices:
        reasons = screen.say("; ", "؛ ").join(screen.words(RISK_WORDS[risk]) for risk in risky.risks)
        console.print(Text(f"{risky.notice.reference}  {reasons}", style="yellow"))
    left = found.due.total + found.risk.total - len(found.due.notices) - len(found.risk.notices)
    if left > 0:
        say(screen.say(f"{left} more; --csv and --json have them", f"{left} مورد دیگر در خروجی ‎--csv و ‎--json می‌آید"))
