"""Deadlines: what ends today and soon, and notices that may not be served in time, by body and district."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, url_for

from adapters.composition.legal.measured_outages import measured_outages
from adapters.composition.legal.notice_deadline import law_at
from adapters.composition.overview.deadline_rows import cockpit_csv
from adapters.composition.passes.shared_policies import time_limits
from adapters.console.language.languages import _, say
from adapters.console.notices.notice_labels import body_words, kind_words
from adapters.console.site import context
from adapters.console.site.access import needs
from gateway.certificate.outage_words import cause, duration
from gateway.legal.rules import STARTS
from gateway.notice.text import plain
from gateway.overview.dates_in_words import civil_day
from gateway.overview.deadlines.at_risk import RISK_WORDS
from gateway.overview.deadlines.cockpit import RANGES, WEEK, Cockpit, cockpit, days_from
from gateway.overview.deadlines.due_deadlines import MOST_LISTED, MOST_SHOWN, DueQuery
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("deadlines", __name__)

_LOOKED_BACK: Final = timedelta(days=30)
"""Time of the outages on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Filters of the address. A value that means nothing is as if it was not there."""

    days: int
    body: str | None
    district: str | None

    @classmethod
    def of_request(cls) -> Asked:
        typed = {name: plain(request.args.get(name, "")) for name in ("days", "body", "district")}
        days = next((each for each in RANGES if str(each) == typed["days"]), WEEK)
        # None that a database would refuse (NUL).
        body, district = (text if (text := typed[name]).isprintable() else "" for name in ("body", "district"))
        return cls(days=days, body=body or None, district=district or None)

    @property
    def address(self) -> dict[str, Any]:
        """The filters as parts of an address."""
        parts = {"days": self.days, "body": self.body, "district": self.district}
        return {name: value for name, value in parts.items() if value is not None}


@blueprint.get("/deadlines")
@needs(Permission.SEE_NOTICES)
def shown() -> str:
    """Show the deadlines of the next days and the notices at risk."""
    asked = Asked.of_request()
    found = _found(asked, MOST_SHOWN)
    return render_template(
        "notices/deadlines.html",
        asked=asked,
        found=found,
        range_choices=[(str(days), _range(days)) for days in RANGES],
        body_choices=[(code, say(body_words(code))) for code in _bodies()],
        body_words=body_words,
        kind_words=kind_words,
        starts=STARTS,
        risk_words=RISK_WORDS,
        complete=context.store().search.complete,
        file=url_for("deadlines.file", **asked.address),
        outages=measured_outages(context.installation(), context.now() - _LOOKED_BACK, context.now(), context.now()),
        cause=cause,
        duration=duration,
        now=context.now(),
    )


@blueprint.get("/deadlines.csv")
@needs(Permission.SEE_NOTICES)
def file() -> Response:
    """Return the same deadlines and notices as CSV, without names; the error if no last day is known.

    Raises `GatewayError` ``search.unfilled`` while notices are left out.
    """
    if not context.store().search.complete:
        raise GatewayError("search.unfilled")
    names = {
        "reference": _("Reference"),
        "body": _("Issuing body"),
        "district": _("District"),
        "kind": _("Kind"),
        "matter": _("Matter"),
        "last_day": _("Last day"),
        "confirmed": _("Confirmed"),
        "remarks": _("Remarks"),
    }
    titles = {"body": lambda code: say(body_words(code)), "kind": lambda code: say(kind_words(code))}
    found = _found(Asked.of_request(), MOST_LISTED)
    if found.unread is not None:
        # A file says nowhere that half of it is missing.
        raise found.unread
    octets = cockpit_csv(found, names, say, titles)
    response = Response(octets, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="deadlines.csv"'
    return response


def _found(asked: Asked, most: int) -> Cockpit:
    installation, today = context.installation(), civil_day(context.now())
    query = DueQuery(
        visible_bodies=_visible(),
        within=days_from(today, asked.days),
        today=today,
        body=asked.body,
        district=asked.district,
    )
    limits = time_limits(installation.settings)
    return cockpit(context.store().deadlines, law_at(installation, None), query, context.now(), limits, most)


def _visible() -> frozenset[str] | None:
    """Return the bodies whose notices this person may see; None for all of them."""
    return context.person().bodies_for(Permission.SEE_NOTICES)


def _bodies() -> list[str]:
    own = _visible()
    return [code for code in context.installation().settings.bodies if own is None or code in own]


def _range(days: int) -> str:
    match days:
        case 1:
            return _("today")
        case 7:
            return _("the next 7 days")
        case 14:
            return _("the next 14 days")
        case _:
            return _("the next 30 days")
