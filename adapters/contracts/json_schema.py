"""A schema of a JSON document (JSON Schema, or a component of an OpenAPI description) as a tree of names and types.

References are followed inside the contract's folder; a value described outside may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from adapters.contracts.json_folder import JsonFolder, Place
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

MAX_DEPTH: Final = 12
MAX_NODES: Final = 10_000

_TYPES: Final = {"string": Type.TEXT, "integer": Type.INTEGER, "number": Type.DECIMAL, "boolean": Type.BOOLEAN}
_PLACES: Final = (("components", "schemas"), ("$defs",), ("definitions",))
_NEVER: Final = frozenset({Type.OCTETS, Type.DATE, Type.TIME})
"""Types for which JSON has no form of its own: a mapping chooses the text."""

_OPEN: Final = Group(is_open=True, never=_NEVER)


def schema_of(contract: Path, name: str) -> Group:
    """Return the tree of the schema ``name``. Raises `GatewayError` ``mapping.contract``."""
    folder = JsonFolder(contract.parent)
    try:
        made = tree_of_schema(folder, named_schema(folder, folder.open(contract), name))
    except GatewayError as error:
        raise GatewayError("mapping.contract", where=str(contract), detail=error.detail) from error
    if isinstance(made, Leaf):
        raise GatewayError("mapping.contract", where=str(contract), detail=f"{name} holds a single value")
    return made


def named_schema(folder: JsonFolder, document: Place, name: str) -> Place:
    """Return the place of the schema ``name`` in a document. Raises `GatewayError` ``courier.contract``."""
    known = set[str]()
    for place in _PLACES:
        here = folder.below(document, *place)
        if here is not None and isinstance(here.value, dict):
            known |= here.value.keys()
            if (found := here.below(name)) is not None:
                return found
    there = ", ".join(sorted(known)[:30])
    raise GatewayError("courier.contract", where=document.shown, detail=f"no schema {name}; there are {there}")


def tree_of_schema(folder: JsonFolder, *places: Place) -> Group | Leaf:
    """Return the tree of values that fit all of these schemas."""
    tree = _Tree(folder)
    made = [tree.node(place, 0) for place in places]
    return made[0] if len(made) == 1 else _merged(made, frozenset())


def either(trees: list[Group | Leaf]) -> Group | Leaf:
    """Return the tree of values that fit any of these trees; nothing is checked where they differ in kind."""
    made = trees[0]
    for tree in trees[1:]:
        made = _either(made, tree)
    return made


def _either(one: Group | Leaf, other: Group | Leaf) -> Group | Leaf:
    if isinstance(one, Group) and isinstance(other, Group) and one.many is other.many:
        members = dict[str, Group | Leaf]()
        for name in [*one.members, *(name for name in other.members if name not in one.members)]:
            first, second = one.members.get(name), other.members.get(name)
            both = _either(first, second) if first is not None and second is not None else first or second
            assert both is not None
            required = first is not None and second is not None and first.required and second.required
            members[name] = replace(both, required=required)
        return replace(one, members=members, is_open=one.is_open or other.is_open)
    if isinstance(one, Leaf) and isinstance(other, Leaf) and one.many is other.many:
        known = one.choices is not None and other.choices is not None
        return Leaf(
            type=one.type if one.type is other.type else Type.ANY,
            nullable=one.nullable or other.nullable,
            many=one.many,
            choices=frozenset([*(one.choices or ()), *(other.choices or ())]) if known else None,
            never=_NEVER if Type.ANY in (one.type, other.type) or one.type is not other.type else frozenset(),
        )
    return Leaf(type=Type.ANY, never=_NEVER)


class _Tree:
    def __init__(self, folder: JsonFolder) -> None:
        self._folder, self._nodes = folder, 0

    def node(self, place: Place | None, depth: int) -> Group | Leaf:
        self._nodes += 1
        if place is None or depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return _OPEN
        try:
            place = self._folder.followed(place)
        except GatewayError:
            return _OPEN
        schema = place.value
        if not isinstance(schema, dict):
            return _OPEN
        return replace(self._described(place, schema, depth), nullable=_is_nullable(schema))

    def _described(self, place: Place, schema: dict[str, Any], depth: int) -> Group | Leaf:
        if isinstance(schema.get("allOf"), list):
            return self._all(place, depth)
        if choices := _choices(place):
            return self._any(place, choices, depth)
        type_ = _type(schema)
        if type_ == "object" or "properties" in schema:
            return self._object(place, depth)
        if type_ == "array":
            return replace(self.node(place.below("items"), depth + 1), required=False, many=True)
        return _leaf(schema, _TYPES.get(type_ or "", Type.ANY))

    def _any(self, place: Place, choices: list[Place], depth: int) -> Group | Leaf:
        """Return the tree of values that fit one of the choices, and what stands beside them."""
        made = either([self.node(each, depth + 1) for each in choices])
        if not isinstance(made, Group) or not place.value.get("properties"):
            return made
        own = replace(self._object(place, depth), is_open=False)
        return _merged([made, own], _required(place.value))

    def _all(self, place: Place, depth: int) -> Group | Leaf:
        parts = [part for number in range(len(place.value["allOf"])) if (part := self._part(place, number)) is not None]
        made = [self.node(part, depth + 1) for part in parts]
        if not all(isinstance(each, Group) for each in made):
            return made[0]
        own = replace(self._object(place, depth), is_open=False)
        needed = frozenset(name for each in (place, *parts) for name in _required(each.value))
        return _merged([*made, own], needed)

    def _part(self, place: Place, number: int) -> Place | None:
        try:
            return self._folder.below(place, "allOf", number)
        except GatewayError:
            return None

    def _object(self, place: Place, depth: int) -> Group:
        needed, properties = _required(place.value), place.below("properties")
        members = {}
        for name in _names(properties):
            made = self.node(properties.below(name) if properties is not None else None, depth + 1)
            members[name] = replace(made, required=name in needed, nullable=made.nullable and name in needed)
        is_open = place.value.get("additionalProperties", not members) not in (False,)
        return Group(members=members, is_open=is_open, never=_NEVER)


def _names(place: Place | None) -> Iterator[str]:
    if place is not None and isinstance(place.value, dict):
        yield from place.value


def _required(schema: Any) -> frozenset[str]:
    names = schema.get("required") if isinstance(schema, dict) else None
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def _merged(made: list[Group | Leaf], needed: frozenset[str]) -> Group | Leaf:
    groups = [each for each in made if isinstance(each, Group)]
    if len(groups) != len(made):
        return next(each for each in made if isinstance(each, Leaf))
    members: dict[str, Leaf | Group] = {}
    for name, member in (pair for group in groups for pair in group.members.items()):
        known = members.get(name)
        if known is None or (isinstance(known, Group) and not known.members):
            members[name] = replace(member, required=member.required or (known is not None and known.required))
        elif isinstance(known, Group) and isinstance(member, Group):
            both = _merged([known, member], frozenset())
            members[name] = replace(both, required=known.required or member.required, many=known.many or member.many)
    for name in needed & members.keys():
        members[name] = replace(members[name], required=True)
    said_open = any(group.is_open and group.members for group in groups)
    return Group(members=members, is_open=said_open or all(group.is_open for group in groups), never=_NEVER)


def _type(schema: Mapping[str, Any]) -> str | None:
    """Return the type, without ``null``."""
    found = schema.get("type")
    if isinstance(found, list):
        named = [each for each in found if each != "null"]
        found = named[0] if len(named) == 1 else None
    return found if isinstance(found, str) else None


def _choices(place: Place) -> list[Place]:
    """Return the schemas of which a value fits one (``oneOf``) or more (``anyOf``), without that of ``null``."""
    found = []
    for word in ("oneOf", "anyOf"):
        listed = place.value.get(word)
        for number in range(len(listed) if isinstance(listed, list) else 0):
            each = place.below(word)
            branch = None if each is None else each.below(number)
            if branch is not None and not (isinstance(branch.value, dict) and branch.value.get("type") == "null"):
                found.append(branch)
    return found


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    """Return True if a schema says that a value may be ``null``: by its type, its list of values or a choice."""
    type_, listed = schema.get("type"), schema.get("enum")
    choices = [schema[word] for word in ("oneOf", "anyOf") if isinstance(schema.get(word), list)]
    branches = [each for listed in choices for each in listed if isinstance(each, dict)]
    of_type = "null" in type_ if isinstance(type_, list) else type_ == "null"
    of_list = isinstance(listed, list) and None in listed and (type_ is None or of_type)
    return of_type or of_list or any(_is_nullable(each) for each in branches)


def _leaf(schema: Mapping[str, Any], type_: Type) -> Leaf:
    listed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if isinstance(listed, list) and _is_nullable(schema):
        listed = [word for word in listed if word is not None]
    kinds = {type(word) for word in listed} if isinstance(listed, list) else set()
    words = kinds in ({str}, {int})
    if words and type_ is Type.ANY:
        type_ = Type.TEXT if kinds == {str} else Type.INTEGER
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    return Leaf(
        type=type_,
        choices=frozenset(listed or ()) if words else None,
        least_length=least if isinstance(least, int) else 0,
        max_length=most if isinstance(most, int) else None,
        never=_NEVER if type_ is Type.ANY else frozenset(),
        in_pieces=True,  # `adapters.crypto.schema.message_schema` judges it so
    )
