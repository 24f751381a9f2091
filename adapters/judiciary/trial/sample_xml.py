"""Sample of an XML message: an element that its schema allows, with every part that it may have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from lxml import etree
from xmlschema.validators import XsdComplexType, XsdElement, XsdGroup

from adapters.contracts.xsd_folder import schemas_of
from adapters.crypto.xml.strict_xml import faults
from adapters.judiciary.trial.sample_text import USUAL, of_length, of_pattern
from gateway.runtime.errors import GatewayError

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
MAX_DEPTH: Final = 10
MAX_ELEMENTS: Final = 2_000
MAX_ROUNDS: Final = 200


def xml_sample(messages: Path, schema: etree.XMLSchema, tag: str, given: Mapping[str, str]) -> etree._Element:
    """Return an element ``{namespace}Name`` that fits the schema. ``given`` are texts by an element's local name.

    Raises `GatewayError` ``profile.sample`` with the element for which no fitting text was found.
    """
    maps, name = schemas_of(messages), etree.QName(tag).localname
    found = [each for each in maps.elements.values() if each.schema.maps is maps and each.local_name == name]
    if len(found) != 1:
        raise GatewayError("profile.sample", where=name, detail=f"{len(found)} elements of this name")
    maker = _Maker([each for each in map(of_pattern, _patterns(messages)) if each], given)
    root = maker.made(found[0], 0)
    for _ in range(MAX_ROUNDS):
        wrong = faults(schema, root)
        if not wrong:
            return root
        if not [each for each in wrong if maker.try_next(root, each)]:
            break
    where = etree.QName(wrong[0]).localname
    detail = "no text that fits was found: give a sample of this answer with --answer"
    raise GatewayError("profile.sample", where=where, detail=detail)


def _patterns(messages: Path) -> Iterator[str]:
    for file in sorted(messages.parent.rglob("*.xsd")):
        tree = etree.parse(str(file), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        yield from [each.get("value") or "" for each in tree.iter(f"{_XS}pattern")]


class _Maker:
    """Maker of elements; each text has a row of candidates, and the next one is taken while the schema refuses it."""

    def __init__(self, patterns: list[str], given: Mapping[str, str]) -> None:
        self._patterns, self._given, self._count = patterns, given, 0
        self._left: dict[etree._Element, Iterator[str]] = {}

    def made(self, declared: XsdElement, depth: int) -> etree._Element:
        element = etree.Element(declared.name)
        self._fill(element, declared.type, depth)
        return element

    def try_next(self, root: etree._Element, element: etree._Element) -> bool:
        """Take the next candidate for an element, or leave out one that may be absent; return False if none is left."""
        for text in self._left.get(element, iter(())):
            element.text = text
            return True
        parent = element.getparent()
        if parent is None or element is root:
            return False
        parent.remove(element)  # an optional one, or the schema refuses the parent next
        return True

    def _fill(self, element: etree._Element, type_: Any, depth: int) -> None:
        self._count += 1
        content = type_.content if isinstance(type_, XsdComplexType) else type_
        if isinstance(type_, XsdComplexType):
            for attribute in type_.attributes.values():
                if getattr(attribute, "name", None) and attribute.use == "required":
                    element.set(attribute.name, next(self._texts(attribute.local_name, attribute.type)))
        if isinstance(content, XsdGroup):
            for each in self._particles(content, depth):
                element.append(self.made(each, depth + 1))
        elif content is not None:
            texts = self._texts(etree.QName(element).localname, content)
            element.text = next(texts, "")
            self._left[element] = texts

    def _particles(self, group: XsdGroup, depth: int) -> Iterator[XsdElement]:
        members = list(group)[:1] if group.model == "choice" else list(group)
        for member in members:
            least = member.min_occurs
            if isinstance(member, XsdGroup):
                yield from self._particles(member, depth)
            elif isinstance(member, XsdElement):
                if least == 0 and (depth >= MAX_DEPTH or self._count > MAX_ELEMENTS):
                    continue
                concrete = next((each for each in (member, *member.iter_substitutes()) if not each.abstract), member)
                yield from [concrete] * max(1, least)

    def _texts(self, name: str, type_: Any) -> Iterator[str]:
        given = [self._given[name]] if name in self._given else []
        listed = [str(each) for each in type_.enumeration or ()]
        if not listed and type_.root_type.name == f"{_XS}boolean":
            listed = ["false", "true"]
        facets = [type_.get_facet(f"{_XS}{facet}") for facet in ("length", "minLength", "maxLength")]
        exact, least, most = (None if each is None else each.value for each in facets)
        sized = of_length(exact or least or 0, exact or most)
        return itertools.chain(given, listed) if listed else itertools.chain(given, USUAL, self._patterns, sized)
