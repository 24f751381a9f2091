"""Refused rows as a table for spreadsheets, in the words of their page."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.console.language.formats import sortable_moment
from adapters.console.language.languages import _, language, say, with_remedy
from adapters.console.site import context
from adapters.municipal.files.drop_reports import as_csv
from gateway.notice.masked_identifiers import masked
from gateway.overview.next_step import ACTORS
from gateway.overview.refused_row import RefusedRow, refused_row
from gateway.people.permissions import Permission
from gateway.store.stored import StandingRefusal


def refused_table(found: Iterable[StandingRefusal]) -> bytes:
    """Return refused rows as CSV: UTF-8 with a byte order mark, and no cell that is read as a formula.

    A key of a row has no number that may identify a person, unless the person of the request may reveal identifiers of
    the row's body.
    """
    columns = [_("Source"), _("Row"), _("Case"), _("Code"), _("Field"), _("What is wrong, and what to do")]
    columns += [_("Who must act"), _("Refused since"), _("Shown in the row")]
    return as_csv(columns, [dict(zip(columns, _cells(each), strict=True)) for each in found])


def _cells(standing: StandingRefusal) -> list[str]:
    row = refused_row(standing)
    return [
        row.source,
        row.row_key if _may_reveal(standing.refusal.body) else masked(row.row_key),
        row.case_number or "",
        row.code,
        row.field,
        _told(row),
        say(ACTORS[row.actor]) if row.actor is not None else "",
        sortable_moment(row.since),
        _("yes") if row.written else _("not yet"),
    ]


def _told(row: RefusedRow) -> str:
    """Return the finding of a row and its remedy: in Persian as the row shows it, else the catalogue's."""
    return row.told if language() == "fa" and row.told else with_remedy(say(row.finding), say(row.remedy))


def _may_reveal(body: str | None) -> bool:
    """Return True if the person may reveal identifiers of a body; of a row without one, if of every body."""
    bodies = context.person().bodies_for(Permission.REVEAL_IDENTIFIER)
    return bodies is None or body in bodies
