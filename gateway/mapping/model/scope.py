"""What one group of a target is made from, while it is being made."""

from __future__ import annotations

from typing import Any

from gateway.mapping.model.budget import Budget
from gateway.mapping.model.refusal import Problem


class Scope:
    """``root`` is the whole source and ``item`` the present element of it; ``found`` are this group's good values by
    dotted path, ``failed`` the paths that have a problem; ``given`` is what the kind's checks know beside the source.
    Problems of all groups of one document are in one list."""

    __slots__ = ("budget", "failed", "found", "given", "item", "problems", "root")

    def __init__(self, root: Any, item: Any, given: Any, budget: Budget, problems: list[Problem]) -> None:
        self.root, self.item, self.given, self.budget, self.problems = root, item, given, budget, problems
        self.found: dict[str, Any] = {}
        self.failed: set[str] = set()

    def inner(self, item: Any) -> Scope:
        """Return the scope of one element of a list."""
        return Scope(self.root, item, self.given, self.budget, self.problems)
