"""Metrics of the reach of proof: records with a place, a checkpoint, a time-stamp, a witness."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.web.shown import Seen, Shown, Values, one, since_epoch
from gateway.store.proof_reach import Reach, lapse, stops


def _reaches(seen: Seen) -> dict[str, Reach]:
    """Return the reach of each kind of proof, by its name; nothing without an archive."""
    policy, proof = seen.facts.proof, seen.reading.proof
    if policy is None or seen.reading.error is not None:
        return {}
    found = {"place": proof.placed, "checkpoint": proof.checkpoint}
    if policy.stamped:
        found["time-stamp"] = proof.time_stamp
    return found | {f"witness:{name}": proof.held_by(name) for name in policy.witnesses}


def _reach(value: Callable[[Reach, datetime], float | None]) -> Callable[[Seen], Values]:
    def values(seen: Seen) -> Values:
        found = [(name, value(reach, seen.now)) for name, reach in _reaches(seen).items()]
        return [((name,), number) for name, number in found if number is not None]

    return values


def _lapsed(*, stopped: bool) -> Callable[[Seen], Values]:
    def values(seen: Seen) -> Values:
        if seen.facts.proof is None or seen.reading.error is not None:
            return ()
        lapsed = lapse(seen.reading.proof, seen.facts.proof, seen.now)
        return one(lapsed is not None and stops(lapsed) is stopped)

    return values


PROOF = (
    Shown(
        name="proof_records",
        labels=("of",),
        meaning="how many records of evidence have a place in the tree, a checkpoint, a time-stamp, and are covered by"
        " what each witness holds",
        values=_reach(lambda reach, _: reach.size),
    ),
    Shown(
        name="proof_waiting_seconds",
        labels=("of",),
        meaning="how long the oldest record that is not covered has waited; 0 where none waits",
        values=_reach(lambda reach, now: reach.waits(now).total_seconds()),
    ),
    Shown(
        name="proof_last_timestamp_seconds",
        labels=("of",),
        meaning="when the last checkpoint was made, the last one with a time-stamp, the one that each witness holds",
        values=_reach(lambda reach, _: since_epoch(reach.made_at)),
    ),
    Shown(
        name="proof_stopped",
        labels=(),
        meaning="1 while nothing is sent, since what happened has been without proof for too long, or since the archive"
        " or a witness holds a history that the store does not know",
        values=_lapsed(stopped=True),
    ),
    Shown(
        name="proof_overridden",
        labels=(),
        meaning="1 while notices are sent all the same, since a person lets it be",
        values=_lapsed(stopped=False),
    ),
)
