"""Reach of the proofs over the evidence log, and the limit after which sending stops.

Four proofs cover a record for third parties: its place in the tree, a checkpoint, a time-stamp on the checkpoint, and a
witness. Each of them covers the first records, up to a size. A record that waits too long for one of them raises an
alarm. If a record has waited for its time-stamp longer than a limit, nothing more is sent, because it could not be
proven.

All of it is derived from the log, so every process on a store computes the same answer. Without new records nothing
waits, however old the last time-stamp is.
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
    """Coverage of the first ``size`` records by one proof.

    ``made_at`` is the time of the checkpoint by our clock. The oldest record beyond them has waited since
    ``waiting_since``; None if there is no such record.
    """

    size: int = 0
    made_at: datetime | None = None
    waiting_since: datetime | None = None

    def waits(self, now: datetime) -> timedelta:
        return max(now - self.waiting_since, timedelta()) if self.waiting_since else timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Permission of a person to send unproven notices until a time, with the evidence of that act."""

    since: datetime
    until: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReach:
    """Reach of every proof at one moment.

    ``nothing`` is the reach of a witness that holds no checkpoint. ``witnesses`` are those that ever accepted or
    refused a checkpoint, by name. ``override`` is the last one, which may be over. ``fork`` is the largest checkpoint
    of another tree that nobody has set aside. ``damaged`` are payloads that are missing from the written archive and
    that nobody has acknowledged.
    """

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
    """Limits of the time that a record may wait for its proofs.

    ``stamped`` is True if a time authority is configured; without one, a checkpoint is the only proof. Sending stops
    if a record has waited for its proof for ``stop_after``. An alarm is raised after ``late_after``, and for each
    witness after its time in ``witnesses``.
    """

    stamped: bool
    stop_after: timedelta
    late_after: timedelta
    witnesses: Mapping[str, timedelta] = field(default_factory=dict)

    def proven(self, proof: ProofReach) -> Reach:
        return proof.time_stamp if self.stamped else proof.checkpoint


def lapse(proof: ProofReach, policy: ProofPolicy, now: datetime) -> GatewayError | None:
    """Return the error that forbids sending (``archive.unproven``, ``archive.forked``), or None.

    Return ``archive.overridden`` while a person's override is in force. No override lifts a fork: this store may have
    forgotten notices that were sent.
    """
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
    """Return True if an answer of `lapse` forbids sending."""
    return lapsed is not None and lapsed.code != "archive.overridden"


def alarms(proof: ProofReach, policy: ProofPolicy, now: datetime) -> dict[str, GatewayError]:
    """Return the errors that a person must act on, by the name of the alarm."""
    found = dict(_late(proof, policy, now))
    if proof.damaged:
        first, number = proof.damaged[0], len(proof.damaged)
        detail = first.found + (f", and {number - 1} more" if number > 1 else "")
        found["archive:payloads"] = GatewayError("archive.payload-damaged", where=first.digest, detail=detail)
    lapsed = lapse(proof, policy, now)
    return found | ({"sending": lapsed} if lapsed else {})


def _late(proof: ProofReach, policy: ProofPolicy, now: datetime) -> Iterator[tuple[str, GatewayError]]:
    """Yield the alarms of late proofs. A late place or checkpoint hides the alarms of the proofs that depend on it."""
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
