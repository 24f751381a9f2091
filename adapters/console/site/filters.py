"""Filters and places of lists in the address of a page, as a person or an old link gives them."""

from __future__ import annotations

import base64
import json
from typing import Final

from flask import request

from adapters.console.site import context
from adapters.crypto.keys.key_file import Unopened

MAX_FILTER: Final = 500
"""Characters of a filter; more of them match nothing."""
_MAX_PLACE: Final = 8000
"""Characters of a closed place that are read."""


def asked(name: str) -> str | None:
    """Return a filter of the present address without signs that no database holds; None if it is empty.

    Those signs are NUL and halves of a pair. All others are compared: a column may have a half-space, or a blank at its
    end.
    """
    text = request.args.get(name, "")[:MAX_FILTER]
    return "".join(sign for sign in text if sign != "\0" and not "\ud800" <= sign <= "\udfff") or None


def place(first: str, second: str) -> tuple[str, str] | None:
    """Return the key behind which a page begins, from two parts of the address; None for the first page."""
    parts = asked(first), asked(second)
    return None if parts[0] is None or parts[1] is None else (parts[0], parts[1])


def closed_place(of: str, first: str, second: str) -> str:
    """Return the key behind which a page of the list ``of`` begins, encrypted for an address.

    A key of a case database may identify a person. Raises `GatewayError` ``people.key``.
    """
    octets = context.parts().page_key.closed(json.dumps([first, second]).encode(), _bound(of))
    return base64.urlsafe_b64encode(octets).decode("ascii")


def opened_place(of: str, name: str) -> tuple[str, str] | None:
    """Return the key in a part of the address that `closed_place` made; None for any other, and for the first page."""
    closed = request.args.get(name, "")[:_MAX_PLACE]
    if not closed:
        return None
    try:
        octets = base64.urlsafe_b64decode(closed)
        first, second = json.loads(context.parts().page_key.opened(octets, _bound(of)))
    except (Unopened, ValueError):
        return None
    return first, second


def _bound(of: str) -> list[bytes]:
    return [b"place", of.encode()]
