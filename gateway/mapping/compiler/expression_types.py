"""Types of expressions, as far as their text and the source tell: some are always null.

Semantics: https://jmespath.org/specification.html. A value that is not certain has no known type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal

from gateway.mapping.model.expression import Node
from gateway.mapping.model.paths import NAMESPACES
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type, type_of

NULL: Final = "null"
"""Type of an expression that never has a value."""

Found = Group | Leaf | Literal["null"] | None
"""Tree of an expression's values, `NULL`, or None if nothing is known."""

_ORDERED: Final = frozenset({Type.INTEGER, Type.DECIMAL, Type.ANY})
_BOOLEAN: Final = Leaf(type=Type.BOOLEAN)


def expression_type(tree: Node, source: Group) -> Found:
    """Return the type of an expression that begins at ``source``, or at one of its elements if it is a list."""
    return _type(tree, replace(source, many=False))


def _type(node: Node, here: Found) -> Found:
    children: list[Any] = node["children"]
    match node["type"]:
        case "field":
            return None if node["value"] in NAMESPACES else _member(node["value"], here)
        case "current" | "identity":
            return here
        case "literal":
            return NULL if node["value"] is None else _literal(node["value"])
        case "subexpression" | "pipe" | "index_expression":
            found = here
            for child in children:
                found = _type(child, found)
            return found
        case "index" | "slice":
            return None if _may_be_list(here) else NULL
        case "projection" | "filter_projection" | "flatten":
            return None if _may_be_list(_type(children[0], here)) else NULL
        case "value_projection":
            left = _type(children[0], here)
            return NULL if left == NULL or _is_single(left) else None
        case "multi_select_list" | "multi_select_dict":
            return NULL if here == NULL else None
        case "or_expression":
            return NULL if all(_type(child, here) == NULL for child in children) else None
        case "and_expression":
            return NULL if _type(children[0], here) == NULL else None
        case "not_expression":
            return _BOOLEAN
        case "comparator":
            return _compared(node["value"], [_type(child, here) for child in children])
        case _:
            return None


def _member(name: str, here: Found) -> Found:
    if here == NULL or _is_single(here):
        return NULL
    if not isinstance(here, Group):
        return None
    if here.many:
        return NULL  # a list has no members, even with one element (`gateway.mapping.program.source_lists`)
    if name in here.members:
        return here.members[name]
    return None if here.is_open else NULL


def _may_be_list(here: Found) -> bool:
    if here is None:
        return True
    if isinstance(here, Group):
        return here.many or (here.is_open and not here.members)
    return isinstance(here, Leaf) and (here.many or here.type in (Type.ANY, Type.LIST))


def _is_single(here: Found) -> bool:
    """Return True for a value that is certainly no object."""
    return isinstance(here, Leaf) and not here.many and here.type is not Type.ANY


def _literal(value: Any) -> Found:
    return None if isinstance(value, dict | list) else Leaf(type=type_of(value))


def _compared(how: str, sides: list[Found]) -> Found:
    """Return the type of a comparison: an order is known of numbers alone, and null for anything else."""
    if how in ("eq", "ne"):
        return _BOOLEAN
    ordered = all(side != NULL and not (_is_single(side) and side.type not in _ORDERED) for side in sides)  # type: ignore[union-attr]
    return None if ordered else NULL
