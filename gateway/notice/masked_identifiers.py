"""Texts for people who need not know whom a notice is for: identifiers of persons are masked wherever they stand."""

from __future__ import annotations

import re
from typing import Final

from gateway.notice.identifiers import InvalidIdentifier, national_id

MASK: Final = "•"
_SHOWN: Final = 2
_LEAST: Final = 10
_NUMBER: Final = re.compile(r"(?P<digest>(?=[0-9]*[a-f])[0-9a-f]{32,})|\+?\d{8,}")
"""Number, or a hexadecimal digest, whose digits are no number."""


def masked(text: str) -> str:
    """Return ``text`` with every number masked that may identify a person, in the digits of any script.

    National and legal identifiers, those of foreign nationals, mobile numbers and postal codes have ten to fourteen
    digits: every number of ten or more is masked, since no check tells another one with certainty. Databases lose the
    zeros in front of a national identifier: one of eight or nine digits is masked if its check digit is right. A
    hexadecimal digest stays whole.
    """
    return _NUMBER.sub(lambda run: hidden(run[0]) if run["digest"] is None and _may_identify(run[0]) else run[0], text)


def hidden(text: str) -> str:
    """Return a text that is known to be an identifier with its last two characters alone."""
    return MASK * max(len(text) - _SHOWN, 0) + text[-_SHOWN:] if len(text) > _SHOWN else MASK * len(text)


def _may_identify(run: str) -> bool:
    if len(run) >= _LEAST:
        return True
    try:
        national_id(run)
    except InvalidIdentifier:
        return False
    return True
