"""How far the proof of what happened reaches, and when sending stops rather than create what cannot be proven.

A record is proven to strangers by what covers it: its place in the tree, a checkpoint, a time-stamp on that, and a
witness that holds it. Each of them reaches so many records; what waits beyond one of them for too long is told. Where
a record has waited for its time-stamp for longer than a limit, nothing more is sent. All of it is derived from the
log, so every process on a store comes to the same answer. Where nothing new happens nothing waits, however old the
last time-stamp is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.merkle.fork import Fork
from gateway.record.damage import Damage
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The first ``size`` records are covered, by a checkpoint that was ``made_at`` our time; the oldest record beyond
    them has waited since ``waiting_since`` (None: there is none)."""

    size: int = 0
    made_at: datetime | None = None
    waiting_since: datetime | None = None

    def waits(self, now: datetime) -> timedelta:
        return max(now - self.waiting_since, timedelta()) if self.waiting_since else timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Until when a person lets notices be sent although they cannot be proven, and the evidence of that act."""

    since: datetime
    until: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReach:
    """How far the log reaches, at one moment. ``nothing`` is the reach of whoever holds no checkpoint; ``witnesses``
    are those that ever accepted one, or refused it, by name. ``override`` is the last one, which may be over; ``fork``
    is the largest checkpoint of another tree that nobody has set aside; ``damaged`` are payloads that the
    archive was written without, and of which nobody has taken note."""

    nothing: Reach = Reach()
    placed: Reach = Reach()
    checkpoint: Reach = Reach()
    time_stamp: Reach = Reach()
    witnesses: Mapping[str, Reach] = field(default_factory=dict)
    override: Override | None = None
    fork: Fork | None = None
    damaged: Sequence[Damage] = ()

    def held_by(self, witness: str) -> Reach:
        return self.witnesses.get(witness, self.nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPolicy:
    """``stamped`` says whether a time authority is configured: without one a checkpoint is all the proof there is.
    ``stop_after`` is how long a record may wait for it before sending stops, ``late_after`` before it is told, and
    ``witnesses`` how long it may wait for each witness."""

    stamped: bool
    stop_after: timedelta
    late_after: timedelta
    witnesses: Mapping[str, timedelta] = field(default_factory=dict)

    def proven(self, proof: ProofReach) -> Reach:
        return proof.time_stamp if self.stamped else proof.checkpoint


def lapse(proof: ProofReach, policy: ProofPolicy, now: datetime) -> GatewayError | None:
    """Return why nothing may be sent (``archive.unproven``, ``archive.forked``), or ``archive.overridden`` while a
    person lets it be. No override lifts a fork: what this store has forgotten may have been sent."""
    if proof.fork is not None:
        return proof.fork.error
    reach = policy.proven(proof)
    if reach.waiting_since is None or reach.waits(now) < policy.stop_after:
        return None
    where = f"since {timestamp(reach.waiting_since)}"
    override = proof.override
    if override is not None and override.since <= now < override.until:
        return GatewayError("archive.overridden", where=where, detail=f"until {timestamp(override.until)}")
    wanted = "no time-stamp" if policy.stamped else "no checkpoint"
    return GatewayError("archive.unproven", where=where, detail=f"{wanted} beyond {reach.size} records")


def stops(lapsed: GatewayError | None) -> bool:
    """Tell whether an answer of `lapse` keeps notices from being sent."""
    return lapsed is not None and lapsed.code != "archive.overridden"


def alarms(proof: ProofReach, policy: ProofPolicy, now: datetime) -> dict[str, GatewayError]:
    """Return what somebody must act on, by a name for each."""
    found = dict(_late(proof, policy, now))
    if proof.damaged:
        first, number = proof.damaged[0], len(proof.damaged)
        detail = first.found + (f", and {number - 1} more" if number > 1 else "")
        found["archive:payloads"] = GatewayError("archive.payload-damaged", where=first.digest, detail=detail)
    lapsed = lapse(proof, policy, now)
    return found | ({"sending": lapsed} if lapsed else {})


def _late(proof: ProofReach, policy: ProofPolicy, now: datetime) -> Iterator[tuple[str, GatewayError]]:
    """What has waited too long for something is told where it waits, and not of what comes after that."""
    for stage, code, reach in (
        ("place", "archive.unplaced-late", proof.placed),
        ("checkpoint", "archive.checkpoint-late", proof.checkpoint),
    ):
        if reach.waits(now) >= policy.late_after:
            yield f"archive:{stage}", GatewayError(code, where=stage, detail=_beyond(reach))
            return
    if policy.stamped and proof.time_stamp.waits(now) >= policy.late_after:
        detail = _beyond(proof.time_stamp)
        yield "archive:time-stamp", GatewayError("archive.time-stamp-late", where="time-stamp", detail=detail)
    for name, limit in policy.witnesses.items():
        reach = proof.held_by(name)
        if reach.waits(now) >= limit:
            yield f"witness:{name}", GatewayError("archive.witness-late", where=name, detail=_beyond(reach))


def _beyond(reach: Reach) -> str:
    return f"beyond {reach.size} records, since {timestamp(reach.waiting_since)}" if reach.waiting_since else ""
