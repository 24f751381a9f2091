"""Notices in doubt: those proven absent, those that nobody can tell, and those being asked about, never as one list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.console.notices.act_choice import is_unasked, seen_in_form
from adapters.console.notices.opened_notice import open_notice, visible
from adapters.console.notices.work_view import claim_of
from adapters.console.pages.notices.notice_page import page_of
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, is_of_the_form, previewed
from adapters.console.site.filters import asked
from adapters.console.work.notice_line import NoticeLine, notice_lines, page_of_notice
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.text import plain
from gateway.operations.intervention import DoubtDecision
from gateway.operations.notice_access import Access
from gateway.overview.doubts.doubt_explained import ExplainedDoubt, explain_doubt
from gateway.overview.doubts.doubt_kind import CERTAINTIES, DOUBTS, Certainty, doubt_kind
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among
from gateway.store.stored import Admission
from gateway.store.waiting_receipt import disputed

blueprint = Blueprint("doubts", __name__)

Answer = Response | str | tuple[str, int]

PAGE: Final = 50

AMONG: Final[Mapping[Certainty, Among]] = {
    Certainty.ABSENT: Among(undecided=True, absent=True),
    Certainty.UNTOLD: Among(undecided=True, absent=False),
    Certainty.ASKED: Among(asked=True),
}
"""List → the notices in it."""

_MEANS: Final[Mapping[Certainty, Words]] = {
    Certainty.ABSENT: Words(
        en="The judiciary answered twice, after no message could arrive any more, that it does not know these notices. "
        "A person decides whether each is sent again or withdrawn; nothing can be served twice by it.",
        fa="قوه قضاییه پس از زمانی که دیگر پیامی نمی‌توانست برسد، دو بار پاسخ داده است که این ابلاغیه‌ها را نمی‌شناسد. "
        "متصدی تعیین می‌کند هر یک دوباره ارسال یا پس گرفته شود؛ با این تصمیم ابلاغ دوباره‌ای رخ نمی‌دهد.",
    ),
    Certainty.UNTOLD: Words(
        en="These notices may have arrived, and no inquiry settles that. Ask the judiciary by other means before "
        "anybody decides: a notice that is sent twice can start a second deadline.",
        fa="ممکن است این ابلاغیه‌ها رسیده باشد و استعلام آن را روشن نمی‌کند. پیش از هر تصمیم از طریق دیگری از قوه "
        "قضاییه بپرسید؛ ارسال دوباره ابلاغیه‌ای که رسیده است می‌تواند مهلت دومی را آغاز کند.",
    ),
    Certainty.ASKED: Words(
        en="These notices may have arrived. The gateway asks the judiciary by itself, and nobody has to act.",
        fa="ممکن است این ابلاغیه‌ها رسیده باشد. درگاه خودبه‌خود از قوه قضاییه استعلام می‌کند و اقدامی لازم نیست.",
    ),
}
"""List → its meaning, in a sentence above it."""


@blueprint.get("/queue/doubts")
@needs(Permission.SEE_QUEUE)
def overview() -> str:
    """Show which lists of doubts there are, with the first few of each; each list has a page of its own."""
    lists = [(each, CERTAINTIES[each], _MEANS[each], *_page(each, 5, None)) for each in Certainty]
    return render_template("work/doubts.html", lists=lists, kinds=DOUBTS)


@blueprint.get("/queue/doubts/list/<certainty>")
@needs(Permission.SEE_QUEUE)
def listed(certainty: str) -> str:
    """Show one list of doubts, by reference."""
    named = _certainty(certainty)
    lines, last = _page(named, PAGE, asked("after"))
    return render_template(
        "work/doubt_list.html",
        title=CERTAINTIES[named],
        means=_MEANS[named],
        lines=lines,
        further=None if last is None else url_for("doubts.listed", certainty=named.value, after=last),
    )


@blueprint.get("/queue/doubts/<reference>")
@needs(Permission.SEE_NOTICES)
def explained(reference: str) -> str | Response:
    """Explain one doubt; lead to the notice's page if it is not in doubt any more."""
    admission = visible(reference)
    if admission.entry.state is not DeliveryState.IN_DOUBT:
        return redirect(page_of_notice(reference))  # type: ignore[return-value]
    return _explained(admission)


@blueprint.post("/queue/doubts/<reference>/decide")
@needs(Permission.ACT_ON_NOTICES)
def decide(reference: str) -> Answer:
    """Show the record of the decision that was chosen, or take the decision that was confirmed.

    A refusal is shown on the page of the doubt; on that of the notice if it is not in doubt any more.
    """
    admission = visible(reference, Permission.ACT_ON_NOTICES)
    try:
        return _decided(admission)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        present = visible(reference)
        if present.entry.state is not DeliveryState.IN_DOUBT:
            return page_of(open_notice(reference, Access.NOTICE), error), 422
        return _explained(present, error), 422


@blueprint.get("/queue/doubts/<reference>/decide")
@needs(Permission.ACT_ON_NOTICES)
def form(reference: str) -> Response:
    """Lead to the page of the doubt, on which a decision is chosen."""
    visible(reference, Permission.ACT_ON_NOTICES)
    return redirect(url_for("doubts.explained", reference=reference, _anchor="decisions"))  # type: ignore[return-value]


def _decided(admission: Admission) -> Response | str:
    reference, verdict = admission.entry.reference, request.form.get("verdict", "")
    if not verdict:
        raise GatewayError("act.none")
    if verdict not in list(DoubtDecision):
        abort(404)
    seen = seen_in_form()
    if seen is None:
        raise GatewayError("act.request", detail="the form does not say how the notice was seen")
    meaning = next(each for each in _doubt(admission).decisions if each.decision == verdict)
    told = plain(request.form.get("tracking_number", "")) if verdict == DoubtDecision.SUBMITTED else ""
    question = Question(
        title=meaning.name,
        about=admission.case_number,
        means=meaning.means,
        warning=meaning.warning,
        back=url_for("doubts.explained", reference=reference),
        done=page_of_notice(reference),
    )
    return previewed(
        "queue.decide",
        question,
        references=[reference],
        seen=seen,
        verdict=verdict,
        although=f"although-{verdict}" in request.form,
        tracking_number=told or None,
    )


def _doubt(admission: Admission) -> ExplainedDoubt:
    entry, store = admission.entry, context.store()
    return explain_doubt(
        entry,
        store.notices.history(entry.reference),
        context.installation().settings.judiciary.settle_seconds,
        context.now(),
        unasked=is_unasked(entry),
        receipt_waits=bool(disputed(store.quarantine, [entry.reference])),
    )


def _explained(admission: Admission, error: GatewayError | None = None) -> str:
    doubt = _doubt(admission)
    return render_template(
        "work/doubt.html",
        doubt=doubt,
        entry=admission.entry,
        line=notice_lines([admission])[0],
        certainty=CERTAINTIES[doubt.certainty],
        page_of_notice=page_of_notice(admission.entry.reference),
        decides=context.person().may(Permission.ACT_ON_NOTICES, admission.body),
        sees_queue=context.person().may(Permission.SEE_QUEUE),
        error=error,
        form=request.form,
        claim=claim_of(admission.entry.reference),
    )


def _page(certainty: Certainty, limit: int, after: str | None) -> tuple[list[tuple[NoticeLine, Words]], str | None]:
    """Return a page of a list, each line with the kind of its doubt; and the last reference if there are more."""
    found = context.store().notices.find(
        state=DeliveryState.IN_DOUBT, limit=limit + 1, after=after, among=AMONG[certainty]
    )
    shown = [each for each in found[:limit] if context.person().sees(each.body)]
    last = found[limit - 1].entry.reference if len(found) > limit else None
    return list(zip(notice_lines(shown), map(_kind, shown), strict=True)), last


def _kind(admission: Admission) -> Words:
    return DOUBTS[doubt_kind(admission.entry)]


def _certainty(name: str) -> Certainty:
    try:
        return Certainty(name)
    except ValueError:
        abort(404)
