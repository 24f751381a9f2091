"""Bounds on the ``xs:pattern`` of a contract's schemas, and on each text that is matched with one.

A value belongs to a pattern by names alone: those of its element or attribute, and of types. If schemas give one name
two types, the costlier one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.crypto.schema.xsd_automaton import PatternRefused
from adapters.crypto.schema.xsd_pattern import Budget, Cost, cost_of
from gateway.runtime.errors import GatewayError

MAX_COST: Final = 500_000_000
"""Maximum cost of all texts of a message together: some seconds, or half a GiB."""

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_TYPES: Final = frozenset({f"{_XS}simpleType", f"{_XS}complexType"})
_VALUES: Final = frozenset({f"{_XS}element", f"{_XS}attribute"})
_REFERENCES: Final = ("type", "base", "itemType", "memberTypes")
_CHEAP: Final = Cost(each=30, paired=0)
"""Cost of texts that a message can never have too many of."""

Holder = tuple[str, str]
"""Holder of a pattern: a ``type`` or ``value`` (an element or attribute), and its local name."""


class SchemaPatterns:
    """Patterns of schemas, each with a bound.

    Raises `GatewayError` ``courier.pattern`` with file, line and name for a pattern without one.
    """

    def __init__(self, schemas: Mapping[Path, etree._Element]) -> None:
        budget = Budget()
        self._own: dict[Holder, Cost] = {}
        self._refers: dict[Holder, dict[Holder, None]] = {}
        self._known: dict[Holder, Cost] = {}
        for path, schema in schemas.items():
            for pattern in schema.iter(f"{_XS}pattern"):
                holder = _holder(pattern)
                self._own[holder] = self._own.get(holder, Cost()) + _cost(path, pattern, budget)
            self._add_references(schema)
        costs = {holder: self._cost(holder) for holder in {*self._own, *self._refers}}
        dear = {holder: cost for holder, cost in costs.items() if not cost.is_within(_CHEAP)}
        self._values = {name: cost for (kind, name), cost in dear.items() if kind == "value"}
        self._types = {name: cost for (kind, name), cost in dear.items() if kind == "type"}

    def dearest(self, root: etree._Element) -> str | None:
        """Return the local name of the costliest element, if the texts of this tree cost too much."""
        if not self._types and not self._values:
            return None
        costs: dict[str, int] = {}
        for element in root.iter("*"):
            for name, cost, text in self._texts(element):
                costs[name] = costs.get(name, 0) + cost.of(len(text))
        return max(costs, key=costs.__getitem__) if sum(costs.values()) > MAX_COST else None

    def _texts(self, element: etree._Element) -> Iterator[tuple[str, Cost, str]]:
        name = _local(element.tag)
        named = self._types.get(_local(element.get(_XSI_TYPE, "")), Cost())
        yield name, named + self._values.get(name, Cost()), element.text or ""
        for attribute, value in element.attrib.items():
            yield name, self._values.get(_local(attribute), Cost()), str(value)

    def _add_references(self, schema: etree._Element) -> None:
        for node in schema.iter("*"):
            names = [("type", name) for key in _REFERENCES for name in node.get(key, "").split()]
            names += [("value", name) for name in node.get("substitutionGroup", "").split()]
            if names:
                own = self._refers.setdefault(_holder(node), {})
                own.update(dict.fromkeys((kind, _local(name)) for kind, name in names))

    def _cost(self, holder: Holder) -> Cost:
        """Return the cost of one text with all patterns that it is compared with."""
        if holder not in self._known:
            self._known[holder] = Cost()  # while a type that leads round, which libxml2 refuses, is counted
            others: Iterable[Holder] = self._refers.get(holder, ())
            self._known[holder] = sum(map(self._cost, others), self._own.get(holder, Cost()))
        return self._known[holder]


def _cost(path: Path, pattern: etree._Element, budget: Budget) -> Cost:
    expression = pattern.get("value", "")
    try:
        return cost_of(expression, budget)
    except PatternRefused as error:
        shown = expression if len(expression) <= 60 else f"{expression[:60]}…"
        detail = f"line {pattern.sourceline}, {_holder(pattern)[1] or 'no name'}: '{shown}': {error}"
        raise GatewayError("courier.pattern", where=str(path), detail=detail) from None


def _holder(node: etree._Element) -> Holder:
    """Return the nearest element, attribute or named type that a node stands in."""
    at: etree._Element | None = node
    while at is not None:
        if at.tag in _VALUES:
            return "value", _local(at.get("name", "") or at.get("ref", ""))
        if at.tag in _TYPES and at.get("name"):
            return "type", _local(at.get("name", ""))
        at = at.getparent()
    return "", ""


def _local(name: object) -> str:
    return str(name).rpartition("}")[2].rpartition(":")[2].strip()
