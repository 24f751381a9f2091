"""Protection of pages in the browser: headers of every response, forms of this site alone, one strict cookie.

Content-Security-Policy level 3 (W3C), Fetch Metadata (W3C), RFC 6265bis for the cookie.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import SplitResult, urlsplit

from flask import Response, abort, request

from adapters.console.site import context

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

TRANSPORT_SECURITY: Final = ("Strict-Transport-Security", "max-age=31536000")
"""Header of a console that people reach by https (RFC 6797); their browsers use nothing else for a year."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TOKEN: Final = "csrf"  # noqa: S105 - a name
"""Name of the hidden field that holds the form token."""


def add_headers(response: Response) -> Response:
    """Add the headers of every response. Pages are never stored by a browser; assets say otherwise themselves."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if context.parts().secure:
        response.headers.setdefault(*TRANSPORT_SECURITY)
    return response


def assert_own_form(token: str | None) -> None:
    """Answer 403 to a request that changes something, unless a page of this site has sent it.

    Two proofs are wanted: the browser's own word on where the request comes from, and the form token that the page had.
    ``token`` is that token, which is never an empty one; None if the request is refused anyway.
    """
    if request.method in SAFE:
        return
    if not _of_this_site():
        abort(403)
    if token is None:
        return
    typed = request.form.get(FORM_TOKEN, "")
    if not token or not hmac.compare_digest(typed.encode(), token.encode()):
        abort(403)


def _of_this_site() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    # Browsers of before 2023 do not say it; every browser names the origin of a form.
    origin = request.headers.get("Origin")
    return origin is not None and _split(origin).netloc == request.host


def inner_address(address: str) -> str:
    """Return ``address`` if it is a path of this site, else the first page: no address leads a person elsewhere."""
    split = _split(address)
    is_path = (
        address.startswith("/") and not address.startswith(("//", "/\\")) and not split.scheme and not split.netloc
    )
    return address if is_path and address.isprintable() else "/"


def _split(address: str) -> SplitResult:
    """Return the parts of an address; one that is none is an address elsewhere."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("//nowhere.invalid")
