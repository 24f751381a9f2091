"""Permission to continue: checked before each batch, so that a pass ends between two batches."""

from __future__ import annotations

from collections.abc import Callable

MayContinue = Callable[[], bool]
"""Function that returns True if another batch may begin; otherwise the pass ends as if all work were done."""


def always() -> bool:
    return True
