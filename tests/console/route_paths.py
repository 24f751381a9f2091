"""A path for every route, so that tests try each route without a list of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flask import Flask

from adapters.composition.installation import Installation
from adapters.console.access import Everybody, Route, routes_of
from adapters.console.notices.opened_notice import key_of
from gateway.people.permissions import PERMISSIONS, Permission, Role
from tests.console.signed_in import BODY

NO_PAGES = frozenset(
    {
        *("assets.file", "language.choose", "notices.file", "document.file", "document.evidence"),
        *("refused.file", "quarantine.octets"),
    }
)
"""Routes whose answer is no page: files, and what leads elsewhere."""


def sample_ids(installation: Installation) -> dict[str, str]:
    """Return a value for each parameter of a path, from the store; one without notices gives made-up values."""
    found = installation.store().notices.find(state=None, limit=1000, after=None)
    own = [each for each in found if each.body == BODY]
    of_notice = (
        {"reference": own[0].entry.reference, "key": key_of(own[0].evidence_id), "number": "0"}
        if own
        else {"reference": "EB-UNKNOWN", "key": "unknown", "number": "0"}
    )
    items = installation.store().quarantine.page(code=None, limit=1, after=None)
    digest = items[0].payload_digest if items else "sha256:unknown"
    return {**of_notice, "language": "en", "digest": digest, "certainty": "absent"}


def path_of(route: Route, ids: Mapping[str, str]) -> str:
    """Return a route's path with these ids. Raises `KeyError` for a parameter that `sample_ids` lacks."""
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", lambda found: ids[found[1]], route.path)


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
