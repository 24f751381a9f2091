"""Acts on one notice: chosen on its page, shown with their exact record, then confirmed."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for

from adapters.console.notices.act_choice import chosen_act, hold_in_words, seen_in_form
from adapters.console.notices.opened_notice import open_notice, visible
from adapters.console.pages.notices.notice_page import page_of
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, is_of_the_form, previewed
from gateway.operations.notice_access import Access
from gateway.overview.notices.possible_act import NoticeAct
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("notice_act", __name__)

Answer = Response | str | tuple[str, int]


@blueprint.post("/notices/<reference>/act")
@needs(Permission.ACT_ON_NOTICES)
def act(reference: str) -> Answer:
    """Show the record of the act that was chosen, or do the act that was confirmed.

    A refusal is shown on the notice's page, which says how the notice stands now.
    """
    admission = visible(reference, Permission.ACT_ON_NOTICES)
    try:
        chosen, seen = chosen_act(admission.entry), seen_in_form()
        if seen is None:
            raise GatewayError("act.request", detail="the form does not say how the notice was seen")
        question = Question(
            title=chosen.title,
            about=admission.case_number,
            means=chosen.means,
            back=url_for("notice.shown", reference=reference),
            notes=hold_in_words(admission.entry) if chosen.act is NoticeAct.RELEASE else [],
        )
        return previewed(chosen.act.value, question, references=[reference], seen=seen)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return page_of(open_notice(reference, Access.NOTICE), error), 422


@blueprint.get("/notices/<reference>/act")
@needs(Permission.ACT_ON_NOTICES)
def form(reference: str) -> Response:
    """Lead to the notice's page, on which an act is chosen."""
    visible(reference, Permission.ACT_ON_NOTICES)
    return redirect(url_for("notice.shown", reference=reference, _anchor="act"))  # type: ignore[return-value]
