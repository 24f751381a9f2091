"""Import of a mapping file: a person uploads it, sees what it is, and stores it as a version."""

from __future__ import annotations

import base64
import binascii
from contextlib import closing
from pathlib import PurePosixPath
from typing import Final

from flask import Blueprint, Response, redirect, render_template, request, url_for

from adapters.composition.sources import assert_mappable, assert_results
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.form_limits import assert_few_fields
from adapters.console.versions.life_form import chosen_sources
from adapters.console.versions.previewed_act import (
    confirmation_in_form,
    confirmed,
    is_shown_in_form,
    previewed,
)
from adapters.contracts.mapping_files import kind_of
from gateway.mapping.compiler.draft import MAX_FILE
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW
from gateway.overview.versions.version_words import EVENTS, SUBJECTS
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.version_subject import Subject

blueprint = Blueprint("mapping_import", __name__)

Answer = Response | str | tuple[str, int]

_ACT: Final = "mapping.import"
_TITLE: Final = Words(en="Import a mapping file", fa="وارد کردن فایل نگاشت")
_MAX_LABEL: Final = 100


@blueprint.get("/mappings/import")
@needs(Permission.EDIT_MAPPINGS)
def form() -> str:
    return _form(None)


@blueprint.post("/mappings/import")
@needs(Permission.EDIT_MAPPINGS)
def upload() -> Answer:
    """Show what the file would be as a version; store it once that is confirmed."""
    assert_few_fields()
    try:
        octets, label = _file()
        sources = chosen_sources()
        asked = {"octets": base64.b64encode(octets).decode(), "label": label, "sources": sources}
        if (confirmation := confirmation_in_form()) is not None:
            confirmed(confirmation, _ACT, **asked)
            return redirect(_address(octets))  # type: ignore[return-value]
        preview = previewed(_ACT, **asked)
    except GatewayError as error:
        if not is_shown_in_form(error):
            raise
        return _form(error), 422
    if preview is None:
        return redirect(_address(octets))  # type: ignore[return-value]
    return render_template(
        "versions/act_preview.html",
        preview=preview,
        hidden=[("octets", asked["octets"]), ("label", label), *(("source", each) for each in sources)],
        reason=request.form.get("reason", "").strip(),
        back=url_for("mapping_import.form"),
        title=_TITLE,
        subject=_subject(octets),
        heading=preview.label,
        losses=[],
        lacking=_lacking(octets, label, sources),
        events=EVENTS,
        subjects=SUBJECTS,
    )


def _file() -> tuple[bytes, str]:
    """Return the uploaded file and its name; behind a preview both stand in the form.

    Raises `GatewayError` ``mapping-life.no-file`` without a file, and for one that is too large.
    """
    if (kept := request.form.get("octets")) is not None:
        try:
            octets = base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError) as error:
            raise GatewayError("act.request", where="octets", detail="no base64") from error
        label = request.form.get("label", "")
    else:
        uploaded = request.files.get("file")
        octets = b"" if uploaded is None else uploaded.stream.read(MAX_FILE + 1)
        # Browsers of Windows once sent the whole path.
        label = "" if uploaded is None else PurePosixPath((uploaded.filename or "").replace("\\", "/")).name
    if not octets or len(octets) > MAX_FILE:
        raise GatewayError("mapping-life.no-file", detail=f"at most {MAX_FILE // 1024} KiB")
    printable = "".join(sign for sign in label if sign.isprintable()).strip()
    return octets, printable[:_MAX_LABEL] or "mapping.toml"


def _subject(octets: bytes) -> Subject:
    return Subject.RESULTS if kind_of(octets) == RESULT_TO_ROW.name else Subject.ROWS


def _lacking(octets: bytes, label: str, sources: list[str]) -> list[GatewayError]:
    """Return what the sources lack, so that the version would stay a draft."""
    found: list[GatewayError] = []
    with closing(context.installation().again()) as installation:
        for name in sources:
            try:
                if _subject(octets) is Subject.RESULTS:
                    assert_results(installation, name, octets, label)
                else:
                    assert_mappable(installation, name, octets, label)
            except GatewayError as error:
                found.append(error)
    return found


def _address(octets: bytes) -> str:
    """Return the address of the version that has these octets."""
    versions = [each for each in context.store().versions.find() if each.octets == octets]
    if not versions:
        return url_for("mappings.overview")
    return url_for("mappings.one_version", mapping=versions[0].name, version=versions[0].number)


def _form(error: GatewayError | None) -> str:
    sources = list(context.installation().settings.sources)
    usual = sources if len(sources) == 1 else []
    return render_template(
        "versions/mapping_import.html",
        error=error,
        mistaken=error if isinstance(error, MappingMistaken) else None,
        sources=sources,
        ticked=chosen_sources() if request.method == "POST" else usual,
        reason=request.form.get("reason", ""),
        title=_TITLE,
        kibibytes=MAX_FILE // 1024,
    )
