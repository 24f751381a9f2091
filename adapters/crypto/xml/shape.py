"""Strict reading of signatures and headers: exactly the required shape, or a `Rejection`.

Order and number of children, attributes and text are all checked: unexpected content is refused, not skipped.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import NoReturn

from lxml import etree

from adapters.crypto.xml.strict_xml import local
from gateway.trust.trust_policy import Rejection

_WHITE = " \t\r\n"
_NO_WHITE = str.maketrans("", "", _WHITE)
_MAX_WHITE = 256
_NO_ATTRIBUTES: frozenset[str] = frozenset()

_MAX_PREFIX_LIST = 512
# Each is looked up at each element.
_MAX_PREFIXES = 32
_PREFIX_LIST = re.compile(r"([A-Za-z_][\w.-]*( [A-Za-z_][\w.-]*)*)?", re.ASCII)

# xs:dateTime with an offset. Years beyond 2999 are refused: adding a tolerance to them can leave Python's range.
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def misshapen(element: etree._Element, detail: str = "") -> NoReturn:
    """Raise ``verify.shape`` at this element."""
    raise Rejection("verify.shape", where=local(element), detail=detail)


def children(element: etree._Element, attributes: frozenset[str] = _NO_ATTRIBUTES) -> list[etree._Element]:
    """Return the children of an element with only children, a little white space and these ``attributes``."""
    _only(element, attributes)
    found = list(element)
    for text in (element.text, *[child.tail for child in found]):
        if text and (len(text) > _MAX_WHITE or text.strip(_WHITE)):
            misshapen(element, "text between elements")
    return found


def exactly(element: etree._Element, *tags: str, attributes: frozenset[str] = _NO_ATTRIBUTES) -> list[etree._Element]:
    """Return the children, which must have exactly these tags in this order."""
    found = children(element, attributes)
    if [child.tag for child in found] != list(tags):
        misshapen(element, "its children")
    return found


def text(element: etree._Element, attributes: frozenset[str] = _NO_ATTRIBUTES) -> str:
    """Return the text of an element without children."""
    _only(element, attributes)
    if len(element):
        misshapen(element, "has children")
    return element.text or ""


def base64_octets(element: etree._Element, max_length: int, attributes: frozenset[str] = _NO_ATTRIBUTES) -> bytes:
    """Decode base64 of at most ``max_length`` characters, including white space."""
    encoded = text(element, attributes)
    if len(encoded) > max_length:
        misshapen(element, "too long")
    try:
        return base64.b64decode(encoded.translate(_NO_WHITE), validate=True)
    except ValueError:
        misshapen(element, "not base64")


def prefix_list(element: etree._Element) -> tuple[str, ...]:
    """Return the prefixes that an ec:InclusiveNamespaces lists; the default namespace, ``#default``, is refused."""
    listed = element.get("PrefixList")
    if text(element, frozenset({"PrefixList"})) or listed is None or len(listed) > _MAX_PREFIX_LIST:
        misshapen(element)
    # One space between two: tools disagree on other separators.
    if not _PREFIX_LIST.fullmatch(listed):
        misshapen(element, "not a list of prefixes")
    prefixes = tuple(listed.split())
    if len(set(prefixes)) != len(prefixes) or len(prefixes) > _MAX_PREFIXES:
        misshapen(element, "a prefix twice, or too many")
    return prefixes


def moment(element: etree._Element, attributes: frozenset[str] = _NO_ATTRIBUTES) -> datetime:
    """Return the aware UTC time of an xs:dateTime that has an offset."""
    written = text(element, attributes)
    if not _MOMENT.fullmatch(written):
        misshapen(element, "not a time with an offset")
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        misshapen(element, "no such time")


def _only(element: etree._Element, attributes: frozenset[str]) -> None:
    if not attributes.issuperset(element.keys()):
        misshapen(element, "its attributes")
