"""Editor of a source's mapping of rows: a form for its rules, beside real rows as the form maps them.

Nothing is kept between two requests: the form has the whole state, and a saved draft is a version like every other.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from adapters.composition.sources import known_columns
from adapters.console.language.formats import digits
from adapters.console.language.languages import language
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import act, is_of_the_form
from adapters.console.site.uploads import MAPPING_FORM, assert_few_fields, takes
from adapters.console.versions.editor_beginning import BY_FILE, Beginning, beginning, label_in_force, labels
from adapters.console.versions.editor_draft import Draft, Posted, draft_of
from adapters.console.versions.editor_form import TYPES, Names, form_of, required_choices
from adapters.console.versions.mapping_text import TABLES, Indivisible, MappingText
from adapters.console.versions.row_preview import (
    ROW_NUMBERS,
    ShownRows,
    identifying_columns,
    recorded_rows,
    shown_rows,
)
from adapters.console.versions.rule_text import transform_words
from adapters.console.versions.stored_before import stored_before
from adapters.contracts.mapping_files import columns_as_source
from adapters.municipal.sql.columns import Columns
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.program.program import Program
from gateway.notice.text import plain
from gateway.overview.versions.version_words import STATES
from gateway.people.permissions import Permission
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.version import MappingVersion

Answer = str | tuple[str, int]

blueprint = Blueprint("mapping_editor", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """State of one request: the mapping of the beginning, its change by the form, and its rows."""

    source: str
    began: Beginning
    base: MappingText
    posted: Posted
    draft: Draft
    program: Program | None
    mistaken: MappingMistaken | None
    columns: Sequence[str]
    shown: ShownRows
    fault: GatewayError | None


@blueprint.get("/mappings/edit/<source>")
@needs(Permission.EDIT_MAPPINGS)
def form(source: str) -> Answer:
    """Show the form of a version, by default of the mapping in force, with a preview of rows."""
    _assert_source(source)
    began = _began(source, request.args.get("from") or label_in_force(context.installation(), source))
    return _page(source, began, Posted())


@blueprint.post("/mappings/edit/<source>")
@needs(Permission.EDIT_MAPPINGS)
@takes(MAPPING_FORM)
def change(source: str) -> Answer:
    """Show the form again with the rows that it maps now, or save it as a draft."""
    assert_few_fields()
    _assert_source(source)
    present = label_in_force(context.installation(), source)
    now = _began(source, request.form.get("from") or present)
    began = now.as_it_was(request.form.get("digest", now.digest), request.form.get("octets", ""))
    if began is None:
        return _page(source, now, Posted(), told="file-lost")
    posted, seen = Posted(request.form), request.form.get("seen", began.digest)
    told = "file-changed" if now.digest not in (began.digest, seen) else ""
    if request.form.get("act") != "save":
        return _page(source, began, posted, told)
    if request.form.get("in-force", present) != present:
        told = "moved"
    if told:
        return _page(source, began, posted, told)
    return _saved(source, began, posted)


def _saved(source: str, began: Beginning, posted: Posted) -> Answer:
    """Save the form as a version, and lead to it; show the form again if that is not possible."""
    editing = _editing(source, began, posted)
    if isinstance(editing, GatewayError):
        return _closed(source, began, editing)
    if editing.mistaken is not None or editing.draft.wrong:
        return _shown(editing), 422
    if editing.draft.octets == began.octets:
        return _shown(editing, told="nothing")
    try:
        facts = act(
            "mapping.import",
            octets=_base64(editing.draft.octets),
            label=began.file,
            sources=[source],
            begun_from=began.label,
        )
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _shown(editing, error=error), 422
    reason = request.form.get("reason", "")
    if (there := stored_before(context.store().versions, facts, context.person().login, reason)) is not None:
        return _shown(editing, told="stored", there=there)
    name, _, number = str(facts["version"]).rpartition("@")
    same, _, earlier = began.label.rpartition("@")
    against = f"sources/{source}" if began.label == BY_FILE else earlier if same == name else began.label
    return redirect(url_for("mappings.one_version", mapping=name, version=number, against=against))  # type: ignore[return-value]


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _assert_source(source: str) -> None:
    if source not in context.installation().settings.sources:
        abort(404)


def _began(source: str, label: str) -> Beginning:
    found = beginning(context.installation(), source, label)
    if found is None:
        abort(404)
    return found


def _page(source: str, began: Beginning, posted: Posted, told: str = "") -> Answer:
    editing = _editing(source, began, posted)
    return _closed(source, began, editing) if isinstance(editing, GatewayError) else _shown(editing, told=told)


def _closed(source: str, began: Beginning, error: GatewayError) -> Answer:
    """Show why a mapping cannot be edited here."""
    return render_template("versions/editor_closed.html", error=error, **_beginnings(source, began)), 422


def _editing(source: str, began: Beginning, posted: Posted) -> Editing | GatewayError:
    """Return the state of the form, or the error by which the mapping cannot be edited at all."""
    installation, fault = context.installation(), None
    try:
        first = compile_mapping(began.octets, began.file, kind=ROW_TO_NOTICE.name)
        base = MappingText.of(began.octets)
    except MappingMistaken as refused:
        return refused
    except Indivisible:
        return GatewayError("mapping-life.indivisible", where=began.file)
    known: dict[str, Columns] | None = None
    try:
        known = known_columns(installation, source)
    except GatewayError as error:
        fault = error
    names = [name for name, column in (known or {}).items() if isinstance(column, str)]
    draft = draft_of(base, posted, names or first.columns)
    program, mistaken = _compiled(draft.octets, began.file, known)
    # Columns that the form no longer names as an identifier stay hidden: a slip must not show them.
    identifying = identifying_columns(first) | (identifying_columns(program) if program is not None else frozenset())
    if draft.wrong:
        program = None  # the draft lacks what cannot be read: its rows would be those of another mapping
    shown = ShownRows([], {})
    if fault is None:
        try:
            read = list(known) if known is not None else first.columns
            rows = recorded_rows(installation, source, read, _row_number(), context.session(), context.now())
            with rows as found:
                shown = shown_rows(installation, program, found, identifying)
        except GatewayError as error:
            fault = error
    return Editing(
        source=source,
        began=began,
        base=base,
        posted=posted,
        draft=draft,
        program=program,
        mistaken=mistaken,
        columns=names or list(dict.fromkeys([*shown.samples, *first.columns])),
        shown=shown,
        fault=fault,
    )


def _compiled(
    octets: bytes, file: str, known: dict[str, Columns] | None
) -> tuple[Program | None, MappingMistaken | None]:
    source = None if known is None else columns_as_source(known)
    try:
        return compile_mapping(octets, file, kind=ROW_TO_NOTICE.name, source=source), None
    except MappingMistaken as mistaken:
        return None, mistaken


def _shown(
    editing: Editing, told: str = "", error: GatewayError | None = None, there: MappingVersion | None = None
) -> str:
    tables = [part.name for part in editing.base.of_kind(TABLES)]
    names = Names(tables=tables, language=language())
    made = form_of(editing.base, editing.posted, editing.draft, editing.mistaken, editing.shown.pages, names)
    return render_template(
        "versions/editor.html",
        form=made,
        rows=editing.shown.pages,
        samples=editing.shown.samples,
        columns=editing.columns,
        transforms=transform_words(tables),
        codes=[CATALOGUE[code] for code in CATALOGUE if code.split(".")[0] in ROW_TO_NOTICE.areas],
        choices=_choices(),
        required_choices=required_choices,
        types=TYPES,
        catalogue=CATALOGUE,
        known_fields={each.path for group in made.groups for each in group.fields},
        places={each.name: each.id for each in made.lists},
        mapped=editing.program is not None,
        fault=editing.fault,
        told=told,
        there=there,
        states=STATES,
        error=error,
        row_numbers=[(str(number), digits(number)) for number in ROW_NUMBERS],
        row_number=_row_number(),
        reason=request.form.get("reason", ""),
        **_beginnings(editing.source, editing.began),
    )


def _beginnings(source: str, began: Beginning) -> dict[str, Any]:
    installation = context.installation()
    return {
        "source": source,
        "began": began,
        "in_force": label_in_force(installation, source),
        "labels": [BY_FILE, *labels(installation)],
        "by_file": BY_FILE,
        "seen": _began(source, began.label).digest,
    }


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Return the values that this installation knows for some fields, with their titles."""
    known = context.installation().settings.bodies
    kinds = {code: title for body in known.values() for code, title in body.kinds.items()}
    return {"body.code": [(code, body.title) for code, body in known.items()], "kind": list(kinds.items())}


def _row_number() -> int:
    wanted = plain(request.values.get("rows", ""))
    return int(wanted) if wanted in map(str, ROW_NUMBERS) else ROW_NUMBERS[0]
