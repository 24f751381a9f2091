"""Notices as a table for spreadsheets: UTF-8 with a byte order mark, and no cell that is read as a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.console.language.formats import sortable_moment
from adapters.console.language.languages import _, say
from adapters.console.notices.notice_labels import body_words, kind_words
from adapters.municipal.files.drop_reports import as_csv
from gateway.notice.legal_effect import EFFECT_NAMES
from gateway.notice.outbox import OutboxEntry
from gateway.overview.next_step import ACTORS
from gateway.overview.notice_words import STATES
from gateway.overview.notices.notice_sentence import Situation
from gateway.store.stored import Admission


def notices_csv(notices: Sequence[Admission], limit: int, situation: Callable[[OutboxEntry], Situation]) -> bytes:
    """Return at most ``limit`` notices as CSV; a last row says so if there are more."""
    columns = _columns(situation)
    rows = [{name: value(each) for name, value in columns.items()} for each in notices[:limit]]
    if len(notices) > limit:
        more = _("There are more than %(limit)s notices; narrow the filters to get the others.") % {"limit": limit}
        rows.append(dict.fromkeys(columns, "") | {next(iter(columns)): more})
    return as_csv([*columns], rows)


def _columns(situation: Callable[[OutboxEntry], Situation]) -> dict[str, Callable[[Admission], str]]:
    """Return the value of each column by its title."""
    return {
        _("Reference"): lambda each: each.entry.reference,
        _("State"): lambda each: say(STATES[each.entry.state]),
        _("In this state since"): lambda each: sortable_moment(each.entry.state_since),
        _("Who must act"): lambda each: say(ACTORS[situation(each.entry).next.actor]),
        _("Kind"): lambda each: say(kind_words(each.kind)),
        _("Issuing body"): lambda each: say(body_words(each.body)),
        _("District"): lambda each: each.district,
        _("Case number"): lambda each: each.case_number,
        _("Paper number"): lambda each: each.paper_number,
        _("Recipient"): lambda each: each.recipient_name,
        _("Tracking number"): lambda each: each.entry.tracking_number or "",
        _("Taken in"): lambda each: sortable_moment(each.entry.admitted_at),
        _("Arrived in the account"): lambda each: sortable_moment(each.entry.delivered_at),
        _("Viewed"): lambda each: sortable_moment(each.entry.viewed_at),
        _("Character of service"): lambda each: (
            say(EFFECT_NAMES[each.entry.service.effect]) if each.entry.service else ""
        ),
    }
