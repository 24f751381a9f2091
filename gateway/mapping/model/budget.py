"""One budget for all that a mapping does with one document: time and memory are the same number.

Visiting a node costs `NODE`, an octet or a character that is produced costs one. So what one document's mapping takes
is bounded, whatever the file and the document say: at most some 260,000 visited nodes, or 64 MiB.
"""

from __future__ import annotations

NODE = 256
"""A visited node takes about a microsecond, and some hundred octets where it makes a list's place."""

LIMIT = 64 * 1024 * 1024


class BudgetExceeded(Exception):
    """Stopped: what was left would not have been enough. Nothing was produced beyond the limit."""

    literal_name = "BudgetExceeded"


class Budget:
    """What is left for one document."""

    __slots__ = ("left",)

    def __init__(self, limit: int = LIMIT) -> None:
        self.left = limit

    def spend(self, cost: int) -> None:
        """Take ``cost``, before it is caused. Raises `BudgetExceeded`."""
        self.left -= cost
        if self.left < 0:
            raise BudgetExceeded

    def weigh(self, value: object) -> None:
        """Spend what it takes to look at every part of ``value``. A part that stands in many places counts in each,
        since whoever writes, compares or copies it meets it in each."""
        stack = [value]
        while stack:
            part = stack.pop()
            if isinstance(part, str | bytes):
                self.spend(NODE + len(part))
            elif isinstance(part, dict):
                self.spend(NODE * (1 + len(part)))
                stack.extend(part.values())
            elif isinstance(part, list | tuple):
                self.spend(NODE * (1 + len(part)))
                stack.extend(part)
            else:
                self.spend(NODE)
