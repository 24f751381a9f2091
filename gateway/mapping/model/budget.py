"""Budget of a mapping for one document: one number bounds time and memory.

Visiting a node costs `NODE`; producing an octet or a character costs one, folding one to compare it costs `FOLD`. So
the cost of one document is bounded, whatever the file and the document contain: at most some 260,000 visited nodes, or
64 MiB.
"""

from __future__ import annotations

from typing import Any

from gateway.notice.large_octets import LargeValue, whole

NODE = 256
"""Cost of a visited node: about a microsecond, and some hundred octets for a place in a list."""

FOLD = 8
"""Cost of a character that is folded: normalizing Persian text takes some tenth of a microsecond."""

LIMIT = 64 * 1024 * 1024


class BudgetExceeded(Exception):
    """The remaining budget was too small for the next step. Nothing was produced beyond the limit."""

    literal_name = "BudgetExceeded"


class Budget:
    """Remaining budget for one document."""

    __slots__ = ("left",)

    def __init__(self, limit: int = LIMIT) -> None:
        self.left = limit

    def spend(self, cost: int) -> None:
        """Deduct ``cost`` before causing it. Raises `BudgetExceeded`."""
        self.left -= cost
        if self.left < 0:
            raise BudgetExceeded

    def weigh(self, value: object) -> None:
        """Deduct the cost of visiting every part of ``value``.

        A part that occurs in several places counts in each, since writing, comparing or copying meets it in each.
        """
        stack = [value]
        while stack:
            part = stack.pop()
            if isinstance(part, str | bytes | LargeValue):
                self.spend(NODE + len(part))
            elif isinstance(part, dict):
                self.spend(NODE * (1 + len(part)))
                stack.extend(part.values())
            elif isinstance(part, list | tuple):
                self.spend(NODE * (1 + len(part)))
                stack.extend(part)
            else:
                self.spend(NODE)

    def whole(self, value: Any) -> Any:
        """Return ``value`` with every large one in memory, after its parts are paid for as by `weigh`.

        A large value costs its full length in each of its places. Raises `BudgetExceeded` before anything is read.
        """
        self.weigh(value)
        return whole(value)
