"""Cookies of signing in: the session's, that of a known browser, and the form token before there is a session."""

from __future__ import annotations

import secrets
from typing import Final

from flask import Response, g, request

from adapters.console.site import context
from adapters.people.attempts import DEVICE_LIFE
from adapters.people.openid.pending_sign_in import VALID_FOR
from gateway.people.login_session import NewSession

DEVICE: Final = "eblagh-device"
"""Cookie by which a browser is known again at the next sign-in: failures elsewhere do not lock it out."""


def keep_session(response: Response, new: NewSession) -> Response:
    """Give the browser a new session; the one that it had before ends in the store."""
    end_session()
    _set(response, context.parts().cookie, new.token)
    return know_browser(response, new.device)


def know_browser(response: Response, device: str | None) -> Response:
    """Give the browser the token by which it is known at later sign-ins, if there is one."""
    if device is not None:
        _set(response, DEVICE, device, max_age=int(DEVICE_LIFE.total_seconds()), path="/sign-in")
    return response


def end_session() -> None:
    """End the session of the request's cookie in the store, if there is one."""
    if (token := request.cookies.get(context.parts().cookie)) is not None:
        context.parts().sessions.end(token)


def forget_session(response: Response) -> Response:
    parts = context.parts()
    response.delete_cookie(parts.cookie, secure=parts.secure, httponly=True, samesite="Strict", path="/")
    return response


def keep_pending(response: Response, sealed: str) -> Response:
    """Let the browser keep a sign-in at the provider. The answer comes from another site, so the cookie is Lax."""
    name, age = _pending_cookie(), int(VALID_FOR.total_seconds())
    response.set_cookie(name, sealed, max_age=age, secure=context.parts().secure, httponly=True, samesite="Lax")
    return response


def pending() -> str:
    """Return the sign-in at the provider that this browser keeps, or an empty text."""
    return request.cookies.get(_pending_cookie(), "")


def forget_pending(response: Response) -> Response:
    response.delete_cookie(_pending_cookie(), secure=context.parts().secure, httponly=True, samesite="Lax")
    return response


def known_early_token() -> str:
    """Return the form token that this browser has without a session, or an empty one."""
    return request.cookies.get(_early_cookie(), "")


def early_token() -> str:
    """Return the form token of a browser without a session; the response makes a new one known to it."""
    if "early_token" not in g:
        g.early_token = known_early_token() or secrets.token_urlsafe(32)
    token: str = g.early_token
    return token


def add_early_token(response: Response) -> Response:
    """Let the browser keep the form token that a page has."""
    if "early_token" in g and known_early_token() != g.early_token:
        _set(response, _early_cookie(), g.early_token)
    return response


def _pending_cookie() -> str:
    return f"{'__Host-' if context.parts().secure else ''}eblagh-openid"


def _early_cookie() -> str:
    return f"{'__Host-' if context.parts().secure else ''}eblagh-form"


def _set(response: Response, name: str, value: str, *, max_age: int | None = None, path: str = "/") -> None:
    secure = context.parts().secure
    response.set_cookie(name, value, max_age=max_age, secure=secure, httponly=True, samesite="Strict", path=path)
