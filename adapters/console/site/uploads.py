"""Large forms: which routes take them, and the proof that a browser is signed in before any of it is read.

A view that takes more than `MAX_FORM_BYTES` says so by `takes`. The address of a form with files has an *upload pass*:
a keyed hash of the session's token and of its end. The listener compares it with the cookie while it has the head of
the request alone, without asking the store. Behind the body, the session itself is looked up as for every request.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from adapters.console.site import context
from adapters.console.site.context import Parts
from adapters.http.http_service import HttpRequest, HttpResponse, refusal
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError

MAX_FORM_BYTES: Final = 64 * 1024
"""Most octets of a form without files, and of the texts of one with files."""

_CHUNK: Final = 65 * 1024
"""Octets of a body that Werkzeug adds to its buffer at once, with room for a boundary that is not whole yet."""

MAX_FIELDS: Final = 10_000
"""Most fields of a form: a mapping of 500 entries has 8,000."""

PASS: Final = "pass"  # noqa: S105 - a name
_TAKES: Final = "takes_upload"
_LONGEST: Final = 200

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bounds of a large form: its octets, its texts' octets, and the number of its parts.

    With ``proof``, its address must have an upload pass before any of it is read.
    """

    octets: int
    texts: int = MAX_FORM_BYTES
    parts: int = 100
    proof: bool = True


MAPPING_FORM: Final = Upload(octets=1000 * 1024, texts=1000 * 1024, parts=MAX_FIELDS, proof=False)
"""Form of a mapping: a Persian file of 256 KiB has three times as many octets as a browser sends it."""


def takes(upload: Upload) -> Callable[[View], View]:
    """Return a decorator of a view that takes files. It stands below the decorator of the route."""

    def marked(view: View) -> View:
        setattr(view, _TAKES, upload)
        return view

    return marked


def allow_size() -> None:
    """Raise the bounds of the present request's form, if its view takes files.

    Werkzeug compares `max_form_memory_size` with a buffer that may hold octets of a file too. So it is larger than one
    chunk, and `assert_few_texts` counts the texts when they are known.
    """
    if (upload := _upload_of(current_app, request.endpoint)) is not None:
        request.max_content_length = upload.octets
        request.max_form_memory_size = upload.texts + _CHUNK
        request.max_form_parts = upload.parts


def assert_few_texts() -> None:
    """Answer 413 to a form with files that has more octets of texts than its view takes."""
    upload = _upload_of(current_app, request.endpoint) if request.method == "POST" else None
    if upload is not None and upload.proof:
        texts = (text for values in request.form.listvalues() for text in values)
        if sum(len(text.encode()) for text in texts) > upload.texts:
            raise RequestEntityTooLarge


def bound(app: Flask, head: HttpRequest) -> int:
    """Return the most octets that the body behind a head may have."""
    if head.method != "POST":
        return 0
    upload = _upload_behind(app, head)
    return MAX_FORM_BYTES if upload is None else upload.octets


def refusal_of(app: Flask, parts: Parts, head: HttpRequest) -> HttpResponse | None:
    """Return the refusal of a form with files that no signed-in browser of ours sends; None for any other request.

    A browser whose session is over is led to the sign-in.
    """
    upload = _upload_behind(app, head) if head.method == "POST" else None
    if upload is None or not upload.proof:
        return None
    site = head.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return refusal(403)
    if _is_signed_in(parts, head):
        return None
    address = "/sign-in?next=/intake"
    return HttpResponse(status=303, headers=(("Location", address), ("Cache-Control", "no-store")))


def assert_few_fields() -> None:
    """Answer 413 to a form of more than `MAX_FIELDS` fields."""
    if sum(map(len, request.form.listvalues())) >= MAX_FIELDS:
        raise RequestEntityTooLarge


def upload_pass() -> str:
    """Return the upload pass of the present session, for the address of a form."""
    return pass_of(context.parts(), request.cookies.get(context.parts().cookie, ""), context.session().ends_at)


def pass_of(parts: Parts, token: str, ends_at: datetime) -> str:
    """Return the upload pass of a session by its token and its end."""
    end = timestamp(ends_at)
    return f"{end}.{_proof(parts, token, end)}"


def _proof(parts: Parts, token: str, end: str) -> str:
    return parts.page_key.keyed_hash("upload", token, end).hex()


def _is_signed_in(parts: Parts, head: HttpRequest) -> bool:
    try:
        cookies = SimpleCookie(head.headers.get("cookie", ""))
        given = parse_qs(head.query).get(PASS, [""])[0][:_LONGEST]
    except (CookieError, ValueError):
        return False
    if parts.cookie not in cookies:
        return False
    end, _, proof = given.rpartition(".")
    try:
        right = hmac.compare_digest(proof.encode(), _proof(parts, cookies[parts.cookie].value, end).encode())
    except GatewayError:  # the key cannot be read: every page says so
        return False
    return right and parts.installation.clock() < parse_timestamp(end)


def _upload_behind(app: Flask, head: HttpRequest) -> Upload | None:
    try:
        path = head.path.encode("latin-1").decode()
        endpoint, _ = app.url_map.bind("").match(path, method=head.method)
    except (HTTPException, UnicodeError):
        return None
    return _upload_of(app, endpoint)


def _upload_of(app: Flask, endpoint: str | None) -> Upload | None:
    return None if endpoint is None else getattr(app.view_functions[endpoint], _TAKES, None)
