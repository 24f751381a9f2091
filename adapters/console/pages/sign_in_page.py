"""Signing in and out."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, redirect, render_template, request

from adapters.console import context
from adapters.console.access import Anybody, Everybody, needs
from adapters.console.security import inner_address
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("sign_in", __name__)

_DEVICE: Final = "eblagh-device"
"""Cookie by which a browser is known again at the next sign-in: failures elsewhere do not lock it out."""
_YEAR_SECONDS: Final = 365 * 86_400


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
            login, password, code, request.remote_addr or "", context.now(), request.cookies.get(_DEVICE)
        )
    except GatewayError as error:
        if not error.code.startswith("people."):
            raise
        return _form(back, error), 422
    response: Response = redirect(back)  # type: ignore[assignment]
    parts = context.parts()
    response.set_cookie(parts.cookie, new.token, secure=parts.secure, httponly=True, samesite="Strict", path="/")
    response.set_cookie(
        _DEVICE,
        new.device,
        max_age=_YEAR_SECONDS,
        secure=parts.secure,
        httponly=True,
        samesite="Strict",
        path="/sign-in",
    )
    return response


@blueprint.post("/sign-out")
@needs(Anybody)
def leave() -> Response:
    """End the session, here and in the store."""
    parts = context.parts()
    parts.sessions.end(request.cookies[parts.cookie])
    response: Response = redirect("/sign-in")  # type: ignore[assignment]
    response.delete_cookie(parts.cookie, secure=parts.secure, httponly=True, samesite="Strict", path="/")
    return response


def _form(back: str, error: GatewayError | None) -> str:
    entry = None if error is None else error.entry
    return render_template("sign_in.html", back=inner_address(back), error=error, entry=entry)
