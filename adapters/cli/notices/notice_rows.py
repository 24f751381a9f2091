"""A page of notices on a screen: state, case, date and recipient are visible however narrow it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from adapters.terminal.printing import WIDE, console, moment, screen, table
from gateway.notice.legal_effect import ServiceDate, at_the_latest
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.store.stored import Admission


def show_notices(found: Sequence[Admission]) -> None:
    """Print a table; on a narrow screen two lines for each notice."""
    if console.width >= WIDE:
        _print_wide(found)
    else:
        _print_narrow(found)


def _print_wide(found: Sequence[Admission]) -> None:
    rows = table("", "reference", "state", "case", "recipient", "served", "effect", "code")
    for each in found:
        entry, served = each.entry, each.entry.service
        rows.add_row(
            entry.reference,
            entry.state.value,
            each.case_number,
            each.recipient_name,
            served_on(each, served),
            served.effect.value if served else "–",
            entry.code or "–",
        )
    console.print(rows)


def _print_narrow(found: Sequence[Admission]) -> None:
    for each in found:
        entry, served = each.entry, each.entry.service
        first = f"{entry.reference}  {entry.state.value}  {served_on(each, served)}"
        console.print(Text(f"{first} {served.effect.value}" if served else first, overflow="fold"))
        told = [each.case_number, each.recipient_name, *([entry.code] if entry.code else [])]
        console.print(Text(f"    {'  '.join(told)}", overflow="fold"))


def served_on(admission: Admission, served: ServiceDate | None) -> str:
    """Return the date of service in the screen's calendar, or a dash. By law it is the civil date in Tehran.

    Without a receipt of arrival it is the latest that is possible, and says so.
    """
    if served is None:
        return "–"
    day = moment(admission.entry.service_time)[:10] if screen.utc else served.date
    return day if served.arrival_known else at_the_latest(Words(en=day, fa=day)).en


def summary(admission: Admission) -> dict[str, Any]:
    """Return a notice for programs, without the recipient's name."""
    entry = admission.entry
    served = entry.service
    return {
        "reference": entry.reference,
        "state": entry.state.value,
        "body": admission.body,
        "district": admission.district,
        "case": admission.case_number,
        "paper": admission.paper_number,
        "kind": admission.kind,
        "serve_by": entry.serve_by.isoformat() if entry.serve_by else None,
        "revision": admission.revision,
        "predecessor": admission.predecessor,
        "source": f"{entry.source} row {entry.row_key}",
        "mapping": admission.mapping,
        "tracking_number": entry.tracking_number,
        "delivered_at": _time(entry.delivered_at),
        "viewed_at": _time(entry.viewed_at),
        "legal_service_at": _time(entry.legal_service_at),
        "service_date": served.date if served else None,
        "arrival_known": entry.delivered_at is not None,
        "effect": served.effect.value if served else None,
        "code": entry.code,
        "reason": entry.reason,
        "doubt_fault": entry.doubt_fault,
        "ticket": entry.ticket,
        "attempts": entry.attempts,
        "due_at": _time(entry.due_at),
        "held": entry.held or None,
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else timestamp(value)
