"""Filters in the address of a page, as a person or an old link gives them."""

from __future__ import annotations

from typing import Final

from flask import request

MAX_FILTER: Final = 500
"""Characters of a filter; more of them match nothing."""


def asked(name: str) -> str | None:
    """Return a filter of the present address without signs that no database holds; None if it says nothing."""
    text = request.args.get(name, "")[:MAX_FILTER]
    return "".join(sign for sign in text if sign.isprintable()).strip() or None


def place(first: str, second: str) -> tuple[str, str] | None:
    """Return the key behind which a page begins, from two parts of the address; None for the first page."""
    parts = asked(first), asked(second)
    return None if parts[0] is None or parts[1] is None else (parts[0], parts[1])
