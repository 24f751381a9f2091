"""An element of an XML schema (XSD, or the types of a WSDL) as a tree of names, types, lengths and choices.

Other rules of a schema (patterns, keys) are judged by the schema itself, on the finished message.

An element is ``only_read`` if a sequence, choice or group around it may repeat, or if its name stands twice in a
sequence: values by name do not tell which elements belong together, or which of two places a value is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from xmlschema.validators import XsdAnyElement, XsdComplexType, XsdElement, XsdGroup

from adapters.contracts.xsd_folder import schemas_of
from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
MAX_DEPTH: Final = 12
"""Deepest level of types that contain themselves: a deeper value may be anything."""

MAX_NODES: Final = 10_000

_NUMBERS = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger",
            "nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte")  # fmt: skip
_TYPES: Final[Mapping[str, Type]] = {
    **dict.fromkeys(_NUMBERS, Type.INTEGER),
    **dict.fromkeys(("decimal", "float", "double"), Type.DECIMAL),
    **dict.fromkeys(("base64Binary", "hexBinary", "anySimpleType", "anyType"), Type.ANY),
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "dateTime": Type.TIME,
}

_LARGE: Final = frozenset({"base64Binary", "string", "normalizedString", "token"})
"""Types without a rule that a text in base64 could break."""

_NEVER: Final[Mapping[str, frozenset[Type]]] = {
    "base64Binary": frozenset(Type)
    - {Type.TEXT, Type.OCTETS, Type.ANY},  # octets are encoded when a message is written
    "hexBinary": frozenset(Type) - {Type.TEXT, Type.ANY},
}


class _Occurrence(NamedTuple):
    """Times that an element may stand in a content model; None for an element that a wildcard allows."""

    element: XsdElement | None
    least: int
    most: float
    only_read: bool = False


_Model = dict[str, _Occurrence]
"""Elements of a content model by their local names; those of a wildcard as `WILDCARD`, unknown ones as ``*``."""

WILDCARD: Final = "#xml"

_ANY: Final[_Model] = {"*": _Occurrence(None, 0, 1)}
_ANY_ELEMENT: Final[_Model] = {WILDCARD: _Occurrence(None, 0, 1)}


def element_of(contract: Path, name: str) -> Group:
    """Return the tree of the global element ``name`` (its local name).

    Raises `GatewayError` ``mapping.contract`` if a file cannot be read, or has no such element.
    """
    maps = schemas_of(contract)
    elements = [element for element in maps.elements.values() if element.schema.maps is maps]
    found = [element for element in elements if element.local_name == name]
    if len(found) != 1:
        known = ", ".join(sorted({element.local_name for element in elements})[:30])
        raise GatewayError("mapping.contract", where=str(contract), detail=f"no element {name}; there are {known}")
    made = _Tree().element(found[0], 0)
    if isinstance(made, Leaf):
        raise GatewayError("mapping.contract", where=str(contract), detail=f"{name} holds a single value")
    return made


class _Tree:
    def __init__(self) -> None:
        self._nodes = 0

    def element(self, element: XsdElement, depth: int) -> Group | Leaf:
        """Return the tree of one element, without its occurrence."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return OPEN
        if not isinstance(element.type, XsdComplexType) or element.type.name == f"{XS}anyType":
            return _leaf(element.type)
        return self._complex(element.type, depth)

    def _complex(self, type_: XsdComplexType, depth: int) -> Group | Leaf:
        """Return the tree of a complex type. Attributes of a wildcard are not known."""
        members: dict[str, Leaf | Group] = {
            f"@{attribute.local_name}": replace(_leaf(attribute.type), required=attribute.use == "required")
            for name, attribute in type_.attributes.items()
            if name is not None and attribute.use != "prohibited"
        }
        if not isinstance(type_.content, XsdGroup):
            text = _leaf(type_.content)
            return Group(members={**members, "#text": text}) if members else text
        # A part that xmlschema cannot read may be anything, and so may types that are made of an abstract one.
        is_open = bool(type_.abstract or type_.errors or type_.attributes.errors)
        for name, found in _model(type_.content).items():
            if found.element is None:
                is_open = True
                if name == WILDCARD:
                    members[name] = Leaf(type=Type.ELEMENT, only_read=found.only_read)
            else:
                needed = found.least > 0 and found.element.default is None
                made = self.element(found.element, depth + 1)
                many, nullable = found.most > 1, found.element.nillable
                members[name] = replace(
                    made,
                    required=needed,
                    many=many,
                    nullable=needed and nullable and not many,
                    only_read=found.only_read,
                )
        return Group(members=members, is_open=is_open)


def _model(particle: Any) -> _Model:
    """Return the elements that a particle allows, with the occurrence of each."""
    if isinstance(particle, XsdElement):
        elements = [each for each in (particle, *particle.iter_substitutes()) if not each.abstract]
        found = _together([{each.local_name: _Occurrence(each, 1, 1)} for each in elements] or [_ANY], choice=True)
    elif isinstance(particle, XsdAnyElement):
        found = _ANY_ELEMENT
    elif not isinstance(particle, XsdGroup):
        found = _ANY
    else:
        found = _together([_model(each) for each in particle], choice=particle.model == "choice")
        if particle.errors:  # a missing or circular group
            found = found | _ANY
    least, most = particle.min_occurs, float("inf") if particle.max_occurs is None else particle.max_occurs
    repeats = isinstance(particle, XsdGroup) and most > 1
    return {
        name: _Occurrence(each.element, each.least * least, each.most * most, each.only_read or repeats)
        for name, each in found.items()
        if each.most and most
    }


def _together(parts: list[_Model], *, choice: bool) -> _Model:
    gathered: dict[str, list[_Occurrence]] = {}
    for name, each in (pair for part in parts for pair in part.items()):
        gathered.setdefault(name, []).append(each)
    found: _Model = {}
    for name, places in gathered.items():
        least, most = [each.least for each in places], [each.most for each in places]
        in_all = min(least) if len(places) == len(parts) else 0
        times = (in_all, max(most)) if choice else (sum(least), sum(most))
        only_read = any(each.only_read for each in places) or (len(places) > 1 and not choice and name != WILDCARD)
        found[name] = _Occurrence(places[0].element, *times, only_read)
    return found


def _leaf(type_: Any) -> Leaf:
    """Return a simple type as a leaf: a list or a union may hold anything."""
    built_in = type_
    while not (built_in.name or "").startswith(XS):
        if built_in.is_list() or built_in.is_union() or built_in.errors:
            return Leaf(type=Type.ANY)
        built_in = built_in.base_type
    name = built_in.name.removeprefix(XS)
    kind = _TYPES.get(name, Type.TEXT)
    exact, least, most = (type_.get_facet(f"{XS}{facet}") for facet in ("length", "minLength", "maxLength"))
    shortest, longest = exact or least, exact or most
    choices = type_.enumeration if kind in (Type.TEXT, Type.INTEGER) else None
    return Leaf(
        type=kind,
        least_length=shortest.value if shortest is not None else 0,
        max_length=longest.value if longest is not None else None,
        choices=frozenset(choices) if choices is not None else None,
        never=_NEVER.get(name, frozenset()),
        in_pieces=type_ is built_in and name in _LARGE,
    )
