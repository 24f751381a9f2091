"""Leave to go on: asked before each batch, so that a pass ends between two batches and never in one."""

from __future__ import annotations

from collections.abc import Callable

MayContinue = Callable[[], bool]
"""Returns whether another batch may be begun. A pass without leave ends as if nothing more were there to do."""


def always() -> bool:
    return True
