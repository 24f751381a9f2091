"""Cost of compiling an XML schema, counted before libxml2 does it.

libxml2 makes an automaton of each content model. For n optional elements in a row it needs some n³ steps: 0.2 s of
processor time for 500 of them, 15 s for 2,000. References to groups and bases of types count with their targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from lxml import etree

MAX_STEPS: Final = 1_000_000_000
"""Maximum number of steps, about two seconds."""

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_MODELS: Final = frozenset({f"{_XS}sequence", f"{_XS}choice", f"{_XS}all"})
_BODIES: Final = frozenset({f"{_XS}complexContent", f"{_XS}extension", f"{_XS}restriction"})

Particles = tuple[int, int]
"""Number of elements of a content model, and of the optional ones among them."""


def steps(schemas: Iterable[etree._Element]) -> int:
    """Return the steps for all types of these schemas together. Types and groups of one name count together."""
    return _Count(schemas).steps()


class _Count:
    def __init__(self, schemas: Iterable[etree._Element]) -> None:
        self._types: list[etree._Element] = []
        self._named: dict[str, list[etree._Element]] = {}
        self._substitutes: dict[str, int] = {}
        self._known: dict[str, Particles] = {}
        for schema in schemas:
            self._types += schema.iter(f"{_XS}complexType")
            for named in schema.iter(f"{_XS}complexType", f"{_XS}group"):
                if name := named.get("name"):
                    self._named.setdefault(named.tag + name, []).append(named)
            for element in schema.iter(f"{_XS}element"):
                for head in element.get("substitutionGroup", "").split():
                    self._substitutes[_local(head)] = self._substitutes.get(_local(head), 0) + 1

    def steps(self) -> int:
        found = (self._inside(each, optional=False) for each in self._types)
        return sum(10 * elements**2 + absent**3 for elements, absent in found)

    def _inside(self, at: etree._Element, *, optional: bool) -> Particles:
        elements = absent = 0
        for child in at.iterchildren("*"):
            own = self._particle(child, optional=optional)
            elements, absent = elements + own[0], absent + own[1]
        return elements, absent

    def _particle(self, child: etree._Element, *, optional: bool) -> Particles:
        optional = optional or child.get("minOccurs") == "0"
        if child.tag in (f"{_XS}element", f"{_XS}any"):
            # Members of a substitution group may stand in its place, and have members of their own; this is the
            # maximum.
            many = 1 + (sum(self._substitutes.values()) if _local(child.get("ref", "")) in self._substitutes else 0)
            return many, many if optional else 0
        if child.tag == f"{_XS}group":
            elements, absent = self._of(child.tag, child.get("ref", ""))
            return elements, elements if optional else absent
        if child.tag in _MODELS:
            return self._inside(child, optional=optional)
        if child.tag in _BODIES:
            own = self._inside(child, optional=optional)
            base = self._of(f"{_XS}complexType", child.get("base", ""))
            return own[0] + base[0], own[1] + base[1]
        return 0, 0

    def _of(self, tag: str, name: str) -> Particles:
        """Return the content of a group or type by its name; nothing if it contains itself: libxml2 refuses that."""
        key = tag + _local(name)
        if key not in self._known:
            self._known[key] = (0, 0)
            found = [self._inside(each, optional=False) for each in self._named.get(key, ())]
            self._known[key] = sum(each[0] for each in found), sum(each[1] for each in found)
        return self._known[key]


def _local(name: str) -> str:
    return name.rpartition(":")[2].strip()


def schemas_of(documents: Mapping[Path, bytes]) -> dict[Path, etree._Element]:
    """Parse the documents that can be parsed; libxml2 refuses the others, if anything refers to them."""
    found = {}
    for path, octets in documents.items():
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        try:
            found[path] = etree.fromstring(octets, parser)
        except etree.XMLSyntaxError:
            continue
    return found
