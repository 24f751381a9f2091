"""Signing in and out."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request

from adapters.composition.console.sign_in import RETURN_PATH
from adapters.console.site import context
from adapters.console.site.access import Anybody, Everybody, needs
from adapters.console.site.onward import onward_page
from adapters.console.site.security import inner_address
from adapters.console.site.session_cookies import (
    DEVICE,
    end_session,
    forget_pending,
    forget_session,
    keep_pending,
    keep_session,
    pending,
)
from adapters.people.openid.openid_sign_in import OpenIdSignIn
from adapters.people.openid.registration import ProviderError
from gateway.runtime.errors import ErrorScope, GatewayError

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@needs(Everybody)
def form() -> str:
    """Ask for login, password and code."""
    return _form(request.args.get("next", "/"), None)


@blueprint.post("/sign-in")
@needs(Everybody)
def enter() -> Response | tuple[str, int]:
    """Begin a session. A wrong word of any kind has one and the same answer."""
    back = inner_address(request.form.get("next", "/"))
    login, password, code = (request.form.get(name, "") for name in ("login", "password", "code"))
    try:
        new = context.parts().sessions.begin(
            login, password, code, request.remote_addr or "", context.now(), device=request.cookies.get(DEVICE)
        )
    except GatewayError as error:
        if error.scope is not ErrorScope.ROW:
            raise
        return _form(back, error), 422
    return keep_session(redirect(back), new)  # type: ignore[arg-type]


@blueprint.post("/sign-out")
@needs(Anybody)
def leave() -> Response:
    """End the session, here and in the store; at the provider too, if the person signed in there and it offers that."""
    address = None
    openid = context.parts().openid
    if openid is not None and context.session().issuer == openid.issuer:
        with suppress(GatewayError):  # a provider that is down keeps nobody signed in here
            address = openid.sign_out_address(context.now())
    end_session()
    g.session = None
    onward = redirect("/sign-in") if address is None else onward_page(address, at=openid.name if openid else "")
    return forget_session(onward)  # type: ignore[arg-type]


@blueprint.post("/sign-in/openid")
@needs(Everybody)
def enter_at_provider() -> Response | tuple[str, int]:
    """Lead to the provider, at which the person signs in."""
    back = inner_address(request.form.get("next", "/"))
    openid = _provider()
    try:
        begun = openid.begin(back, context.now())
    except GatewayError as error:
        return _refused(error, back)
    return keep_pending(onward_page(begun.address, at=openid.name), begun.sealed)


@blueprint.get(RETURN_PATH)
@needs(Everybody)
def come_back() -> Response | tuple[str, int]:
    """Begin a session by the provider's answer, which counts for the browser that began, and once."""
    openid, told = _provider(), {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    try:
        ended = openid.end(pending(), told, context.now())
    except GatewayError as error:
        page, status = _refused(error, "/")
        return forget_pending(make_response(page, status))
    # A page of ours leads on: to a redirect, browsers would not send the new session's strict cookie.
    return forget_pending(keep_session(onward_page(inner_address(ended.back)), ended.session))


def _refused(error: GatewayError, back: str) -> tuple[str, int]:
    """Show an error of the provider above the form, since local accounts work all the same."""
    if isinstance(error, ProviderError):
        return _form(back, error), 503
    if error.scope is not ErrorScope.ROW:
        raise error
    return _form(back, error), 422


def _provider() -> OpenIdSignIn:
    openid = context.parts().openid
    if openid is None:
        abort(404)
    return openid


def _form(back: str, error: GatewayError | None) -> str:
    openid = context.parts().openid
    return render_template(
        "people/sign_in.html",
        back=inner_address(back),
        error=error,
        required=context.parts().sessions.required,
        provider=None if openid is None else openid.name,
    )
