"""Cookies of signing in: the session's, that of a known browser, and the form token before there is a session."""

from __future__ import annotations

import secrets
from typing import Final

from flask import Response, g, request

from adapters.console.site import context
from gateway.people.login_session import NewSession

DEVICE: Final = "eblagh-device"
"""Cookie by which a browser is known again at the next sign-in: failures elsewhere do not lock it out."""
_YEAR_SECONDS: Final = 365 * 86_400


def keep_session(response: Response, new: NewSession) -> Response:
    """Give the browser a new session; the one that it had before ends in the store."""
    end_session()
    _set(response, context.parts().cookie, new.token)
    _set(response, DEVICE, new.device, max_age=_YEAR_SECONDS, path="/sign-in")
    return response


def end_session() -> None:
    """End the session of the request's cookie in the store, if there is one."""
    if (token := request.cookies.get(context.parts().cookie)) is not None:
        context.parts().sessions.end(token)


def forget_session(response: Response) -> Response:
    parts = context.parts()
    response.delete_cookie(parts.cookie, secure=parts.secure, httponly=True, samesite="Strict", path="/")
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


def _early_cookie() -> str:
    return f"{'__Host-' if context.parts().secure else ''}eblagh-form"


def _set(response: Response, name: str, value: str, *, max_age: int | None = None, path: str = "/") -> None:
    secure = context.parts().secure
    response.set_cookie(name, value, max_age=max_age, secure=secure, httponly=True, samesite="Strict", path=path)
