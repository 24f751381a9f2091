"""Mappings, judiciary profiles, rules and calendar: their versions, what each says, and what rows make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, abort, render_template, request

from adapters.console.language.formats import digits
from adapters.console.language.languages import say
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.heavy_views import heavy
from adapters.console.versions.life_form import LifeForm, is_own_submission, possible_forms, usual_sources
from adapters.console.versions.row_preview import ROW_NUMBERS, PreviewedPage, preview
from adapters.console.versions.version_differences import Differences, differences
from adapters.console.versions.version_lineage import place_address
from adapters.console.versions.version_pages import (
    Place,
    Shown,
    places,
    shown_file,
    shown_version,
    submitted_elements,
)
from gateway.notice.text import plain
from gateway.overview.versions.lineage_words import FILE
from gateway.overview.versions.version_words import EVENTS, STATES, SUBJECTS, detail_words
from gateway.people.permissions import Permission
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions.lineage import checked_sources

blueprint = Blueprint("mappings", __name__)

_TONES: Final = {
    MappingState.DRAFT: "wait",
    MappingState.CHECKED: "wait",
    MappingState.SUBMITTED: "busy",
    MappingState.APPROVED: "busy",
    MappingState.ACTIVE: "good",
    MappingState.RETIRED: "wait",
}


@blueprint.get("/mappings")
@needs(Permission.SEE_MAPPINGS)
def overview() -> str:
    """Show what is in force for each source, for the judiciary and for all notices, and every version."""
    versions = sorted(context.store().versions.find(), key=lambda each: (each.subject, each.name, -each.number))
    return render_template(
        "versions/mappings.html",
        places=places(context.installation()),
        versions=versions,
        may_edit=context.person().may(Permission.EDIT_MAPPINGS),
        **_words(),
    )


@blueprint.get("/mappings/versions/<mapping>/<int:version>")
@needs(Permission.SEE_MAPPINGS)
@heavy
def one_version(mapping: str, version: int) -> str:
    """Show a version: its life, its rules, its difference from another one, and a preview of real rows."""
    found = _version(mapping, version)
    shown = _shown(found)
    everywhere = places(context.installation())
    here = [each for each in everywhere if _is_in_force(each, found)]
    me = context.person()
    acts = VersionActs(
        forms=possible_forms(found, me, everywhere),
        own=is_own_submission(shown.steps, me),
        roll_back=here if me.may(Permission.EDIT_MAPPINGS) else [],
        edit=_editors(found, everywhere) if me.may(Permission.EDIT_MAPPINGS) else [],
    )
    return _page(shown, here, _others(shown, mapping, everywhere), _compared(shown, mapping, everywhere), acts)


@blueprint.get("/mappings/files/<group>/<place>")
@needs(Permission.SEE_MAPPINGS)
@heavy
def file(group: str, place: str) -> str:
    """Show what the configuration names for a place, as long as no version is in force."""
    found = next((each for each in places(context.installation()) if (each.group, each.name) == (group, place)), None)
    if found is None:
        abort(404)
    shown = shown_file(context.installation(), found)
    return _page(shown, [found] if found.standing.here is None else [], [], None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionActs:
    """Acts that a person may do on a version now; ``own`` is True for the person who submitted it.

    ``edit`` are the sources in whose form the version can be the beginning of a draft.
    """

    forms: Sequence[LifeForm] = ()
    own: bool = False
    roll_back: Sequence[Place] = ()
    edit: Sequence[str] = ()


def _page(
    shown: Shown,
    here: list[Place],
    others: Sequence[tuple[str, str]],
    compared: Differences | None,
    acts: VersionActs = VersionActs(),
) -> str:
    is_of_rows = shown.subject is Subject.ROWS
    rows, fault = _preview(shown) if is_of_rows and request.args.get("rows") else (None, None)
    return render_template(
        "versions/version.html",
        shown=shown,
        in_force=here,
        others=others,
        compared=compared,
        against=request.args.get("against", "").removeprefix(f"{shown.label.rpartition('@')[0]}@"),
        acts=acts,
        elements=submitted_elements(context.installation()) if is_of_rows else {},
        rows=rows,
        fault=fault,
        sources=[(name, name) for name in context.installation().settings.sources],
        source=_source(),
        row_numbers=[(str(number), digits(number)) for number in ROW_NUMBERS],
        row_number=_row_number(),
        **_words(),
    )


def _editors(version: MappingVersion, everywhere: Sequence[Place]) -> Sequence[str]:
    """Return the sources of a mapping of rows: those of its versions in force, of its last check, or all."""
    if version.subject is not Subject.ROWS:
        return []
    steps = context.store().versions.history(version.name, version.number)
    known = list(context.installation().settings.sources)
    checked = [name for name in checked_sources(steps) if name in known]
    return usual_sources(version, everywhere) or checked or known


def _words() -> dict[str, object]:
    return {
        "states": STATES,
        "events": EVENTS,
        "detail_words": detail_words,
        "subjects": SUBJECTS,
        "tones": _TONES,
        "Subject": Subject,
    }


def _version(name: str, number: int) -> MappingVersion:
    found = context.store().versions.get(name, number)
    if found is None:
        abort(404)
    return found


def _shown(found: MappingVersion) -> Shown:
    return shown_version(found, context.store().versions.history(found.name, found.number))


def _is_in_force(place: Place, version: MappingVersion) -> bool:
    here = place.standing.here
    return here is not None and here.subject is version.subject and here.label == version.label


def _compared(shown: Shown, name: str, everywhere: Sequence[Place]) -> Differences | None:
    """Return the difference from the version, or from the file, that the address names; an unknown one is 404."""
    wanted = request.args.get("against", "")
    if not wanted:
        return None
    there = [each for each in everywhere if place_address(each) == wanted and each.standing.subject is shown.subject]
    if there:
        return differences(shown_file(context.installation(), there[0]), shown)
    label, _, number = wanted.rpartition("@")
    number = plain(number)
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        abort(404)
    earlier = _version(label or name, int(number))
    if earlier.subject is not shown.subject:
        abort(404)
    return differences(_shown(earlier), shown)


def _others(shown: Shown, name: str, everywhere: Sequence[Place]) -> list[tuple[str, str]]:
    """Return the versions and files with which one is compared: those of its name, and those of places."""
    versions = context.store().versions.find(name)
    own = [each for each in versions if shown.version is None or each.number != shown.version.number]
    found = [(str(each.number), f"{each.label} – {say(STATES[each.state])}") for each in reversed(own)]
    for place in everywhere:
        standing = place.standing
        if standing.subject is not shown.subject:
            continue
        if standing.here is not None and standing.here.mapping != name:
            found.append((standing.here.label, f"{standing.here.label} – {say(place.title)}"))
        if standing.file:
            found.append((place_address(place), f"{say(FILE)} – {say(place.title)}"))
    return list(dict(found).items())


def _preview(shown: Shown) -> tuple[Sequence[PreviewedPage] | None, GatewayError | None]:
    """Return the preview of rows, or the error that prevents it: a source that does not answer breaks no page."""
    if shown.program is None:
        return None, None
    try:
        made = preview(
            context.installation(), shown.program, _source(), _row_number(), context.session(), context.now()
        )
        return made, None
    except GatewayError as error:
        return None, error


def _source() -> str:
    """Return the source of the preview: the one of the address, else the first."""
    known = list(context.installation().settings.sources)
    wanted = request.args.get("source", known[0])
    if wanted not in known:
        abort(404)
    return wanted


def _row_number() -> int:
    wanted = plain(request.args.get("rows", ""))
    return int(wanted) if wanted in map(str, ROW_NUMBERS) else ROW_NUMBERS[0]
