"""Enrolment: a person with a one-time code sets a password and a second factor. Recovery is the same."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from markupsafe import Markup

from adapters.console.language.languages import _
from adapters.console.site import context
from adapters.console.site.access import Everybody, needs
from adapters.console.site.onward import onward_page
from adapters.console.site.session_cookies import keep_pending, keep_session
from adapters.people.openid.registration import ProviderError
from gateway.runtime.errors import ErrorScope, GatewayError

blueprint = Blueprint("welcome", __name__)


@blueprint.get("/welcome")
@needs(Everybody)
def form() -> str:
    """Ask for login and one-time code."""
    return _first(None)


@blueprint.post("/welcome")
@needs(Everybody)
def offer() -> str | tuple[str, int]:
    """Show the picture for the authenticator, and ask for a password."""
    try:
        return _second(None)
    except GatewayError as error:
        return _first(_own(error)), 422


@blueprint.post("/welcome/enrol")
@needs(Everybody)
def enrol() -> Response | str | tuple[str, int]:
    """Set the password and the second factor, and begin the first session."""
    login, one_time, password, code = (
        request.form.get(name, "") for name in ("login", "one-time-code", "password", "code")
    )
    if password != request.form.get("again", ""):
        return _again(None, _("The two are not the same.")), 422
    try:
        new = context.parts().enrolments.enrol(
            login, one_time, password, code, request.remote_addr or "", context.now()
        )
    except GatewayError as error:
        return _again(_own(error)), 422
    return keep_session(redirect("/"), new)  # type: ignore[arg-type]


@blueprint.post("/welcome/openid")
@needs(Everybody)
def enrol_at_provider() -> Response | str | tuple[str, int]:
    """Lead to the provider, whose account the person links to the invitation."""
    login, one_time = request.form.get("login", ""), request.form.get("one-time-code", "")
    openid = context.parts().openid
    if openid is None:
        abort(404)
    try:
        begun = openid.begin_enrolment(login, one_time, request.remote_addr or "", context.now())
    except ProviderError as error:
        return _again(error), 503
    except GatewayError as error:
        return _first(_own(error)), 422
    return keep_pending(onward_page(begun.address, at=openid.name), begun.sealed)


def _again(mistake: GatewayError | None, differs: str = "") -> str:
    """Show the second form with a mistake; the first one if the one-time code does not count any more."""
    try:
        return _second(mistake, differs)
    except GatewayError as error:
        return _first(_own(error))


def _first(error: GatewayError | None) -> str:
    return render_template("people/welcome.html", error=error, login=request.form.get("login", ""))


def _second(error: GatewayError | None, differs: str = "") -> str:
    """Return the second form. Raises `GatewayError` as `Enrolments.offer`."""
    login, one_time = request.form.get("login", ""), request.form.get("one-time-code", "")
    parts = context.parts()
    setup = parts.enrolments.offer(login, one_time, request.remote_addr or "", context.now())
    return render_template(
        "people/welcome_password.html",
        error=error,
        differs=differs,
        login=login,
        one_time=one_time,
        picture=Markup(setup.svg),  # noqa: S704 - made here, of our own address
        secret=grouped(setup.secret),
        required=parts.sessions.required,
        provider=None if parts.openid is None else parts.openid.name,
    )


def grouped(secret: str) -> str:
    """Return a secret in groups of four letters, which a person can type."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _own(error: GatewayError) -> GatewayError:
    """Return an error that the form shows; raise any other."""
    if error.scope is not ErrorScope.ROW:
        raise error
    return error
