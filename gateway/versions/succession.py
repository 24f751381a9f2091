"""Which version of which mapping or profile is in force for a source at a time.

A later decision stands above every earlier one from its own beginning on: what was to begin after that, and was decided
before, never begins. So a roll-back also takes back what was planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.store.version import Activation

BY_FILE = 0
"""Number that a decision `restores` to put the configuration's mapping in force again: no decision has it."""


def in_force(activations: Sequence[Activation], at: datetime) -> Activation | None:
    """Return the decision about one source that holds at a time; None where its configuration's file does."""
    begun = [each for each in activations if each.begins_at <= at]
    return max(begun, key=lambda each: each.number, default=None)


def planned(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions that will come to hold after a time, in their order."""
    later = sorted((each for each in activations if each.begins_at > at), key=lambda each: each.begins_at)
    return [each for each in later if in_force(activations, each.begins_at) == each]


def begun(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions that hold or held until a time, each version once, the one that holds now first."""
    moments = sorted({each.begins_at for each in activations if each.begins_at < at} | {at}, reverse=True)
    found: dict[str, Activation] = {}
    for moment in moments:
        if (held := in_force(activations, moment)) is not None:
            found.setdefault(held.label, held)
    return list(found.values())


def before(activations: Sequence[Activation], present: Activation) -> Activation | None:
    """Return the decision that a roll-back of ``present`` restores: what was in force when the version that is now was
    put in force first. Rolling back twice goes back twice. None: nothing was decided before."""
    by_number = {each.number: each for each in activations}
    while present.restores:
        present = by_number[present.restores]
    if present.restores == BY_FILE:
        return None
    earlier = [each for each in activations if each.number < present.number]
    found = in_force(earlier, present.begins_at)
    # The same version, decided anew, is nothing to go back to.
    while found is not None and found.label == present.label:
        found = before(activations, found)
    return found
