"""Proofs over the records of one day: sealed by a checkpoint, stamped by a time authority, held by witnesses.

A day is judged by its first and its last record. A proof that came too late is a gap, too: until it came, nothing but
this machine spoke for the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from gateway.evidence.evidence_query import DayOfRecords, Edge
from gateway.store.proof_reach import ProofPolicy


class Proof(StrEnum):
    """Proof over the records of a day."""

    SEALED = "sealed"
    STAMPED = "stamped"
    WITNESSED = "witnessed"


class Coverage(StrEnum):
    """Coverage of a day by one proof, the worst last. `LATE` and `MISSING` are gaps."""

    NOTHING = "nothing"
    """There is no record to prove."""
    IN_TIME = "in-time"
    WAITING = "waiting"
    """It is not there yet, and not late either."""
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayProof:
    """One proof over one day. ``wait`` is the longest time that a record waited for it, or waits."""

    proof: Proof
    coverage: Coverage
    wait: timedelta = timedelta()

    @property
    def is_gap(self) -> bool:
        return self.coverage in (Coverage.LATE, Coverage.MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDay:
    """Day with its number of records and every proof that the configuration promises."""

    day: date
    records: int
    proofs: Sequence[DayProof]

    @property
    def has_gap(self) -> bool:
        return any(each.is_gap for each in self.proofs)


def proof_day(day: DayOfRecords, policy: ProofPolicy, now: datetime) -> ProofDay:
    """Judge a day by the limits of the configuration. A proof that it does not promise is left out."""
    promised = [Proof.SEALED]
    promised += [Proof.STAMPED] if policy.stamped else []
    promised += [Proof.WITNESSED] if policy.witnesses else []
    return ProofDay(
        day=day.day, records=day.records, proofs=[_judged(proof, day.edges, policy, now) for proof in promised]
    )


def _judged(proof: Proof, edges: Sequence[Edge], policy: ProofPolicy, now: datetime) -> DayProof:
    found = [each for edge in edges for each in _of_edge(proof, edge, policy, now)]
    worst = max(found, key=lambda each: (list(Coverage).index(each.coverage), each.wait), default=None)
    return worst or DayProof(proof=proof, coverage=Coverage.NOTHING)


def _of_edge(proof: Proof, edge: Edge, policy: ProofPolicy, now: datetime) -> list[DayProof]:
    if proof is Proof.WITNESSED:
        return [
            _covered(proof, edge.recorded_at, limit, now)
            if name not in edge.witnesses
            else DayProof(proof=proof, coverage=Coverage.IN_TIME)
            for name, limit in policy.witnesses.items()
        ]
    came = edge.sealed_at if proof is Proof.SEALED else edge.stamped_at
    if came is None:
        return [_covered(proof, edge.recorded_at, policy.late_after, now)]
    wait = max(came - edge.recorded_at, timedelta())
    coverage = Coverage.IN_TIME if wait < policy.late_after else Coverage.LATE
    return [DayProof(proof=proof, coverage=coverage, wait=wait)]


def _covered(proof: Proof, since: datetime, limit: timedelta, now: datetime) -> DayProof:
    """Return the coverage of a record that has no such proof yet."""
    wait = max(now - since, timedelta())
    return DayProof(proof=proof, coverage=Coverage.WAITING if wait < limit else Coverage.MISSING, wait=wait)
