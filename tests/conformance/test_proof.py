"""The reach of proof in a store, the knowledge about witnesses, and a person's override."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.archive.witnessing import WitnessState
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.operations.intervention import let_be_sent_unproven
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.proof_reach import Override, Reach
from gateway.store.stored import Changes

from .builders import NOW, at, evidence
from .conftest import Place

pytestmark = pytest.mark.exhaustive(draw=["place"])

LONGEST = timedelta(hours=72)


def record(store: SqlStore, number: int) -> None:
    store.commit(Changes(evidence=[evidence(f"record:{number:04d}", recorded_at=at(minutes=number))]))


def checkpoint(store: SqlStore, size: int, token: bytes | None = None) -> None:
    store.log.keep(StoredCheckpoint(size=size, note=b"note", made_at=at(hours=size), token=None))
    if token is not None:
        store.log.stamp(size, token)


def test_of_an_empty_store_nothing_waits(store: SqlStore) -> None:
    proof = store.evidence.proof()
    assert proof.nothing == proof.placed == proof.checkpoint == proof.time_stamp == Reach()
    assert (proof.witnesses, proof.override, proof.held_by("anybody")) == ({}, None, Reach())


def test_each_reaches_as_far_as_it_covers_and_the_first_record_beyond_waits(store: SqlStore) -> None:
    for number in range(5):
        record(store, number)
    store.log.place(4)
    checkpoint(store, 1, b"token")
    checkpoint(store, 2)
    checkpoint(store, 3)
    store.log.accepted("council", 2, NOW)
    proof = store.evidence.proof()
    assert proof.nothing == Reach(waiting_since=at())
    assert proof.placed == Reach(size=4, waiting_since=at(minutes=4))
    assert proof.checkpoint == Reach(size=3, made_at=at(hours=3), waiting_since=at(minutes=3))
    assert proof.time_stamp == Reach(size=1, made_at=at(hours=1), waiting_since=at(minutes=1))
    assert proof.held_by("council") == Reach(size=2, made_at=at(hours=2), waiting_since=at(minutes=2))
    assert proof.held_by("nobody") == proof.nothing


def test_what_is_covered_whole_waits_for_nothing(store: SqlStore) -> None:
    record(store, 0)
    store.log.place(9)
    checkpoint(store, 1, b"token")
    proof = store.evidence.proof()
    assert (proof.placed.made_at, proof.checkpoint.made_at) == (None, at(hours=1))
    assert proof.placed.waiting_since is proof.checkpoint.waiting_since is proof.time_stamp.waiting_since is None


def test_a_witness_never_goes_back(store: SqlStore, place: Place) -> None:
    other = place.open()
    store.log.accepted("council", 9, at(hours=1))
    other.log.accepted("council", 7, at(hours=2))
    other.close()
    known = WitnessState(name="council", size=9, accepted_at=at(hours=1))
    assert store.log.witnesses() == {"council": known}


def test_failures_are_counted_beside_what_was_accepted_until_it_accepts_again(store: SqlStore) -> None:
    store.log.accepted("council", 9, NOW)
    failing = WitnessState(name="council", failures=2, due_at=at(minutes=2), code="witness.unreachable")
    store.log.not_accepted(failing)
    store.log.not_accepted(WitnessState(name="new", failures=1, due_at=at(minutes=1), code="witness.refused"))
    known = store.log.witnesses()
    assert (known["council"].size, known["council"].accepted_at, known["council"].failures) == (9, NOW, 2)
    assert (known["council"].code, known["council"].due_at) == ("witness.unreachable", at(minutes=2))
    assert (known["new"].size, known["new"].failures) == (0, 1)
    store.log.accepted("council", 10, at(hours=1))
    assert store.log.witnesses()["council"] == WitnessState(name="council", size=10, accepted_at=at(hours=1))


def act(hours: float = 0) -> OperatorAction:
    return OperatorAction(name="archive.override", account="clerk", reason="مرجع زمان قطع است", at=at(hours=hours))


def test_an_override_and_its_evidence_are_one(store: SqlStore) -> None:
    made = let_be_sent_unproven(store, timedelta(hours=5), LONGEST, act(), "city")
    assert (
        store.evidence.proof().override == made == Override(since=NOW, until=at(hours=5), evidence_id=made.evidence_id)
    )
    record = store.evidence.record(made.evidence_id)
    assert record is not None
    assert record.kind == EvidenceKind.PERSON_ACT
    assert "مرجع زمان قطع است" in store.evidence.payload(record.payload_digest).decode()


def test_the_later_override_stands_and_one_of_no_time_ends_it(store: SqlStore) -> None:
    first = let_be_sent_unproven(store, timedelta(hours=5), LONGEST, act(1), "city")
    ended = let_be_sent_unproven(store, timedelta(), LONGEST, act(0.5), "city")
    assert store.evidence.proof().override == ended, "by the order of commits; this clock is behind"
    assert ended.until == ended.since
    record = store.evidence.record(first.evidence_id)
    assert record is not None
    store.commit(Changes(override=first, evidence=[record]))
    assert store.evidence.proof().override == ended, "one that is repeated does not cover a later one"


def test_nobody_may_let_it_be_for_too_long(store: SqlStore) -> None:
    with pytest.raises(GatewayError, match="at most 72 hours"):
        let_be_sent_unproven(store, timedelta(hours=72.1), LONGEST, act(), "city")
    assert store.evidence.proof().override is None
