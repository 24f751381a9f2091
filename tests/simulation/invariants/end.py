"""The end of a run: nothing is undecided, every row is current, and persons know what waits for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from ..plan import DAY, HOUR

if TYPE_CHECKING:
    from ..world.world import World

_ENDED: Final = frozenset({"VIEWED", "REJECTED", "OTHER_CHANNEL", "WITHDRAWN", "DELIVERED"})
_FOR_A_PERSON: Final = frozenset({"NO_ACCOUNT", "UNDELIVERABLE", "DEAD_LETTER"})


_WAITS_FOR: Final = {
    "NO_ACCOUNT": "channel",
    "UNDELIVERABLE": "channel",
    "DEAD_LETTER": "sending",
    "QUEUED": "sending",
    "IN_DOUBT": "decision",
}
"""State -> what its code says that it waits for."""

_WRITTEN_WITHIN: Final = HOUR
"""More than the time between two passes of write-back."""

_TOLD_WITHIN: Final = 7 * DAY
"""The longest limit, and two days in which a gateway looks at it."""


def at_end(world: World, since: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield each invariant that the end breaks, and how. ``since`` is the time of each notice's last step."""
    ledger = world.judiciary.ledger
    waiting = Counter[str]()
    states = world.database.waiting()
    for reference, (state, code, due_at, held) in sorted(states.items()):
        if state in _ENDED:
            continue
        if state == "SUBMITTED":
            was_issued = any(each.reference == reference for each in ledger.issued)
            if was_issued and not _is_about_a_forgotten_seal(world, reference):
                yield "nothing-undecided", f"{reference} is SUBMITTED, and its receipts were issued"
            continue
        waits = state in _FOR_A_PERSON or (state == "QUEUED" and held) or (state == "IN_DOUBT" and due_at is None)
        if not waits:
            yield "nothing-undecided", f"{reference} is {state} ({code}), due {due_at}"
        elif world.scheduler.now - since[reference] > _TOLD_WITHIN:
            waiting[_WAITS_FOR[state]] += 1
    for what, count in sorted(waiting.items()):
        if _told(world, what) < count:
            yield "person-is-told", f"{count} notices wait for {what}, and {_told(world, what)} of them are told"
    for key in sorted(world.cases.rows):
        if key not in world.cases.results and key not in world.cases.refusals:
            yield "row-is-taken-in", f"{key} shows nothing"
    for key, result in sorted(world.cases.results.items()):
        state, *_ = states.get(result.reference, ("nothing",))
        is_due = world.scheduler.now - since.get(result.reference, 0.0) > _WRITTEN_WITHIN
        if key not in world.cases.rows or state == result.state or not is_due:
            continue
        if not _is_forgotten(world, state, result.state):
            yield "row-is-current", f"{key} shows {result.state}, and its notice is {state}"


def _is_forgotten(world: World, state: str, shown: str) -> bool:
    """Return True if a restored notice waits for a person, and its row shows what the store has forgotten."""
    is_switched = state in ("NO_ACCOUNT", "UNDELIVERABLE") and shown == "OTHER_CHANNEL"
    return bool(world.restored_at) and (state == "DEAD_LETTER" or is_switched)


def _is_about_a_forgotten_seal(world: World, reference: str) -> bool:
    """Return True if receipts of the notice wait in quarantine for a person: they name the seal that a restored store
    has forgotten, and a person had the notice sent again by mistake."""
    waits = reference in world.database.named_in_quarantine()
    return waits and bool(world.restored_at) and reference in world.judiciary.erred


def _told(world: World, what: str) -> int:
    """Return how many notices that wait for this were told in the last two days."""
    found = [world.told.get(f"reconcile.{what}-{late}", (0.0, "0")) for late in ("late", "soon-late")]
    return sum(int(count) for at, count in found if world.scheduler.now - at < 2 * DAY)
