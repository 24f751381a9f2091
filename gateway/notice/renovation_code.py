"""Renovation code (کد نوسازی) of a parcel: district, region, block, house, building, apartment and shop."""

from __future__ import annotations

import re

from gateway.notice.text import plain

_SEVEN_PARTS = re.compile(r"[0-9]{1,9}(-[0-9]{1,9}){6}", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("/\u2010\u2011\u2012\u2013\u2212", "-") | {" ": None})
"""Signs that clerks and word processors write between the parts."""


def renovation_code(text: str | None) -> str | None:
    """Return the seven numbers with hyphens between them; None for every other text."""
    found = plain(text or "").translate(_DASHES)
    return found if _SEVEN_PARTS.fullmatch(found) else None
