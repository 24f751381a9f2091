"""An element of an XML schema (XSD, or the types of a WSDL) as a tree of names, types, lengths and choices.

What a schema says beyond that (patterns, keys) is judged by the schema itself, on the finished message. Files are read
from the contract's own folder alone, without a DTD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lxml import etree

from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.model.values import Type
from gateway.notice.profile_version import is_left_out
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

XS = "{http://www.w3.org/2001/XMLSchema}"
MAX_DEPTH = 12
"""Types that hold themselves end here: what is deeper may be anything."""

MAX_NODES = 10_000
MAX_FILES = 50

_NUMBERS = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "negativeInteger",
            "nonPositiveInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte")  # fmt: skip
_TYPES: Mapping[str, Type] = {
    **dict.fromkeys(_NUMBERS, Type.INTEGER),
    **dict.fromkeys(("decimal", "float", "double"), Type.DECIMAL),
    **dict.fromkeys(("base64Binary", "hexBinary", "anySimpleType", "anyType"), Type.ANY),
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "dateTime": Type.TIME,
}

Name = tuple[str, str]
"""Namespace and local name."""


def element_of(contract: Path, name: str) -> Group:
    """Return what the global element ``name`` (its local name) holds.

    Raises `GatewayError` ``mapping.contract`` where a file cannot be read, or has no such element.
    """
    schema = _Schema(contract)
    found = [element for (_, local), element in schema.elements.items() if local == name]
    if len(found) != 1:
        known = ", ".join(sorted({local for _, local in schema.elements})[:30])
        raise GatewayError("mapping.contract", where=str(contract), detail=f"no element {name}; there are {known}")
    try:
        made = schema.element(found[0], 0)
    except ValueError as error:  # a length that is no number
        raise GatewayError("mapping.contract", where=str(contract), detail=str(error)) from error
    if isinstance(made, Leaf):
        raise GatewayError("mapping.contract", where=str(contract), detail=f"{name} holds a single value")
    return made


class _Schema:
    """Every global element and type of a contract's files, and the trees that are made of them."""

    def __init__(self, contract: Path) -> None:
        self.elements: dict[Name, etree._Element] = {}
        self._types: dict[Name, etree._Element] = {}
        self._nodes = 0
        for root in _roots(contract):
            namespace = root.get("targetNamespace", "")
            for child in root.iterchildren(f"{XS}element", f"{XS}complexType", f"{XS}simpleType"):
                kinds = self.elements if child.tag == f"{XS}element" else self._types
                kinds[namespace, child.get("name", "")] = child

    def element(self, element: etree._Element, depth: int) -> Group | Leaf:
        """Return what one element is, without how often it may be there."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return OPEN
        if (named := element.get("ref")) is not None:
            target = self.elements.get(_name(element, named))
            return OPEN if target is None else self.element(target, depth + 1)
        inner = element.find(f"{XS}complexType")
        if inner is not None:
            return self._complex(inner, depth)
        inner = element.find(f"{XS}simpleType")
        if inner is not None:
            return self._simple(inner, depth)
        return self._named(element, element.get("type", ""), depth)

    def _named(self, at: etree._Element, named: str, depth: int) -> Group | Leaf:
        if not named:
            return Leaf(type=Type.ANY)
        namespace, local = _name(at, named)
        if f"{{{namespace}}}" == XS:
            return Leaf(type=_TYPES.get(local, Type.TEXT))
        found = self._types.get((namespace, local))
        if found is None or depth > MAX_DEPTH:
            return OPEN
        return self._complex(found, depth) if found.tag == f"{XS}complexType" else self._simple(found, depth)

    def _complex(self, type_: etree._Element, depth: int) -> Group | Leaf:
        members: dict[str, Leaf | Group] = {}
        is_open = False
        extension = next(type_.iterchildren(f"{XS}complexContent", f"{XS}simpleContent"), None)
        body = type_
        if extension is not None:
            body = next(extension.iterchildren(f"{XS}extension", f"{XS}restriction"), type_)
            base = self._named(body, body.get("base", ""), depth + 1)
            if isinstance(base, Group):
                members, is_open = dict(base.members), base.is_open
            elif not any(True for _ in body.iter(f"{XS}attribute")):
                return base
            else:
                members["#text"] = base
        for attribute in body.iterchildren(f"{XS}attribute"):
            if (name := attribute.get("name")) is not None:
                members[f"@{name}"] = self._attribute(attribute, depth)
        for particle in body.iterchildren(f"{XS}sequence", f"{XS}choice", f"{XS}all"):
            is_open |= self._particle(particle, members, depth, always=True)
        return Group(members=members, is_open=is_open)

    def _particle(
        self, particle: etree._Element, members: dict[str, Leaf | Group], depth: int, *, always: bool
    ) -> bool:
        """Add the elements of a sequence or choice; return whether anything else may stand there."""
        always = always and particle.tag != f"{XS}choice" and particle.get("minOccurs") != "0"
        repeated = _is_many(particle)
        is_open = False
        for child in particle.iterchildren():
            if child.tag == f"{XS}element":
                _, local = _name(child, child.get("name") or child.get("ref") or "")
                made = self.element(child, depth + 1)
                needed, many = always and child.get("minOccurs") != "0", repeated or _is_many(child)
                members[local] = _placed(made, required=needed and child.get("default") is None, many=many)
            elif child.tag in (f"{XS}sequence", f"{XS}choice", f"{XS}all"):
                is_open |= self._particle(child, members, depth, always=always)
            elif child.tag in (f"{XS}any", f"{XS}group"):
                is_open = True
        return is_open

    def _attribute(self, attribute: etree._Element, depth: int) -> Leaf:
        inner = attribute.find(f"{XS}simpleType")
        made = (
            self._simple(inner, depth)
            if inner is not None
            else self._named(attribute, attribute.get("type", ""), depth)
        )
        leaf = made if isinstance(made, Leaf) else Leaf(type=Type.ANY)
        placed = _placed(leaf, required=attribute.get("use") == "required", many=False)
        assert isinstance(placed, Leaf)
        return placed

    def _simple(self, type_: etree._Element, depth: int) -> Leaf:
        restriction = type_.find(f"{XS}restriction")
        if restriction is None:  # a list or a union
            return Leaf(type=Type.ANY)
        base_name = restriction.get("base")
        inner = restriction.find(f"{XS}simpleType")
        base = self._named(restriction, base_name, depth + 1) if base_name else None
        if base is None and inner is not None:
            base = self._simple(inner, depth + 1)
        if not isinstance(base, Leaf):
            return Leaf(type=Type.ANY)
        facets = {etree.QName(facet).localname: facet.get("value", "") for facet in restriction.iterchildren("*")}
        choices = _choices(restriction, base.type)
        exact = facets.get("length")
        return Leaf(
            type=base.type,
            least_length=int(exact or facets.get("minLength") or base.least_length),
            max_length=_least(base.max_length, exact or facets.get("maxLength")),
            choices=choices or base.choices,
        )


def _choices(restriction: etree._Element, type_: Type) -> frozenset[str | int]:
    """Return what may stand there. Raises `ValueError` for a number that is none."""
    found = [facet.get("value", "") for facet in restriction.iterchildren(f"{XS}enumeration")]
    return frozenset(map(int, found)) if type_ is Type.INTEGER else frozenset(found)


def _roots(contract: Path) -> Iterator[etree._Element]:
    """Yield the schemas of a file and of what it imports from its own folder."""
    folder, waiting, seen = contract.parent.resolve(), [contract.resolve()], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if len(seen) > MAX_FILES or not path.is_relative_to(folder):
            raise GatewayError("mapping.contract", where=str(path), detail="outside the contract's folder")
        if is_left_out(path.relative_to(folder)):
            raise GatewayError("mapping.contract", where=str(path), detail="a dot in front: the profile leaves it out")
        root = _parsed(path)
        for schema in root.iter(f"{XS}schema"):
            yield schema
            for outside in schema.iterchildren(f"{XS}import", f"{XS}include"):
                location = urlsplit(outside.get("schemaLocation", ""))
                local = (path.parent / unquote(location.path)).resolve()
                # What lies elsewhere is another's: whatever is named of it may be anything.
                if location.path and not location.scheme and local.is_relative_to(folder):
                    waiting.append(local)


def _parsed(path: Path) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.parse(str(path), parser)
    except (OSError, etree.LxmlError, ValueError) as error:
        raise GatewayError("mapping.contract", where=str(path), detail=words_of(error)) from error
    if tree.docinfo.internalDTD is not None:
        raise GatewayError("mapping.contract", where=str(path), detail="it has a DTD")
    return tree.getroot()


def _name(at: etree._Element, named: str) -> Name:
    prefix, _, local = named.rpartition(":")
    return at.nsmap.get(prefix or None) or "", local


def _placed(made: Group | Leaf, *, required: bool, many: bool) -> Group | Leaf:
    if isinstance(made, Group):
        return Group(members=made.members, required=required, many=many, is_open=made.is_open)
    return Leaf(
        type=made.type,
        required=required,
        many=many,
        least_length=made.least_length,
        max_length=made.max_length,
        choices=made.choices,
    )


def _is_many(particle: etree._Element) -> bool:
    return particle.get("maxOccurs", "1") not in ("0", "1")


def _least(base: int | None, own: str | None) -> int | None:
    lengths = [length for length in (base, int(own) if own else None) if length is not None]
    return min(lengths, default=None)
