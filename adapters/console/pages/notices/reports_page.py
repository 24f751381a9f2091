"""Reports: figures of service in a period, by body, kind or district; as a table, a chart and a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import jdatetime
from flask import Blueprint, Response, render_template, request, url_for

from adapters.composition.overview.figure_rows import report_csv
from adapters.console.language.languages import _, say
from adapters.console.notices.notice_labels import body_words, kind_words
from adapters.console.site import context
from adapters.console.site.access import needs
from gateway.notice.legal_effect import persian_digits
from gateway.notice.text import plain
from gateway.notice.written_date import parse_day
from gateway.overview.dates_in_words import civil_day
from gateway.overview.dates_in_words import day as day_in_words
from gateway.overview.service_figures import (
    BY_WORDS,
    DAYS_WORDS,
    FIGURE_WORDS,
    PRICED_WORDS,
    SAVED_WORDS,
    SHARE_WORDS,
    By,
    Figure,
    FigureQuery,
    FigureReport,
    figures,
)
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("reports", __name__)

CHARTED: Final = (Figure.ADMITTED, Figure.ARRIVED, Figure.VIEWED)
MOST_CHARTED: Final = 12
"""Groups of the chart; the table has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters of the address. ``mistakes`` has the reason why a value cannot be used, by its name."""

    first: date
    last: date
    by: By
    body: str | None
    kind: str | None
    district: str | None
    typed: Mapping[str, str]
    mistakes: Mapping[str, Words]

    @classmethod
    def of_request(cls) -> Asked:
        """Read the filters; the period is this Jalali year up to today unless the address has another one."""
        names = ("from", "to", "by", "body", "kind", "district")
        typed = {name: text for name in names if (text := plain(request.args.get(name, "")))}
        today = civil_day(context.now())
        begin = jdatetime.date(jdatetime.date.fromgregorian(date=today).year, 1, 1).togregorian()
        mistakes: dict[str, Words] = {}
        first, last = _day("from", typed, begin, mistakes), _day("to", typed, today, mistakes)
        by = By(typed["by"]) if typed.get("by") in list(By) else By.BODY
        chosen = {name: _code(typed.get(name)) for name in ("body", "kind", "district")}
        return cls(first=first, last=last, by=by, **chosen, typed=typed, mistakes=mistakes)

    @property
    def address(self) -> dict[str, Any]:
        """The filters as parts of an address: a value that means nothing is left out."""
        return {**self.typed, "by": self.by.value}

    def query(self) -> FigureQuery:
        return FigureQuery(
            visible_bodies=visible_bodies(),
            first=self.first,
            last=self.last,
            by=self.by,
            body=self.body,
            kind=self.kind,
            district=self.district,
        )


def visible_bodies() -> frozenset[str] | None:
    """Return the bodies whose figures this person may see; None for all of them."""
    return context.person().bodies_for(Permission.SEE_REPORTS)


@blueprint.get("/reports")
@needs(Permission.SEE_REPORTS)
def shown() -> str | tuple[str, int]:
    """Show the figures of a period in groups."""
    asked = Asked.of_request()
    # Asked first: what is added to the search meanwhile may be missing in the figures.
    complete = context.store().search.complete
    report, mistakes = _report(asked)
    page = render_template(
        "notices/reports.html",
        asked=asked,
        mistakes=mistakes,
        report=report,
        days=[_as_typed(asked.first), _as_typed(asked.last)],
        names=_names(report) if report else {},
        figure_names=FIGURE_WORDS,
        figures=list(Figure),
        share_name=SHARE_WORDS,
        days_name=DAYS_WORDS,
        saved_name=SAVED_WORDS,
        by_name=BY_WORDS[asked.by],
        by_choices=[(by.value, say(words)) for by, words in BY_WORDS.items()],
        body_choices=[(code, say(body_words(code))) for code in _bodies()],
        kind_choices=[(code, say(kind_words(code))) for code in _kinds()],
        charted=CHARTED,
        most_charted=MOST_CHARTED,
        complete=complete,
        file=url_for("reports.file", **asked.address),
    )
    return (page, 422) if mistakes else page


@blueprint.get("/reports.csv")
@needs(Permission.SEE_REPORTS)
def file() -> Response | str | tuple[str, int]:
    """Return the same figures as CSV; if there are mistakes in the address, the page that tells them.

    Raises `GatewayError` ``search.unfilled`` while figures leave notices out: a file has no place for that warning.
    """
    asked = Asked.of_request()
    if not context.store().search.complete:
        raise GatewayError("search.unfilled")
    report, mistakes = _report(asked)
    if report is None or mistakes:
        return shown()
    columns = {figure.value: say(words) for figure, words in FIGURE_WORDS.items()}
    columns |= {"group": say(BY_WORDS[asked.by]), "viewed-percent": say(SHARE_WORDS), "median-days": say(DAYS_WORDS)}
    columns |= {"median-of": _("Median of so many"), "total": _("All together")}
    columns |= {"saved-rials": say(SAVED_WORDS), "saved-of": say(PRICED_WORDS)}
    titles = None
    if asked.by is not By.DISTRICT:
        columns["code"] = _("Code in the configuration")
        titles = {key: say(words) for key, words in _names(report).items()}
    response = Response(report_csv(report, columns, titles), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="service-figures.csv"'
    return response


def _report(asked: Asked) -> tuple[FigureReport | None, Mapping[str, Words]]:
    """Return the report, and the mistakes of the filters."""
    if asked.mistakes:
        return None, asked.mistakes
    try:
        query = asked.query()
    except GatewayError as error:
        return None, {"to": Words(en=error.entry.en, fa=error.entry.fa)}
    return figures(context.store().figures, query, context.installation().settings.reports.prices), {}


def _names(report: FigureReport) -> dict[str, Words]:
    """Return the name of each group."""
    match report.query.by:
        case By.BODY:
            return {row.key: body_words(row.key) for row in report.rows}
        case By.KIND:
            return {row.key: kind_words(row.key) for row in report.rows}
        case _:
            return {row.key: Words(en=row.key or "–", fa=persian_digits(row.key) or "–") for row in report.rows}


def _bodies() -> list[str]:
    own = visible_bodies()
    return [code for code in context.installation().settings.bodies if own is None or code in own]


def _kinds() -> list[str]:
    bodies = context.installation().settings.bodies
    return sorted({kind for code in _bodies() for kind in bodies[code].kinds})


def _day(name: str, typed: Mapping[str, Any], usual: date, mistakes: dict[str, Words]) -> date:
    if name not in typed:
        return usual
    try:
        return parse_day(typed[name])
    except GatewayError as error:
        mistakes[name] = Words(en=error.entry.en, fa=error.entry.fa)
        return usual


def _as_typed(day: date) -> str:
    """Return a day as a person of the page's language types it."""
    return say(Words(en=day.isoformat(), fa=day_in_words(day).fa))


def _code(text: str | None) -> str | None:
    """Return a code; none that a database would refuse (NUL)."""
    return text if text and text.isprintable() else None
