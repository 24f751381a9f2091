"""Sending waits for proof, in every process of a store; nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.schedule import proof_gate
from adapters.schedule.proof_gate import ProofGate
from adapters.storage.sql_store import SqlStore
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.merkle.fork import Fork
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.store.proof_reach import Override, ProofPolicy
from gateway.store.stored import Changes
from tests.conformance.builders import evidence
from tests.databases import sqlite_file

POLICY = ProofPolicy(stamped=True, stop_after=timedelta(hours=24), late_after=timedelta(hours=1))


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with sqlite_file(tmp_path) as made:
        yield made


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(SqlStore.open(url)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _always_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_gate, "LOOK_SECONDS", 0.0)


def old_record(store: SqlStore) -> str:
    record = evidence("record:1", recorded_at=system_clock() - timedelta(hours=25))
    store.commit(Changes(evidence=[record]))
    return record.id


def test_every_process_of_a_store_stops_and_goes_on_together(url: str, store: SqlStore) -> None:
    with closing(SqlStore.open(url)) as another:
        gates = [ProofGate(lambda: store, system_clock, POLICY), ProofGate(lambda: another, system_clock, POLICY)]
        assert all(gate.open() for gate in gates)
        old_record(store)
        for gate in gates:
            with pytest.raises(GatewayError) as stopped:
                gate.open()
            assert stopped.value.code == "archive.unproven"
            assert set(gate.alarms()) == {"archive:place", "sending"}
        store.log.place(9)
        store.log.keep(StoredCheckpoint(size=1, note=b"note", made_at=system_clock()))
        with pytest.raises(GatewayError, match="no time-stamp beyond 0 records"):
            gates[1].open()
        store.log.stamp(1, b"token")
        assert all(gate.open() for gate in gates)
        assert gates[0].alarms() == {}


def test_a_person_opens_it_for_a_time_and_it_is_told_all_the_same(store: SqlStore) -> None:
    gate = ProofGate(lambda: store, system_clock, POLICY)
    record = old_record(store)
    now = system_clock()
    store.commit(Changes(override=Override(since=now, until=now + timedelta(hours=1), evidence_id=record)))
    assert gate.open()
    assert gate.alarms()["sending"].code == "archive.overridden"
    store.commit(Changes(override=Override(since=now, until=now, evidence_id=record)))
    with pytest.raises(GatewayError, match=r"archive\.unproven"):
        gate.open()


def test_the_store_is_asked_now_and_then(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_gate, "LOOK_SECONDS", 3600.0)
    asked, real = [], store.evidence.proof
    monkeypatch.setattr(store.evidence, "proof", lambda: asked.append(1) or real())
    gate = ProofGate(lambda: store, system_clock, POLICY)
    assert all(gate.open() for _ in range(100))
    assert len(asked) == 1


def test_without_an_archive_it_stands_open(store: SqlStore) -> None:
    old_record(store)
    gate = ProofGate(lambda: store, system_clock, None)
    assert (gate.open(), gate.alarms()) == (True, {})


def test_a_store_is_compared_with_its_witnesses_before_the_first_notice_is_sent(store: SqlStore) -> None:
    """A machine that was rolled back as a whole has nothing that remembers but its witnesses."""
    compared = []

    def compare() -> None:
        compared.append(True)
        store.log.found(Fork(size=9, root=b"x" * 32, holder="notary", note=b"note", seen_at=system_clock()))

    gate = ProofGate(lambda: store, system_clock, POLICY, compare)
    gate.look()
    assert not compared, "looking for alarms asks nobody"
    for _ in range(2):
        with pytest.raises(GatewayError) as stopped:
            gate.open()
        assert (stopped.value.code, stopped.value.where) == ("archive.forked", "notary")
    assert len(compared) == 1
    assert gate.alarms()["sending"].code == "archive.forked"


def test_no_override_lifts_a_fork(store: SqlStore) -> None:
    record, now = old_record(store), system_clock()
    store.log.found(Fork(size=9, root=b"x" * 32, holder="notary", note=b"note", seen_at=now))
    store.commit(Changes(override=Override(since=now, until=now + timedelta(hours=1), evidence_id=record)))
    with pytest.raises(GatewayError, match=r"archive\.forked"):
        ProofGate(lambda: store, system_clock, POLICY).open()
