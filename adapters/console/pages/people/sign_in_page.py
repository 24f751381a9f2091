"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request

from adapters.console.site import context
from adapters.console.site.access import Anybody, Everybody, needs
from adapters.console.site.security import inner_address
from adapters.console.site.session_cookies import DEVICE, end_session, forget_session, keep_session
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
    """End the session, here and in the store."""
    end_session()
    return forget_session(redirect("/sign-in"))  # type: ignore[arg-type]


def _form(back: str, error: GatewayError | None) -> str:
    required = context.parts().sessions.required
    return render_template("people/sign_in.html", back=inner_address(back), error=error, required=required)
