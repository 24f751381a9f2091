"""Import of a mapping file: a person uploads it, sees what it is, and stores it as a version."""

from __future__ import annotations

import base64
import binascii
from contextlib import closing
from pathlib import PurePosixPath
from typing import Final

from flask import Blueprint, Response, render_template, request, url_for

from adapters.composition.sources import assert_mappable, assert_results
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, confirmation, previewed
from adapters.console.site.uploads import MAPPING_FORM, assert_few_fields, takes
from adapters.console.versions.life_form import chosen_sources, is_shown_in_form
from adapters.contracts.mapping_files import kind_of
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.draft import MAX_FILE
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.kinds.kind_catalogue import RESULT_TO_ROW, ROW_TO_NOTICE
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import NOTHING, Words
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("mapping_import", __name__)

Answer = Response | str | tuple[str, int]

_TITLE: Final = Words(en="Import a mapping file", fa="وارد کردن فایل نگاشت")
_MEANS: Final = Words(
    en="The file becomes the next version of the mapping that it names. It is not in force by that.",
    fa="فایل، نسخه بعدی نگاشتی می‌شود که نامش در آن آمده است. با این کار جاری نمی‌شود.",
)
_DRAFT_ONLY: Final = Words(
    en="It can be imported as a draft all the same, and be submitted once the source has what is lacking.",
    fa="با این حال می‌توان آن را به صورت پیش‌نویس وارد کرد و پس از رفع کمبود در منبع ارائه داد.",
)
_MISTAKE: Final = Words(
    en="{source}, line {line}, {key}: {meaning}{found}", fa="{source}، سطر {line}، {key}: {meaning}{found}"
)
_FOUND: Final = Words(en=" ({found})", fa=" ({found})")
_MAX_LABEL: Final = 100


@blueprint.get("/mappings/import")
@needs(Permission.EDIT_MAPPINGS)
def form() -> str:
    return _form(None)


@blueprint.post("/mappings/import")
@needs(Permission.EDIT_MAPPINGS)
@takes(MAPPING_FORM)
def upload() -> Answer:
    """Show what the file would be as a version; store it once that is confirmed."""
    assert_few_fields()
    try:
        octets, label = _file()
        name = compile_mapping(octets, label, kind=_kind(octets)).name
        encoded, sources = base64.b64encode(octets).decode(), chosen_sources()
        kept = "octets" in request.form
        question = Question(
            title=_TITLE,
            about=label,
            means=_MEANS,
            back=_address(octets, name) if confirmation() else url_for("mapping_import.form"),
            notes=[] if confirmation() else _lacking(octets, label, sources),
            carried=[] if kept else [("octets", encoded), ("label", label)],
        )
        return previewed("mapping.import", question, octets=encoded, label=label, sources=sources)
    except GatewayError as error:
        if not is_shown_in_form(error):
            raise
        return _form(error), 422


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


def _kind(octets: bytes) -> str:
    """Return the kind of a mapping file: of results if it says so, else of rows."""
    return RESULT_TO_ROW.name if kind_of(octets) == RESULT_TO_ROW.name else ROW_TO_NOTICE.name


def _lacking(octets: bytes, label: str, sources: list[str]) -> list[Words]:
    """Return what the sources lack, so that the version would stay a draft."""
    found: list[Words] = []
    with closing(context.installation().again()) as installation:
        for name in sources:
            try:
                if _kind(octets) == RESULT_TO_ROW.name:
                    assert_results(installation, name, octets, label)
                else:
                    assert_mappable(installation, name, octets, label)
            except MappingMistaken as mistaken:
                found += [_mistake_words(name, each) for each in mistaken.mistakes]
            except GatewayError as error:
                found.append(Words(en=f"{name}: {error.entry.en}.", fa=f"{name}: {error.entry.fa}"))
    return [*found, _DRAFT_ONLY] if found else []


def _mistake_words(source: str, mistake: Mistake) -> Words:
    meaning = Words(en=mistake.entry.en, fa=mistake.entry.fa)
    found = _FOUND.filled(found=mistake.found) if mistake.found.en else NOTHING
    return _MISTAKE.filled(source=source, line=mistake.line, key=mistake.key, meaning=meaning, found=found)


def _address(octets: bytes, name: str) -> str:
    """Return the address of the version that octets are, or will be: the next one of its name."""
    versions = context.store().versions.find(name)
    same = next((each.number for each in versions if each.octets == octets), len(versions) + 1)
    return url_for("mappings.one_version", mapping=name, version=same)


def _form(error: GatewayError | None) -> str:
    sources = list(context.installation().settings.sources)
    usual = sources if len(sources) == 1 else []
    return render_template(
        "versions/mapping_import.html",
        error=error,
        sources=sources,
        ticked=chosen_sources() if request.method == "POST" else usual,
        reason=request.form.get("reason", ""),
        title=_TITLE,
        kibibytes=MAX_FILE // 1024,
    )
