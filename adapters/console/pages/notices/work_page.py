"""Acts of work on a notice: claim, release, hand over, comment. A refusal is shown on the notice's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from adapters.console.notices.opened_notice import visible
from adapters.console.pages.notices.notice_page import refused
from adapters.console.site.access import needs
from adapters.console.site.acting import act, is_of_the_form
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("work", __name__)

Answer = Response | tuple[str, int]

TODAY = "today"
"""Value of the field ``back`` of a form on the page of today."""


@blueprint.post("/notices/<reference>/claim")
@needs(Permission.ACT_ON_NOTICES)
def claim(reference: str) -> Answer:
    """Say that this person works on the notice."""
    return _done(reference, "notice.claim")


@blueprint.post("/notices/<reference>/unclaim")
@needs(Permission.ACT_ON_NOTICES)
def unclaim(reference: str) -> Answer:
    return _done(reference, "notice.unclaim")


@blueprint.post("/notices/<reference>/hand-over")
@needs(Permission.ACT_ON_NOTICES)
def hand_over(reference: str) -> Answer:
    """Hand the notice over to a colleague, with a comment or without."""
    return _done(reference, "notice.hand-over", to=request.form.get("to", ""))


@blueprint.post("/notices/<reference>/comment")
@needs(Permission.ACT_ON_NOTICES)
def comment(reference: str) -> Answer:
    return _done(reference, "notice.comment")


def _done(reference: str, name: str, **arguments: Any) -> Answer:
    visible(reference, Permission.ACT_ON_NOTICES)
    try:
        act(name, reference=reference, **arguments)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return refused(reference, name, error)
    if request.form.get("back") == TODAY:
        return redirect(url_for("today.page", _anchor="waiting"))  # type: ignore[return-value]
    return redirect(url_for("notice.shown", reference=reference, _anchor="work"))  # type: ignore[return-value]
