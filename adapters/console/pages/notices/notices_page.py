"""The list of notices: one box for whatever people have in their hands, filters in the address, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from adapters.composition.console.recipient_hashes import unindexed
from adapters.console.bulk.bulk_view import COUNTED_IN_LIST, Matching, matching
from adapters.console.language.languages import _, say
from adapters.console.notices import notice_labels
from adapters.console.notices.notice_filters import NoticeFilters, Sought
from adapters.console.notices.notice_table import notices_csv
from adapters.console.notices.search_box import Recognised, recognised
from adapters.console.notices.situations import situations
from adapters.console.pages.notices.views_page import address_of, may_be_saved
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.heavy_views import heavy
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.next_step import ACTORS
from gateway.overview.notice_words import STATES
from gateway.overview.notices.notice_sentence import Situation
from gateway.overview.worklist import GROUP_WORDS
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.search.page_key import PageKey
from gateway.search.search_store import FoundPage
from gateway.store.stored import Admission

blueprint = Blueprint("notices", __name__)

PAGE: Final = 25
MOST_IN_FILE: Final = 1000
"""Rows of one CSV file."""

_PRESETS: Final = (
    DeliveryState.IN_DOUBT,
    DeliveryState.DEAD_LETTER,
    DeliveryState.REJECTED,
    DeliveryState.NO_ACCOUNT,
    DeliveryState.SUBMITTED,
    DeliveryState.DELIVERED,
)
"""States that people ask for most, as links above the list."""


@blueprint.get("/notices")
@needs(Permission.SEE_NOTICES)
def listed() -> str:
    """Show a page of the notices that match the filters in the address."""
    return _page(NoticeFilters.of(request.args), request.args.get("after"))


@blueprint.post("/notices/find")
@needs(Permission.SEE_NOTICES)
def find() -> Response | str:
    """Recognise a typed text, and lead to the list of what it finds.

    A text that may be an identifier, and finds nothing, leads nowhere: it would stand in an address.
    """
    found = recognised(request.form.get("q", ""), context.installation(), context.visible_bodies())
    if found is None:
        return redirect(url_for("notices.listed"))  # type: ignore[return-value]
    if not found.found and found.private:
        return _page(NoticeFilters(), None, unfound=found)
    return redirect(url_for("notices.listed", **found.filters.address))  # type: ignore[return-value]


@blueprint.get("/notices/find")
@needs(Permission.SEE_NOTICES)
def again() -> Response:
    """Lead to the list: the answer to a typed text has this address, and cannot be asked for again."""
    return redirect(url_for("notices.listed"))  # type: ignore[return-value]


@blueprint.get("/notices/list.csv")
@needs(Permission.SEE_NOTICES)
@heavy
def file() -> Response:
    """Return the newest notices that match the filters, as CSV.

    Raises `GatewayError` ``search.unfilled`` while the search leaves notices out: a file has no place for that warning.
    """
    if not context.store().search.complete:
        raise GatewayError("search.unfilled")
    found = _found(NoticeFilters.of(request.args), None, MOST_IN_FILE + 1).notices
    response = Response(
        notices_csv(found, MOST_IN_FILE, situations(found)),
        content_type="text/csv; charset=utf-8",
    )
    response.headers["Content-Disposition"] = 'attachment; filename="notices.csv"'
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Notice as a row of the list."""

    notice: Admission
    situation: Situation
    actor: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Acting:
    """Way to act on all notices that match."""

    address: str
    matching: Matching


def _acting(filters: NoticeFilters) -> _Acting | None:
    """Return the way to act on all that match; None if the person may act on none of them."""
    if not context.person().may(Permission.ACT_ON_NOTICES):
        return None
    found = matching(filters, COUNTED_IN_LIST)
    return _Acting(address=url_for("bulk.choose", **filters.address), matching=found) if found.number else None


def _found(filters: NoticeFilters, after: PageKey | None, limit: int) -> FoundPage:
    return context.store().search.find(filters.query(context.visible_bodies()), after=after, limit=limit)


def _page(filters: NoticeFilters, after: str | None, unfound: Recognised | None = None) -> str:
    page = FoundPage() if unfound else _found(filters, PageKey.parsed(after) if after else None, PAGE)
    address = filters.address
    return render_template(
        "notices/notices.html",
        filters=filters,
        rows=[*_rows(page.notices)],
        further=url_for("notices.listed", **address, after=page.next.text) if page.next else None,
        csv=url_for("notices.file", **address) if page.notices else None,
        acting=_acting(filters) if page.notices else None,
        most=MOST_IN_FILE,
        now=context.now(),
        taken=_taken(filters),
        others=[*_others(filters)],
        unfound=unfound,
        troubles=[*_troubles(filters, page, unfound)],
        states=[
            *((name, say(words)) for name, words in GROUP_WORDS.items()),
            *((state.value, say(STATES[state])) for state in DeliveryState),
        ],
        presets=[(state.value, say(STATES[state])) for state in _PRESETS],
        kinds=[(code, say(words)) for code, words in notice_labels.visible_kinds().items()],
        bodies=[(code, say(words)) for code, words in notice_labels.visible_titles().items()],
        labels=notice_labels,
        names=_names(),
        views=context.store().saved_views.of(context.person().id),
        address=address_of(filters),
        may_be_saved=may_be_saved(filters),
    )


def _rows(notices: Sequence[Admission]) -> Iterator[_Row]:
    situation_of = situations(notices)
    for each in notices:
        situation = situation_of(each.entry)
        yield _Row(notice=each, situation=situation, actor=ACTORS[situation.next.actor])


def _names() -> dict[str, str]:
    """Return the names of what a text may be taken for."""
    return {
        Sought.REFERENCE: _("reference"),
        Sought.RECIPIENT: _("recipient's identifier"),
        Sought.CASE: _("case number"),
        Sought.PAPER: _("paper number"),
        Sought.TRACKING: _("tracking number"),
        Sought.NAME: _("recipient's name"),
    }


def _taken(filters: NoticeFilters) -> list[tuple[Sought, str | None]]:
    """Return what the filters' texts were taken for, with the text; an identifier is never shown again."""
    taken: list[tuple[Sought, str | None]] = [*filters.texts.items()]
    return [*taken, (Sought.RECIPIENT, None)] if filters.recipient is not None else taken


def _others(filters: NoticeFilters) -> Iterator[tuple[Sought, str]]:
    """Yield what else a single text may be, with the address of that search."""
    if len(filters.texts) != 1 or filters.recipient is not None or filters.mistakes:
        return
    [(taken, text)] = filters.texts.items()
    for each in (Sought.CASE, Sought.PAPER, Sought.TRACKING, Sought.NAME):
        if each is not taken:
            yield each, url_for("notices.listed", **NoticeFilters(texts={each: text}).address)


def _troubles(filters: NoticeFilters, page: FoundPage, unfound: Recognised | None) -> Iterator[GatewayError]:
    """Yield the reasons for which a notice may be missing from the list."""
    if not context.store().search.complete:
        yield GatewayError("search.unfilled")
    if unfound is not None and unfound.trouble is not None:
        yield unfound.trouble
    if filters.recipient is not None and not page.notices and unindexed(context.installation()):
        yield GatewayError("search.incomplete")
