"""A path for every route, so that tests try each route without a list of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flask import Flask

from adapters.composition.installation import Installation
from adapters.console.notices.opened_notice import key_of
from adapters.console.site.access import Everybody, Route, routes_of
from adapters.console.site.assets import asset
from adapters.console.versions.version_pages import places
from gateway.notice.notice import sha256
from gateway.people.permissions import PERMISSIONS, Permission, Role
from tests.console.console_folder import SECRETARY
from tests.console.signed_in import BODY
from tests.papers import PDF

NO_PAGES = frozenset(
    {
        *(
            "assets.file",
            "language.choose",
            "notices.file",
            "document.file",
            "document.evidence",
            "document.certificate",
        ),
        *("refused.file", "quarantine.octets", "audit.note", "reports.file", "deadlines.file"),
        *("notices.again", "notice.hidden", "bulk.file"),
        *("notice_act.form", "doubts.form", "quarantine.form", "endpoints.form", "switch.form"),
        *("sheet.empty", "sheet.rejected", "draft.file"),
    }
)
"""Routes whose answer is no page: files, and what leads elsewhere."""


NOT_OF_A_BODY = frozenset(
    {
        "draft",
        "language",
        "digest",
        "name",
        "person",
        "number",
        "group",
        "mapping",
        "version",
        "place",
        "source",
        "size",
        "certainty",
    }
)
"""Parameters of paths that no body has for itself. Every other one is tried with the ids of another body."""

_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def sample_ids(installation: Installation, body: str = BODY) -> dict[str, str]:
    """Return a value for each parameter of a path, from the store; one without notices gives made-up values.

    What belongs to a notice is of ``body``. A new parameter of a route is added here, with its endpoint and a point
    before it if other routes mean something else by the name.
    """
    store = installation.store()
    found = [each for each in store.notices.find(state=None, limit=1000, after=None) if each.body == body]
    place = places(installation)[0]
    version, last = next(iter(store.versions.find()), None), store.log.last_checkpoint()
    item = next(iter(store.quarantine.page(code=None, limit=1, after=None)), None)
    return {
        "mapping": version.name if version else "case-view-1",
        "version": str(version.number if version else 1),
        "group": place.group,
        "place": place.name,
        "source": next(iter(installation.settings.sources)),
        "record": found[0].evidence_id if found else "unknown",
        "size": str(last.size if last else 0),
        "reference": found[0].entry.reference if found else "EB-UNKNOWN",
        "key": key_of(found[0].evidence_id) if found else "unknown",
        "number": "0",
        "person": next((each.person.id for each in store.people.all()), "nobody"),
        "language": "en",
        "digest": asset("console.css").digest,
        "name": "console.css",
        "quarantine.item.digest": item.payload_digest if item else "sha256:unknown",
        "quarantine.text.digest": item.payload_digest if item else "sha256:unknown",
        "quarantine.octets.digest": item.payload_digest if item else "sha256:unknown",
        "quarantine.act.digest": item.payload_digest if item else "sha256:unknown",
        "quarantine.form.digest": item.payload_digest if item else "sha256:unknown",
        "certainty": "absent",
        "bulk": next((each.id for each in store.bulk_acts.recent(None, limit=50) if each.bodies == {body}), "unknown"),
        "draft": "sample" if store.drafts.find("sample", SECRETARY) else "unknown",
        "draft.file.digest": sha256(PDF).removeprefix("sha256:"),
    }


def parameters_of(route: Route) -> set[str]:
    return set(_PARAMETER.findall(route.path))


def path_of(route: Route, ids: Mapping[str, str]) -> str:
    """Return a route's path with these ids. Raises `KeyError` for a parameter that `sample_ids` lacks."""
    return _PARAMETER.sub(lambda found: ids.get(f"{route.endpoint}.{found[1]}") or ids[found[1]], route.path)


def role_for(route: Route) -> Role | None:
    """Return the first role that may open a route; None if nobody needs to be signed in."""
    if route.needed is Everybody:
        return None
    return next(role for role in Role if not isinstance(route.needed, Permission) or route.needed in PERMISSIONS[role])


def pages(app: Flask, installation: Installation) -> Iterator[tuple[str, Role | None]]:
    """Yield the path of each page, with a role that may open it. Files, and what only leads elsewhere, are left out."""
    ids = sample_ids(installation)
    for route in routes_of(app):
        if "GET" not in route.methods or route.endpoint in NO_PAGES:
            continue
        yield path_of(route, ids), role_for(route)
