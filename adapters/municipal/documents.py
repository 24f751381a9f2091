"""Documents as base64, in messages and in files."""

from __future__ import annotations

import binascii

from gateway.notice.notice import MAX_DOCUMENT_BYTES

MAX_ENCODED = (MAX_DOCUMENT_BYTES + 2) // 3 * 4
"""Characters of the largest document in base64."""


class NotBase64(ValueError):
    """Text that is no document in base64."""

    literal_name = "NotBase64"


def decoded(text: str) -> bytes:
    """Return the octets of a base64 text, in which white space may stand. Raises `NotBase64`."""
    try:
        return binascii.a2b_base64("".join(text.split()).encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise NotBase64 from error
