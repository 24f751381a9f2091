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
    told = {code for process in world.processes for code in process.told if code.startswith("reconcile.")}
    states = world.database.waiting()
    for reference, (state, code, due_at, held) in sorted(states.items()):
        if state in _ENDED:
            continue
        if state == "SUBMITTED":
            if any(each.reference == reference for each in ledger.issued):
                yield "nothing-undecided", f"{reference} is SUBMITTED, and its receipts were issued"
            continue
        waits = state in _FOR_A_PERSON or (state == "QUEUED" and held) or (state == "IN_DOUBT" and due_at is None)
        if not waits:
            yield "nothing-undecided", f"{reference} is {state} ({code}), due {due_at}"
        elif not told:
            yield "person-is-told", f"{reference} is {state} ({code}), and nobody was told that anything waits"
    for key in sorted(world.cases.rows):
        if key not in world.cases.results and key not in world.cases.refusals:
            yield "row-is-taken-in", f"{key} shows nothing"
    for key, result in sorted(world.cases.results.items()):
        state, *_ = states.get(result.reference, ("nothing",))
        if key in world.cases.rows and state != result.state:
            yield "row-is-current", f"{key} shows {result.state}, and its notice is {state}"
