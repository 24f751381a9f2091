"""Many notices by a spreadsheet with their PDFs: the empty one, the upload, and the rows that were not taken."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from adapters.composition.mappings import bodies as body_configs
from adapters.console.intake.own_drafts import found_draft, own_bodies
from adapters.console.intake.uploaded_sheet import kept_sheet, rejected_csv
from adapters.console.language.languages import language
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import is_of_the_form
from adapters.console.site.uploads import PASS, Upload, takes, upload_pass
from adapters.municipal.sheets.notice_sheet import COLUMNS, MAX_ROWS, empty_sheet
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("sheet", __name__)

Answer = Response | str | tuple[str, int]

UPLOAD: Final = Upload(octets=32 * 1024 * 1024, parts=1500)
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/intake/sheet")
@needs(Permission.ENTER_NOTICES)
def upload() -> str:
    return _page(None)


@blueprint.get("/intake/sheet.xlsx")
@needs(Permission.ENTER_NOTICES)
def empty() -> Response:
    """Return an empty spreadsheet for this person's bodies."""
    configured = body_configs(context.installation().settings)
    octets = empty_sheet({code: configured[code] for code in own_bodies()}, language())
    return _file(octets, _XLSX, "notices.xlsx")


@blueprint.post("/intake/sheet")
@needs(Permission.ENTER_NOTICES)
@takes(UPLOAD)
def send() -> Answer:
    """Read a spreadsheet with its files into a draft; lead to its rows, of which none is entered yet."""
    try:
        draft = kept_sheet(request.files.get("sheet"), request.files.getlist("files"))
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(error), 422
    return redirect(url_for("draft.shown", draft=draft.id), 303)  # type: ignore[return-value]


@blueprint.get("/intake/drafts/<draft>/rejected.csv")
@needs(Permission.ENTER_NOTICES)
def rejected(draft: str) -> Response:
    """Return the rows of a draft that cannot be entered, with the reasons."""
    return _file(rejected_csv(found_draft(draft)), "text/csv; charset=utf-8", "rejected-rows.csv")


def _page(error: GatewayError | None) -> str:
    bodies = own_bodies()
    action = f"{url_for('sheet.send')}?{PASS}={upload_pass()}"
    return render_template(
        "intake/sheet.html", error=error, bodies=bodies, action=action, columns=COLUMNS, most_rows=MAX_ROWS
    )


def _file(octets: bytes, media_type: str, name: str) -> Response:
    response = Response(octets, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
