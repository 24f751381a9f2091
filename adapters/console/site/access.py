"""Access to routes: every route names the permission that it needs, or that it is open to everybody.

`routes_of` is the table that a test compares with `docs/reference/routes.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for

from adapters.console.site import context
from adapters.console.site.security import assert_own_form
from adapters.console.site.session_cookies import known_early_token
from gateway.people.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])

_NEEDED: Final = "needed_permission"


class Everybody:
    """Mark of a route that needs no session."""


class Anybody:
    """Mark of a route that every person with a session may use."""


Needed = Permission | type[Everybody] | type[Anybody]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Route of the server: its methods, its path, and what it needs."""

    methods: tuple[str, ...]
    path: str
    endpoint: str
    needed: Needed


def needs(needed: Needed) -> Callable[[View], View]:
    """Return a decorator that says what a view needs. It stands below the decorator of the route."""

    def marked(view: View) -> View:
        setattr(view, _NEEDED, needed)
        return view

    return marked


def routes_of(app: Flask) -> Iterator[Route]:
    """Yield the routes of ``app``. Raises `LookupError` for one that does not say what it needs."""
    for rule in app.url_map.iter_rules():
        needed = getattr(app.view_functions[rule.endpoint], _NEEDED, None)
        if needed is None:
            raise LookupError(f"{rule.rule} does not say what it needs")
        methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield Route(methods=methods, path=rule.rule, endpoint=rule.endpoint, needed=needed)


def assert_access() -> Response | None:
    """Answer a request that may not go on; return None for one that may.

    Without a session the answer leads to the sign-in page, which leads back, and says so if a form was not done. A
    route that this person may not use is 403. A form of another site is 403, too.
    """
    g.session = context.find_session()
    if request.endpoint is None:
        return None  # no such page, which is said with the person's own navigation
    needed = getattr(current_app.view_functions[request.endpoint], _NEEDED)
    if g.session is not None and isinstance(needed, Permission) and not g.session.person.may(needed):
        abort(403)  # before the form is read, which may be a large one
    assert_own_form(_form_token(needed))
    if needed is Everybody:
        return None
    if g.session is None:
        if request.method != "GET":
            return redirect(url_for("sign_in.form", next="/", lost=1))  # type: ignore[return-value]
        return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
    return None


def _form_token(needed: Needed) -> str | None:
    """Return the token that a form must have; None if the request is refused for want of a session."""
    if needed is Everybody:
        return known_early_token()
    return g.session.csrf if g.session else None
