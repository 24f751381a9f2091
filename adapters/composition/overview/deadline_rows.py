"""Deadlines and notices at risk as CSV and JSON have them: the same columns for the console and the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.municipal.files.drop_reports import as_csv
from gateway.legal.rules import STARTS
from gateway.notice.written_date import written_day
from gateway.overview.deadlines.at_risk import RISK_WORDS, RiskyNotice
from gateway.overview.deadlines.cockpit import Cockpit, CockpitRow
from gateway.overview.deadlines.due_deadlines import DueNotice
from gateway.runtime.bilingual import Words

COLUMNS: Final = ("reference", "body", "district", "kind", "matter", "last_day", "confirmed", "remarks")

MORE: Final = Words(
    en="This list is not complete: choose fewer days, one body or one district to get the others.",
    fa="این فهرست کامل نیست؛ برای دیدن بقیه، روزهای کمتر، یک مرجع یا یک منطقه را انتخاب کنید.",
)
"""Words below a list that has not all deadlines and notices at risk."""


def cockpit_facts(found: Cockpit) -> dict[str, Any]:
    """Return numbers and notices as JSON can hold them. Days are Jalali."""
    query = found.due.query
    return {
        "from": written_day(query.within.first),
        "until": written_day(query.within.last),
        "today": found.due.today,
        "within": found.due.total,
        "at_risk": found.risk.total,
        "days": {written_day(day): count for day, count in found.due.days.items()},
        "rows": [_row(row) for row in found.rows],
        "deadlines": [_due(each) for each in found.due.notices],
        "notices_at_risk": [_risky(each) for each in found.risk.notices],
        "complete": found.complete,
    }


def cockpit_csv(
    found: Cockpit,
    names: Mapping[str, str],
    say: Callable[[Words], str],
    titles: Mapping[str, Callable[[str], str]] | None = None,
) -> bytes:
    """Return all listed deadlines and notices at risk as CSV; a last row says so if there are more.

    ``names`` are those of the columns. ``titles`` give the title of a code, by the column's name; without them codes
    stand there.
    """
    rows = [
        *(
            {**_due(each), "matter": say(STARTS[each.starts]), "remarks": say(each.doubt) if each.doubt else ""}
            for each in found.due.notices
        ),
        *(
            {
                **_risky(each),
                "matter": "; ".join(say(RISK_WORDS[risk]) for risk in each.risks),
                "confirmed": "",
                "remarks": "",
            }
            for each in found.risk.notices
        ),
    ]
    of = titles or {}
    told = [{names[name]: of[name](row[name]) if name in of else row[name] for name in COLUMNS} for row in rows]
    if not found.complete:
        told.append({names[COLUMNS[0]]: say(MORE)})
    return as_csv([names[name] for name in COLUMNS], told)


def _row(row: CockpitRow) -> dict[str, Any]:
    return {
        "body": row.body,
        "district": row.district,
        "today": row.today,
        "within": row.within,
        "at_risk": row.at_risk,
    }


def _due(each: DueNotice) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "body": each.body,
        "district": each.district,
        "kind": each.kind,
        "starts": each.starts.value,
        "last_day": written_day(each.last_day),
        "confirmed": each.doubt is None,
        "arrival_known": each.arrival_known,
        "remarks": each.doubt and {"en": each.doubt.en, "fa": each.doubt.fa},
    }


def _risky(each: RiskyNotice) -> dict[str, Any]:
    notice = each.notice
    return {
        "reference": notice.reference,
        "body": notice.body,
        "district": notice.district,
        "kind": notice.kind,
        "risks": [risk.value for risk in each.risks],
        "last_day": None if notice.serve_by is None else written_day(notice.serve_by),
    }
