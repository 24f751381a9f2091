"""The switch that stops everything: thrown on the page of today, after its record was shown."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, redirect, request, url_for

from adapters.acts.upkeep_facts import switch_facts
from adapters.console.pages.work.today_page import today
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, is_of_the_form, previewed
from gateway.overview.gateway_act import RESUME, STOP, last_use
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("switch", __name__)

_ACTS: Final = {act.name: act for act in (STOP, RESUME)}


@blueprint.post("/switch")
@needs(Permission.OPERATE_GATEWAY)
def throw() -> Response | str | tuple[str, int]:
    """Show the record of the act that was chosen, or do the act that was confirmed."""
    chosen = _ACTS.get(request.form.get("act", ""))
    if chosen is None:
        abort(404)
    back = url_for("today.page")
    question = Question(title=chosen.title, about="", means=chosen.means, back=back, notes=_standing())
    try:
        return previewed(chosen.name, question)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return today(error), 422


def _standing() -> list[Words]:
    """Return the use of the switch that the act ends; none before the first one."""
    facts = switch_facts(context.store())
    if "since" not in facts:
        return []
    since = parse_timestamp(facts["since"])
    return [last_use(stopped=facts["stopped"], since=since, account=facts["account"], reason=facts["reason"])]


@blueprint.get("/switch")
@needs(Permission.OPERATE_GATEWAY)
def form() -> Response:
    """Lead to the switch on the page of today."""
    return redirect(url_for("today.page", _anchor="switch"))  # type: ignore[return-value]
