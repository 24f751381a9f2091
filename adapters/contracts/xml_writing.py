"""A mapping's values as zeep writes them, and the proof that it has written all of them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree
from zeep.xsd.types import builtins

from adapters.contracts.xml_tree import local_name
from adapters.crypto.message.soap_signing import SLOT
from gateway.mapping.model.paths import TEXT
from gateway.mapping.model.values import SealElement, TextSlot
from gateway.trust.trust_policy import Rejection

_ANY_ELEMENT: Final = "#xml"
_VALUE: Final = "_value_1"

_PARTS_OF_DATES: Final[tuple[Any, ...]] = (
    builtins.gYear, builtins.gYearMonth, builtins.gMonth, builtins.gMonthDay, builtins.gDay,
)  # fmt: skip
for _each in _PARTS_OF_DATES:
    # zeep writes them from tuples alone, and a month without its zero. A mapping makes texts, which the schema judges.
    _each.xmlvalue = builtins.String.xmlvalue


def parts_of(values: Mapping[str, Any], type_: Any) -> dict[str, Any]:
    """Return a mapping's nested values as the parts of an element of zeep's ``type_``.

    zeep calls attributes by their bare names, or ``attr__NAME`` beside an element NAME; ``_value_1`` is the text beside
    them and an element that the contract does not describe. A sealed notice is its slot:
    `adapters.crypto.message.soap_signing`. A large text is its mark: `adapters.judiciary.mapped.text_slots`.
    """
    attributes = {attribute.name: name for name, attribute in getattr(type_, "attributes", ())}
    types = {name: getattr(element, "type", None) for name, element in getattr(type_, "elements", ())}
    parts: dict[str, Any] = {}
    for name, value in values.items():
        if name in (TEXT, _ANY_ELEMENT):
            part = _VALUE
        elif name.startswith("@"):
            part = attributes.get(name[1:], name[1:])
        else:
            part = name
        parts[part] = _inner(value, types.get(part))
    return parts


def _inner(value: Any, type_: Any) -> Any:
    if isinstance(value, dict):
        return parts_of(value, type_)
    if isinstance(value, SealElement):
        return etree.Element(SLOT, n=str(value.number))
    if isinstance(value, TextSlot):
        return base64.b64encode(value.mark).decode("ascii") if value.is_text else value.mark
    return [_inner(part, type_) for part in value] if isinstance(value, list) else value


def assert_written(element: etree._Element, values: Mapping[str, Any], where: str = "") -> None:
    """Raise `Rejection` ``verify.schema``, with the path, if ``element`` has fewer parts than the values."""
    for name, value in values.items():
        path = f"{where}.{name}" if where else name
        given = value if isinstance(value, list) else [value]
        if name.startswith("@"):
            written = sum(etree.QName(each).localname == name[1:] for each in element.attrib)
        elif name == TEXT:
            written = int(bool(element.text) or value in ("", None))
        else:
            those = [child for child in element if isinstance(child.tag, str)]
            found = [child for child in those if name == _ANY_ELEMENT or local_name(child) == name]
            written = len(found)
            for child, inner in zip(found, given, strict=False):
                if isinstance(inner, dict):
                    assert_written(child, inner, path)
        if written < len(given):
            detail = f"{written} of {len(given)} written: the contract has no such place for them"
            raise Rejection("verify.schema", where=path, detail=detail)
