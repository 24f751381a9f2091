"""Hosts by which people reach the console: a request for another one is of another site, or of a rebound name."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, urlsplit

from flask import abort, request

from adapters.console.site import context
from adapters.http.loopback import is_loopback

_HTTPS_PORT: Final = 443
MISDIRECTED: Final = 421


def assert_own_host() -> None:
    """Answer 421 to a request for another host than the console's own (RFC 9110, 15.5.20).

    With a public address that is its host and port alone. Without one, people are on this machine: they use a loopback
    name, or the address that the console listens at, whatever port a tunnel has.
    """
    if not is_own_host(request.headers.get("Host", ""), context.parts().address, context.parts().listen):
        abort(MISDIRECTED)


def is_own_host(asked: str, public_url: str | None, listen: str) -> bool:
    """Return True if the header Host names the console."""
    try:
        there = _place(urlsplit(f"//{asked}"))
    except ValueError:
        return False
    if there is None:
        return False
    if public_url is not None:
        return there == _place(urlsplit(public_url))
    host, _ = there
    own = _place(urlsplit(f"//{listen}"))
    return host == "localhost" or is_loopback(host) or (own is not None and host == own[0])


def _place(split: SplitResult) -> tuple[str, int] | None:
    """Return host and port of an address, or None if it has none."""
    try:
        port = split.port
    except ValueError:
        return None
    if not split.hostname or split.username is not None or split.path.strip("/") or split.query or split.fragment:
        return None
    return split.hostname, _HTTPS_PORT if port is None else port
