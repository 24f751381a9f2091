"""Replay of a version of a mapping on past notices: what it would change for rows that became notices."""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, abort, render_template, request

from adapters.console.language.formats import digits
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.versions.life_form import is_shown_in_form
from adapters.console.versions.past_replay import EXAMPLES, NUMBERS, SECONDS, PastReplay, past_replay
from gateway.notice.text import plain
from gateway.overview.versions.replay_outcome import ALWAYS, FIGURES, NOTHING
from gateway.people.permissions import Permission
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.store.version import MappingVersion

blueprint = Blueprint("replay", __name__)


@blueprint.get("/mappings/versions/<mapping>/<int:version>/replay")
@needs(Permission.SEE_MAPPINGS)
def form(mapping: str, version: int) -> str:
    return _page(_version(mapping, version), None, None)


@blueprint.post("/mappings/versions/<mapping>/<int:version>/replay")
@needs(Permission.SEE_MAPPINGS)
def run(mapping: str, version: int) -> str | tuple[str, int]:
    """Read the rows of the newest notices again, and compare; the access is recorded before anything is shown."""
    found = _version(mapping, version)
    try:
        with closing(context.installation().again()) as installation:
            outcome = past_replay(installation, found, _source(), _number(), context.session(), context.now())
    except GatewayError as error:
        if not is_shown_in_form(error):
            raise
        return _page(found, None, error), 422
    return _page(found, outcome, None)


def _page(version: MappingVersion, outcome: PastReplay | None, error: GatewayError | None) -> str:
    return render_template(
        "versions/replay.html",
        version=version,
        outcome=outcome,
        error=error,
        sources=[(name, name) for name in context.installation().settings.sources],
        source=_source(),
        numbers=[(str(number), digits(number)) for number in NUMBERS],
        number=str(_number()),
        figures=FIGURES,
        always=ALWAYS,
        nothing=NOTHING,
        most=EXAMPLES,
        seconds=int(SECONDS),
    )


def _version(name: str, number: int) -> MappingVersion:
    """Return a version of a mapping of rows; of anything else nothing can be replayed."""
    found = context.store().versions.get(name, number)
    if found is None or found.subject is not Subject.ROWS:
        abort(404)
    return found


def _source() -> str:
    known = list(context.installation().settings.sources)
    wanted = request.form.get("source", known[0])
    if wanted not in known:
        abort(404)
    return wanted


def _number() -> int:
    wanted = plain(request.form.get("number", ""))
    return int(wanted) if wanted in map(str, NUMBERS) else NUMBERS[0]
