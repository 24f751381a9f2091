"""Messages with attachments: what each is called."""

from __future__ import annotations


def content_id(reference: str) -> str:
    """Return what a notice's seal is called beside a message: `addr-spec` (RFC 2392), no two alike in any batch."""
    return f"{reference}@seals"
