"""The end of a run: nothing is undecided, every row is current, and persons know what waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..world.world import World

_ENDED: Final = frozenset({"VIEWED", "REJECTED", "OTHER_CHANNEL", "WITHDRAWN", "DELIVERED"})
_FOR_A_PERSON: Final = frozenset({"NO_ACCOUNT", "UNDELIVERABLE", "DEAD_LETTER"})


def at_end(world: World) -> Iterator[tuple[str, str]]:
    """Yield each invariant that the end breaks, and how."""
    ledger = world.judiciary.ledger
    told: set[str] = set()
    for process in world.processes:
        told |= process.told
    for reference, (state, code, due_at, held) in sorted(world.database.waiting().items()):
        if state in _ENDED:
            continue
        if state == "SUBMITTED":
            if any(each.reference == reference for each in ledger.issued):
                yield "nothing-undecided", f"{reference} is SUBMITTED, and its receipts were issued"
            continue
        waits = state in _FOR_A_PERSON or (state == "QUEUED" and held) or (state == "IN_DOUBT" and due_at is None)
        if not waits and not world.restored_at:
            yield "nothing-undecided", f"{reference} is {state} ({code}), due {due_at}"
        elif not told:
            yield "person-is-told", f"{reference} is {state} ({code}), and nobody was told anything"
