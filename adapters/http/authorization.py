"""The header Authorization: HTTP Basic (RFC 7617)."""

from __future__ import annotations

import base64


def basic_authorization(username: str, password: bytes) -> str:
    """Return the header's value. ``password`` has its octets in UTF-8 (RFC 7617, 2.1)."""
    return "Basic " + base64.b64encode(username.encode() + b":" + password).decode("ascii")
