"""The form of a notice. What was typed stays, with its files; an error stands at its field."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, url_for

from adapters.console.intake.own_drafts import (
    found_draft,
    is_entered,
    judged_draft,
    new_draft_id,
    open_drafts,
    own_bodies,
    shown_problems,
)
from adapters.console.intake.typed_notice import BODY_AND_KIND, body_and_kind, typed_row
from adapters.console.notices.notice_labels import configured_kind
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.uploads import PASS, Upload, takes, upload_pass
from gateway.intake.entered_notice import BODY, GROUPS, KIND, RECIPIENT_KIND, RECIPIENT_KINDS
from gateway.intake.notice_draft import Draft, DraftKind, DraftRow
from gateway.people.permissions import Permission

blueprint = Blueprint("notice_form", __name__)

Answer = Response | str | tuple[str, int]

FORM: Final = Upload(octets=32 * 1024 * 1024)
"""More than a notice's documents may have: one that is too large is told at its field, and the rest is kept."""


@blueprint.get("/intake")
@needs(Permission.ENTER_NOTICES)
def start() -> str:
    """Show both ways of entering notices, and the drafts that wait."""
    bodies = context.installation().settings.bodies
    return render_template(
        "intake/intake.html", bodies={code: bodies[code] for code in own_bodies()}, drafts=open_drafts()
    )


@blueprint.get("/intake/new")
@needs(Permission.ENTER_NOTICES)
def empty() -> str:
    return _page(None, DraftRow())


@blueprint.post("/intake/new")
@needs(Permission.ENTER_NOTICES)
@takes(FORM)
def send() -> Answer:
    """Keep a new draft; lead to its preview, or show what is wrong at each field."""
    return _kept(new_draft_id(), None)


@blueprint.get("/intake/drafts/<draft>/form")
@needs(Permission.ENTER_NOTICES)
def again(draft: str) -> Answer:
    """Show the form of a draft as it was left."""
    found = found_draft(draft)
    if found.kind is not DraftKind.FORM or is_entered(found):
        return redirect(url_for("draft.shown", draft=draft))  # type: ignore[return-value]
    return _page(found, found.rows[0])


@blueprint.post("/intake/drafts/<draft>/form")
@needs(Permission.ENTER_NOTICES)
@takes(FORM)
def change(draft: str) -> Answer:
    """Keep a draft with what was typed now."""
    found = found_draft(draft)
    if found.kind is not DraftKind.FORM or is_entered(found):
        return redirect(url_for("draft.shown", draft=draft))  # type: ignore[return-value]
    return _kept(draft, found.rows[0])


def _kept(draft: str, before: DraftRow | None) -> Answer:
    kept = judged_draft(draft, DraftKind.FORM, [typed_row(draft, before)])
    if kept.rows[0].problems:
        return _page(kept, kept.rows[0]), 422
    return redirect(url_for("draft.shown", draft=draft), 303)  # type: ignore[return-value]


def _page(draft: Draft | None, row: DraftRow) -> str:
    settings, bodies = context.installation().settings, own_bodies()
    action = url_for("notice_form.send") if draft is None else url_for("notice_form.change", draft=draft.id)
    return render_template(
        "intake/notice_form.html",
        draft=draft,
        row=row,
        problems=shown_problems(row),
        bodies={code: settings.bodies[code] for code in bodies},
        groups=GROUPS,
        recipient_kind=RECIPIENT_KIND,
        recipient_kinds=RECIPIENT_KINDS,
        choice_name=BODY_AND_KIND,
        chosen=body_and_kind(row.fields.get(BODY.name, ""), row.fields.get(KIND.name, "")),
        value_of=body_and_kind,
        titled=configured_kind,
        action=f"{action}?{PASS}={upload_pass()}",
    )
