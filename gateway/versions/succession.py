"""Succession of versions: the mapping or profile in force for a source at a time.

A later decision replaces every earlier one from its own beginning on. An earlier decision that was to begin after that
never begins. So a roll-back also cancels planned decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.store.version import Activation

BY_FILE = 0
"""Number that a decision `restores` to put the configuration's mapping in force again; no decision has it."""


def in_force(activations: Sequence[Activation], at: datetime) -> Activation | None:
    """Return the decision about one source in force at a time; None if the configuration's file applies."""
    begun = [each for each in activations if each.begins_at <= at]
    return max(begun, key=lambda each: each.number, default=None)


def planned(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions that will be in force after a time, in order."""
    later = sorted((each for each in activations if each.begins_at > at), key=lambda each: each.begins_at)
    return [each for each in later if in_force(activations, each.begins_at) == each]


def begun(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions in force until a time, each version once, the present one first."""
    moments = sorted({each.begins_at for each in activations if each.begins_at < at} | {at}, reverse=True)
    found: dict[str, Activation] = {}
    for moment in moments:
        if (held := in_force(activations, moment)) is not None:
            found.setdefault(held.label, held)
    return list(found.values())


def before(activations: Sequence[Activation], present: Activation) -> Activation | None:
    """Return the decision that a roll-back of ``present`` restores; None if nothing was decided before.

    It was in force when the present version first came into force. A second roll-back goes back one more.
    """
    by_number = {each.number: each for each in activations}
    while present.restores:
        present = by_number[present.restores]
    if present.restores == BY_FILE:
        return None
    earlier = [each for each in activations if each.number < present.number]
    found = in_force(earlier, present.begins_at)
    # A new decision for the same version is no earlier state.
    while found is not None and found.label == present.label:
        found = before(activations, found)
    return found
