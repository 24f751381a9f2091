"""Scope of one group of a target while it is being made."""

from __future__ import annotations

from typing import Any

from gateway.mapping.model.budget import Budget
from gateway.mapping.model.list_part import ListPart
from gateway.mapping.model.refusal import Problem


class Scope:
    """Inputs and results of one group: ``root`` is the whole source with the call's namespaces, ``item`` its current
    element.

    ``found`` are this group's valid values by dotted path, ``failed`` the paths with a problem. ``given`` is further
    context of the kind's checks. ``nil`` are the paths that no field has given a value yet, and that may be nil: they
    are None among ``found``. ``parts`` are the elements of lists whose elements stand alone, by the list's path.
    All groups of a document share one list of problems.
    """

    __slots__ = ("budget", "failed", "found", "given", "item", "nil", "parts", "problems", "root")

    def __init__(self, root: Any, item: Any, given: Any, budget: Budget, problems: list[Problem]) -> None:
        self.root, self.item, self.given, self.budget, self.problems = root, item, given, budget, problems
        self.found: dict[str, Any] = {}
        self.failed: set[str] = set()
        self.nil: set[str] = set()
        self.parts: dict[str, list[ListPart]] = {}

    def inner(self, item: Any) -> Scope:
        """Return the scope of one element of a list."""
        return Scope(self.root, item, self.given, self.budget, self.problems)

    def apart(self, item: Any) -> Scope:
        """Return the scope of one element of a list whose elements stand alone: its problems are its own."""
        return Scope(self.root, item, self.given, self.budget, [])
