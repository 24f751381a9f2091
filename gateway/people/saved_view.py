"""Saved views: searches of the list of notices that a person keeps under a name of the own.

A view is an address of the list. It belongs to its person, is no evidence, and goes when the person is deactivated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from gateway.people.person import ZWNJ
from gateway.runtime.errors import GatewayError

MOST: Final = 50
"""Most views of a person."""
MAX_NAME: Final = 60
MAX_ADDRESS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """View of a ``person`` (the id). ``address`` has the filters as the query of the list's address.

    Name and address may hold a recipient's name, so neither is ever logged.
    """

    person: str
    name: str = field(repr=False)
    address: str = field(repr=False)
    saved_at: datetime


class SavedViewStore(Protocol):
    """Store of saved views. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def of(self, person_id: str) -> Sequence[SavedView]:
        """Return a person's views, in the order of saving."""
        ...

    def save(self, view: SavedView) -> None:
        """Save a view. Raises ``view.taken`` if the name has other filters; ``view.full`` for more than `MOST`."""
        ...

    def rename(self, person_id: str, name: str, new_name: str) -> bool:
        """Rename a view; return False if there is none of that name. Raises ``view.taken``."""
        ...

    def delete(self, person_id: str, name: str) -> None:
        """Delete a view, if there is one of that name."""
        ...


def view_name(typed: str) -> str:
    """Return a typed name in its one form. Raises `GatewayError` ``view.name`` unless it is one short line."""
    name = " ".join(typed.split())
    seen = name.replace(ZWNJ, "").strip()
    if not seen or len(name) > MAX_NAME or not seen.isprintable():
        raise GatewayError("view.name")
    return name
