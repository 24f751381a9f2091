"""A draft before it is entered: what will be sealed, with its papers; and afterwards what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.composition.preview.entered_row import DraftJudge
from adapters.console.intake.own_drafts import found_draft, is_entered, own_bodies, shown_problems
from adapters.console.intake.uploaded_sheet import shown_cell
from adapters.console.notices.notice_labels import configured_kind
from adapters.console.notices.shown_documents import document_response
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import SHOWN, act, is_of_the_form
from adapters.municipal.sheets.notice_sheet import COLUMNS
from gateway.intake.entered_notice import BODY, IDENTIFIER, RECIPIENT_KINDS
from gateway.intake.hand_entry import shown_digest
from gateway.intake.notice_draft import Draft, DraftFile, DraftKind, DraftRow
from gateway.notice.fields import InvalidField, media_type
from gateway.notice.notice import Notice
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import AdmissionResult

blueprint = Blueprint("draft", __name__)

Answer = Response | str | tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredLine:
    """Entered row: whether its notice is sealed already, or why it was refused."""

    row: DraftRow
    sealed: bool
    verdict: AdmissionResult | None


@blueprint.get("/intake/drafts/<draft>")
@needs(Permission.ENTER_NOTICES)
def shown(draft: str) -> Answer:
    return _page(found_draft(draft), None)


@blueprint.post("/intake/drafts/<draft>/enter")
@needs(Permission.ENTER_NOTICES)
def enter(draft: str) -> Answer:
    """Enter the good rows of a draft, only as its page showed them. A second press changes nothing."""
    person, shown = found_draft(draft).person, request.form.get(SHOWN, "")
    try:
        act("intake.enter", draft=draft, person=person, bodies=own_bodies(), shown=shown)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(found_draft(draft), error), 422
    return redirect(url_for("draft.shown", draft=draft), 303)  # type: ignore[return-value]


@blueprint.post("/intake/drafts/<draft>/delete")
@needs(Permission.ENTER_NOTICES)
def delete(draft: str) -> Response:
    """Delete a draft; what was entered from it stays."""
    context.store().drafts.delete(found_draft(draft).id, context.person().id)
    return redirect(url_for("notice_form.start"), 303)  # type: ignore[return-value]


@blueprint.get("/intake/drafts/<draft>/files/<digest>")
@needs(Permission.ENTER_NOTICES)
def file(draft: str, digest: str) -> Response:
    """Return a file of a draft for the browser's own viewer, in which nothing of it runs."""
    octets = context.store().drafts.file(found_draft(draft).id, context.person().id, f"sha256:{digest}")
    if octets is None:
        abort(404)
    try:
        form = media_type(octets)
    except InvalidField:
        form = "application/octet-stream"
    return document_response(octets, form, f"draft-{digest[:8]}")


def _page(draft: Draft, error: GatewayError | None) -> str:
    entered = [_entered(row) for row in draft.rows if row.entered]
    waiting = [row for row in draft.rows if not row.entered]
    single = draft.kind is DraftKind.FORM
    notice = _notice(draft) if single and waiting and not waiting[0].problems else None
    return render_template(
        "intake/draft.html" if single else "intake/sheet_draft.html",
        draft=draft,
        error=error,
        entered=entered,
        busy=any(not each.sealed and not (each.verdict and each.verdict.refusal) for each in entered),
        whole=is_entered(draft),
        waiting=waiting,
        good=[row for row in waiting if not row.problems],
        problems={row.line: shown_problems(row) for row in waiting},
        notice=notice,
        shown=_seen(draft, notice),
        columns=COLUMNS,
        cell=shown_cell,
        kinds=RECIPIENT_KINDS,
        titled=configured_kind,
        identifier=IDENTIFIER,
        bodies=context.installation().settings.bodies,
        address=_address,
    )


def _seen(draft: Draft, notice: Notice | None) -> str:
    """Return the digest of what this page shows, to which the act of entering is bound."""
    if draft.kind is DraftKind.SHEET:
        return DraftJudge(context.installation(), own_bodies()).sheet_digest(draft)
    return shown_digest(notice, draft.rows[0].files) if notice else ""


def _notice(draft: Draft) -> Notice | None:
    """Return the notice that would be sealed now."""
    return DraftJudge(context.installation(), own_bodies()).judge(draft, draft.rows[0]).notice


def _entered(row: DraftRow) -> EnteredLine:
    assert row.reference is not None
    if context.store().notices.admission(row.reference) is not None:
        return EnteredLine(row=row, sealed=True, verdict=None)
    source = DraftJudge(context.installation(), [row.fields[BODY.name]]).source_of(row)
    return EnteredLine(
        row=row, sealed=False, verdict=context.store().inbox.verdicts(source, [row.reference]).get(row.reference)
    )


def _address(draft: Draft, file: DraftFile) -> str:
    return url_for("draft.file", draft=draft.id, digest=file.digest.removeprefix("sha256:"))
