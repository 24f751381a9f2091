"""A schema of a JSON document (JSON Schema, or a component of an OpenAPI description) as a tree of names and types.

References are followed inside the one file; what lies outside may be anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.errors import GatewayError
from gateway.mapping.schema import OPEN, Group, Leaf
from gateway.mapping.values import Type

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 12
MAX_NODES = 10_000

_TYPES = {"string": Type.TEXT, "integer": Type.INTEGER, "number": Type.DECIMAL, "boolean": Type.BOOLEAN}
_PLACES = (("components", "schemas"), ("$defs",), ("definitions",))


def schema_of(contract: Path, name: str) -> Group:
    """Return what the schema called ``name`` describes. Raises `GatewayError` ``mapping.contract``."""
    root = _parsed(contract)
    named = _named(root)
    if name not in named:
        known = ", ".join(sorted(named)[:30])
        raise GatewayError("mapping.contract", where=str(contract), detail=f"no schema {name}; there are {known}")
    made = _Tree(root).node(named[name], 0)
    if isinstance(made, Leaf):
        raise GatewayError("mapping.contract", where=str(contract), detail=f"{name} holds a single value")
    return made


def _parsed(contract: Path) -> Mapping[str, Any]:
    try:
        if contract.stat().st_size > MAX_BYTES:
            raise ValueError
        root = json.loads(contract.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise GatewayError("mapping.contract", where=str(contract), detail=type(error).__name__) from error
    if not isinstance(root, dict):
        raise GatewayError("mapping.contract", where=str(contract), detail="not a JSON object")
    return root


def _named(root: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for place in _PLACES:
        here: Any = root
        for step in place:
            here = here.get(step) if isinstance(here, dict) else None
        found |= here if isinstance(here, dict) else {}
    return found


class _Tree:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root, self._nodes = root, 0

    def node(self, schema: Any, depth: int) -> Group | Leaf:
        self._nodes += 1
        if not isinstance(schema, dict) or depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return OPEN
        if isinstance(reference := schema.get("$ref"), str):
            return self.node(self._referred(reference), depth + 1)
        if isinstance(parts := schema.get("allOf"), list):
            return self._all(schema, parts, depth)
        type_ = _type(schema)
        if type_ == "object" or "properties" in schema:
            return self._object(schema, depth)
        if type_ == "array":
            return _many(self.node(schema.get("items"), depth + 1))
        return _leaf(schema, _TYPES.get(type_ or "", Type.ANY))

    def _all(self, schema: Mapping[str, Any], parts: list[Any], depth: int) -> Group | Leaf:
        made = [self.node(part, depth + 1) for part in parts]
        groups = [each for each in made if isinstance(each, Group)]
        if len(groups) != len(made):
            return made[0]
        own = self._object(schema, depth)
        members = {name: member for group in (*groups, own) for name, member in group.members.items()}
        return Group(members=members, is_open=any(group.is_open for group in groups))

    def _object(self, schema: Mapping[str, Any], depth: int) -> Group:
        properties, required = schema.get("properties"), schema.get("required")
        names = required if isinstance(required, list) else []
        members = {
            name: _needed(self.node(inner, depth + 1), required=name in names)
            for name, inner in (properties.items() if isinstance(properties, dict) else ())
        }
        return Group(members=members, is_open=schema.get("additionalProperties", not members) not in (False,))

    def _referred(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return None
        here: Any = self._root
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            here = here.get(name) if isinstance(here, dict) else None
        return here


def _type(schema: Mapping[str, Any]) -> str | None:
    """The type, without ``null``."""
    found = schema.get("type")
    if isinstance(found, list):
        named = [each for each in found if each != "null"]
        found = named[0] if len(named) == 1 else None
    return found if isinstance(found, str) else None


def _leaf(schema: Mapping[str, Any], type_: Type) -> Leaf:
    listed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    words = isinstance(listed, list) and all(isinstance(word, str) for word in listed)
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    return Leaf(
        type=type_,
        choices=frozenset(listed) if words and listed else None,
        least_length=least if isinstance(least, int) else 0,
        max_length=most if isinstance(most, int) else None,
    )


def _many(made: Group | Leaf) -> Group | Leaf:
    return _with(made, required=False, many=True)


def _needed(made: Group | Leaf, *, required: bool) -> Group | Leaf:
    return _with(made, required=required, many=made.many)


def _with(made: Group | Leaf, *, required: bool, many: bool) -> Group | Leaf:
    if isinstance(made, Group):
        return Group(members=made.members, required=required, many=many, is_open=made.is_open)
    return Leaf(
        type=made.type,
        required=required,
        many=many,
        choices=made.choices,
        least_length=made.least_length,
        max_length=made.max_length,
    )
