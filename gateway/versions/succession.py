"""Succession of versions: the mapping or profile in force for a source at a time.

A later decision replaces every earlier one from its own beginning on. An earlier decision that was to begin after that
never begins. So a roll-back also cancels planned decisions.

A decision that was to hold at once has begun for everybody who reads it, whatever the reader's clock shows: the one
that decided may have been ahead. Only for past times its recorded beginning counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.runtime.clock import timestamp
from gateway.store.version import Activation

BY_FILE = 0
"""Number that a decision `restores` to put the configuration's mapping in force again; no decision has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Decisions that a new one ends: those in force until it begins, and planned ones that will no longer begin."""

    replaced: Sequence[Activation]
    dropped: Sequence[Activation]

    @property
    def told(self) -> dict[str, str]:
        """Fields that name them in the record of the new decision; a field without any is left out."""
        fields = {
            "replaces": [_named(each) for each in self.replaced],
            "drops": [f"{_named(each)}, from {timestamp(each.begins_at)}" for each in self.dropped],
        }
        return {name: "; ".join(each) for name, each in fields.items() if each}


def _named(decision: Activation) -> str:
    return f"{decision.source}: {decision.label}, decision {decision.number}"


def ended_by(activations: Sequence[Activation], begins_at: datetime, now: datetime) -> Ended:
    """Return what a decision about one source ends that begins at a time, now or later."""
    dropped = [each for each in planned(activations, now) if each.begins_at >= begins_at]
    until_then = in_force([each for each in activations if each not in dropped], begins_at)
    return Ended(replaced=[until_then] if until_then else [], dropped=dropped)


def in_force(activations: Sequence[Activation], now: datetime) -> Activation | None:
    """Return the decision about one source in force now, or later if nothing else is decided.

    None means that the configuration's file applies.
    """
    begun = [each for each in activations if each.is_at_once or each.begins_at <= now]
    return max(begun, key=lambda each: each.number, default=None)


def was_in_force(activations: Sequence[Activation], at: datetime) -> Activation | None:
    """Return the decision that was in force at a past time, as recorded; None as `in_force`."""
    begun = [each for each in activations if each.begins_at <= at]
    return max(begun, key=lambda each: each.number, default=None)


def planned(activations: Sequence[Activation], now: datetime) -> list[Activation]:
    """Return the decisions that will be in force after now, in order."""
    later = [each for each in activations if each.begins_at > now and not each.is_at_once]
    coming = sorted(later, key=lambda each: each.begins_at)
    return [each for each in coming if in_force(activations, each.begins_at) == each]


def begun(activations: Sequence[Activation], now: datetime) -> list[Activation]:
    """Return the decisions in force until now, each version once, the present one first."""
    moments = sorted({each.begins_at for each in activations if each.begins_at < now}, reverse=True)
    found: dict[str, Activation] = {}
    for held in [in_force(activations, now), *(was_in_force(activations, moment) for moment in moments)]:
        if held is not None:
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
