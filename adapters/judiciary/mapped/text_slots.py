"""Large texts of a message in XML: each is a slot in it, whose text is read while the message is sent.

zeep writes a short mark in its place, which no other text of the message can be. The contract's schema judges the
message with that mark; a text with further rules is never large (`adapters.contracts.xsd`). Then the mark becomes a
slot.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree

from adapters.crypto.message.soap_signing import SLOT, TextSlice
from gateway.mapping.model.values import TextSlot
from gateway.notice.large_octets import Base64Octets, LargeValue, whole

_MARK_LENGTH: Final = 24


def with_slots(values: Mapping[str, Any], first: int) -> tuple[dict[str, Any], list[TextSlice]]:
    """Return nested values with a `TextSlot` for each large one, numbered from ``first``, and the texts.

    A value of an attribute is put into memory: it has no room for a slot.
    """
    texts: list[TextSlice] = []

    def slotted(value: Any) -> Any:
        match value:
            case dict():
                return {name: whole(each) if name.startswith("@") else slotted(each) for name, each in value.items()}
            case list():
                return [slotted(each) for each in value]
            case LargeValue():
                text = value.octets if value.is_text else Base64Octets(value.octets)
                texts.append(TextSlice(text))
                mark, number = secrets.token_bytes(_MARK_LENGTH), first + len(texts) - 1
                return TextSlot(number=number, length=len(text), mark=mark, is_text=value.is_text)
            case _:
                return value

    return {name: slotted(value) for name, value in values.items()}, texts


def slots_of(value: Any) -> Iterator[TextSlot]:
    """Yield the slots in nested values."""
    if isinstance(value, TextSlot):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        yield from slots_of(each)


def places_of(element: etree._Element, values: Mapping[str, Any]) -> dict[TextSlot, etree._Element]:
    """Return the element of each slot by its mark."""
    slots = {base64.b64encode(slot.mark).decode("ascii"): slot for slot in slots_of(values)}
    return {slots[part.text]: part for part in element.iter() if part.text in slots} if slots else {}


def put(slot: TextSlot, place: etree._Element) -> None:
    """Put a slot into its element, in the place of its mark."""
    place.text = None
    etree.SubElement(place, SLOT, n=str(slot.number))
