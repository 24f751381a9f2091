"""Texts for people who need not know whom a notice is for: identifiers of persons are masked wherever they stand."""

from __future__ import annotations

import re
from typing import Final

from gateway.notice.identifiers import InvalidIdentifier, national_id

MASK: Final = "•"
_SHOWN: Final = 2
_LEAST: Final = 10
_JSON: Final = r"\\{1,8}u(?:003|066|06[fF])[0-9]"
_CODE: Final = r"4[89]|5[0-7]|163[2-9]|164[01]|177[6-9]|178[0-5]"
_XML: Final = rf"&(?:amp;){{0,4}}#(?:[xX]0{{0,9}}(?:3|66|6[fF])[0-9]|0{{0,9}}(?P<code>{_CODE}));"
_PERCENT: Final = r"%(?:25){0,4}(?:3|[dD]9%(?:25){0,4}[aA]|[dD][bB]%(?:25){0,4}[bB])[0-9]"
_DIGIT: Final = f"{_JSON}|{_XML}|{_PERCENT}"
"""Digit of the Latin, the Arabic or the Persian script as messages escape it: in JSON (RFC 8259, section 7), as a
character reference of XML, or in percent-encoded UTF-8 (RFC 3986, section 2.1); each also escaped once more."""
_ESCAPED: Final = re.compile(_DIGIT)
_OTHER: Final = r"\\{1,8}u[0-9a-fA-F]{4}|&(?:amp;){0,4}#[xX]?[0-9a-fA-F]{1,12};|%(?:25){0,4}[0-9a-fA-F]{2}"
_DIGEST: Final = r"(?=[0-9]*[a-f])[0-9a-f]{32,}"
_NUMBER: Final = re.compile(rf"{_DIGEST}|(?P<number>\+?(?:\d|{_DIGIT}){{8,}})|{_OTHER}")
"""Number; or a hexadecimal digest or another escaped sign, whose digits are no number."""


def masked(text: str) -> str:
    """Return ``text`` with every number masked that may identify a person, in the digits of any script, also escaped.

    National and legal identifiers, those of foreign nationals, mobile numbers and postal codes have ten to fourteen
    digits: every number of ten or more is masked, since no check tells another one with certainty. Databases lose the
    zeros in front of a national identifier: one of eight or nine digits is masked if its check digit is right. A
    hexadecimal digest stays whole.
    """
    return _NUMBER.sub(_masked_run, text)


def hidden(text: str) -> str:
    """Return a text that is known to be an identifier with its last two characters alone."""
    return MASK * max(len(text) - _SHOWN, 0) + text[-_SHOWN:] if len(text) > _SHOWN else MASK * len(text)


def _masked_run(run: re.Match[str]) -> str:
    if run["number"] is None:
        return run[0]
    plain = _ESCAPED.sub(_digit, run[0])
    return hidden(plain) if _may_identify(plain) else run[0]


def _digit(escaped: re.Match[str]) -> str:
    code = escaped["code"]
    # The zeros of the three scripts have code points that 16 divides.
    return escaped[0].rstrip(";")[-1] if code is None else str(int(code) % 16)


def _may_identify(run: str) -> bool:
    if len(run) >= _LEAST:
        return True
    try:
        national_id(run)
    except InvalidIdentifier:
        return False
    return True
