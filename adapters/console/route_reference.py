"""The page docs/reference/routes.md: every route of the console, and the roles that may use it, made from the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final

from flask import Flask

from adapters.console.pages import BLUEPRINTS
from adapters.console.site import assets
from adapters.console.site.access import Anybody, Everybody, Route, routes_of
from gateway.people.permissions import BOUND, PERMISSIONS, ROLE_NAMES, Permission, Role

_HEAD: Final = """# Routes of the console

`make docs` makes this page from the code; a test compares it with the server's own list, and asks each route as each
role.

● the role may use it; ◐ for notices of the person's own bodies only; – it is refused (403). What is not visible to a
person is the same as what does not exist (404). Every POST needs a form token and comes from the console's own pages.
[people.md](../operate/people.md) says what each permission is.
"""


def page() -> str:
    """Return the page: a table of the pages that need a permission, then the routes that need none."""
    routes = sorted(_routes(), key=lambda each: (each.path, each.methods))
    head = ["route", "permission", *(ROLE_NAMES[role].en for role in Role)]
    lines = [_HEAD, f"| {' | '.join(head)} |", f"| {' | '.join(['---', '---', *[':-:' for _ in Role]])} |"]
    for route in routes:
        if isinstance(route.needed, Permission):
            marks = [mark(route.needed, role) for role in Role]
            lines.append(f"| {' | '.join([_name(route), f'`{route.needed}`', *marks])} |")
    lines += ["\n| route | open to |", "| --- | --- |"]
    for route in routes:
        if not isinstance(route.needed, Permission):
            lines.append(f"| {_name(route)} | {_OPEN_TO[route.needed]} |")
    return "\n".join(lines) + "\n"


_OPEN_TO: Final = {Everybody: "everybody", Anybody: "everybody who has signed in"}


def mark(needed: Permission, role: Role) -> str:
    """Return the sign for a role's right to a route."""
    if needed not in PERMISSIONS[role]:
        return "–"
    return "◐" if role in BOUND else "●"


def _routes() -> Iterator[Route]:
    app = Flask("adapters.console", static_folder=None)
    for blueprint in (assets.blueprint, *BLUEPRINTS):
        app.register_blueprint(blueprint)
    return routes_of(app)


def _name(route: Route) -> str:
    return f"`{' '.join(route.methods)} {route.path}`"


if __name__ == "__main__":
    sys.stdout.write(page())
