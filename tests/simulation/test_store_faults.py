"""Faults of the simulated store: answers that are lost, crashes, restores, and other gateways between two calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry, advance
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import Changes, Mark, Payload, StoredReceipt
from tests.conformance.builders import (
    NOW,
    admit,
    at,
    claim,
    entry,
    evidence,
    intake,
    quarantined,
    receipt,
    refusal,
)

from .store.database import BrokenConstraint, SimulatedDatabase
from .store.locks import SimulatedLocks
from .store.parts.recoveries import Memory
from .store.rows import Folder
from .store.simulated_store import SimulatedStore, nowhere

AWAY = "store.unavailable"


class Crash(BaseException):
    """The gateway ends here."""


class Hook:
    """Keep the names of all calls, and do something at one of them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.once: dict[str, Callable[[], object]] = {}

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if do := self.once.pop(name, None):
            do()

    def fail(self, name: str) -> None:
        self.once[name] = lambda: _raise(GatewayError(AWAY, where="simulated"))


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def database() -> SimulatedDatabase:
    return SimulatedDatabase()


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def store(database: SimulatedDatabase, hook: Hook) -> SimulatedStore:
    return SimulatedStore(database, hook, Random(1))


def everything(claimed: OutboxEntry) -> Changes:
    """A commit in which many parts are used."""
    step = advance(claimed, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1), evidence_id="answer:m1")
    new = intake(entry(2), entry(3))
    return replace(
        new,
        steps=[step],
        evidence=[*new.evidence, evidence("answer:m1"), evidence("receipt:R1", notice=claimed.reference)],
        payloads=[*new.payloads, Payload(digest=sha256(b"answer"), octets=b"answer")],
        message_notices={"answer:m1": [claimed.reference]},
        receipts=[receipt(1, claimed)],
        applied=["R1"],
        refusals=[refusal(9)],
        quarantine=[quarantined()],
        cursors={"source:cases": "2"},
        marks=[Mark(reference=entry(2).reference, held=True)],
    )


def seen(store: SimulatedStore) -> object:
    references = [entry(number).reference for number in (1, 2, 3)]
    return (
        store.tallies.counts(),
        store.notices.entries(references),
        [store.notices.history(reference) for reference in references],
        store.receipts.unapplied(10),
        store.rows.cursor("source:cases"),
    )


def test_a_call_is_told_before_it_and_after_it_and_a_write_between_commit_and_answer(
    store: SimulatedStore, hook: Hook
) -> None:
    admit(store, entry(1))
    assert hook.names == ["commit", "commit applied", "commit answered"]
    hook.names.clear()
    store.tallies.counts()
    assert hook.names == ["tallies.counts", "tallies.counts answered"]


@pytest.mark.parametrize(("name", "written"), [("commit", False), ("commit applied", True)])
def test_a_commit_without_an_answer_happened_or_not_and_may_be_repeated(
    store: SimulatedStore, hook: Hook, name: str, written: bool
) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)
    before = seen(store)
    hook.fail(name)
    with pytest.raises(GatewayError) as lost:
        store.commit(everything(claimed))
    assert lost.value.code == AWAY
    assert store.trouble is lost.value
    after = seen(store)
    assert (after != before) == written
    assert store.commit(everything(claimed)) == frozenset()
    assert store.trouble is None
    repeated = seen(store)
    assert repeated != before
    assert not written or repeated == after


def test_a_store_in_trouble_is_tried_every_few_seconds(database: SimulatedDatabase, hook: Hook) -> None:
    seconds = [0.0]
    store = SimulatedStore(database, hook, Random(1), steady=lambda: seconds[0])
    for name in ("commit", "assert_writable"):
        hook.fail(name)
    with pytest.raises(GatewayError):
        admit(store, entry(1))
    for later in (0.0, 4.9):
        seconds[0] = later
        with pytest.raises(GatewayError):
            store.assert_writable()
    seconds[0] = 5.0
    store.assert_writable()
    assert store.trouble is None


def test_what_fails_in_a_commit_leaves_nothing_of_it(store: SimulatedStore) -> None:
    before = seen(store)
    wrong = replace(intake(entry(1)), receipts=[replace_reference(receipt(1, entry(9)))])
    with pytest.raises(BrokenConstraint):
        store.commit(wrong)
    assert seen(store) == before
    assert store.outbox.unwritten("cases", 9) == []
    admit(store, entry(1))
    assert len(claim(store)) == 1


def replace_reference(stored: StoredReceipt) -> StoredReceipt:
    return replace(stored, reference="EB-NOWHERE")


def test_another_gateway_may_come_between_a_look_and_its_step(
    database: SimulatedDatabase, store: SimulatedStore, hook: Hook
) -> None:
    [present] = admit(store, entry(1))
    other = SimulatedStore(database)
    withdrawal = advance(present, DeliveryEvent.WITHDRAWAL, now=at(minutes=1))
    hook.once["commit"] = lambda: claim(other, owner="two")
    assert store.commit(Changes(steps=[withdrawal])) == {present.reference}
    assert store.notices.entries([present.reference])[present.reference].lease_owner == "two"


def test_a_crash_at_any_call_leaves_whole_commits(database: SimulatedDatabase, store: SimulatedStore) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)
    for name, written in (("commit", False), ("commit applied", True), ("commit answered", True)):
        hook = Hook()
        crashing = SimulatedStore(database, hook)
        hook.once[name] = lambda: _raise(Crash())
        snapshot, before = database.snapshot(), seen(store)
        with pytest.raises(Crash):
            crashing.commit(everything(claimed))
        assert (seen(store) != before) == written
        database.restore(snapshot)
        assert seen(store) == before


def test_a_restored_store_is_as_it_was_and_goes_on(database: SimulatedDatabase, store: SimulatedStore) -> None:
    admit(store, entry(1))
    store.log.place(10)
    snapshot, before = database.snapshot(), seen(store)
    [claimed] = claim(store)
    store.commit(everything(claimed))
    store.log.place(10)
    assert (seen(store), store.log.size()) != (before, 1)
    database.restore(snapshot)
    assert (seen(store), store.log.size()) == (before, 1)
    [again] = claim(store)
    assert again == claimed
    store.commit(everything(again))
    assert store.log.place(10) == 4
    assert [leaf.index for leaf in store.log.leaves(0, 10)] == [0, 1, 2, 3, 4]


def test_a_machine_remembers_the_messages_that_a_restored_store_forgot(database: SimulatedDatabase) -> None:
    memory = Memory()
    store = SimulatedStore(database, memory=memory)
    assert store.recovery.forgetting() is None
    snapshot = database.snapshot()
    sent = evidence("sent:m1", kind=EvidenceKind.MESSAGE_SENT)
    admit(store, entry(1))
    store.commit(Changes(evidence=[sent]))
    database.restore(snapshot)
    found = store.recovery.forgetting()
    assert found is not None
    assert (found.cause, found.missing) == (Cause.WENT_BACK, ("sent:m1",))
    admit(store, entry(1))
    for work in (lambda: claim(store), lambda: store.commit(Changes(evidence=[replace(sent, id="sent:m2")]))):
        with pytest.raises(GatewayError) as refused:
            work()
        assert refused.value.code == "recovery.needed"
    assert store.trouble is None
    assert store.notices.entries([entry(1).reference])[entry(1).reference].state is DeliveryState.QUEUED


def test_a_message_whose_commit_was_not_answered_is_not_remembered(database: SimulatedDatabase, hook: Hook) -> None:
    """As the file of the real store: it is written after the transaction."""
    memory = Memory()
    store = SimulatedStore(database, hook, memory=memory)
    hook.fail("commit applied")
    with pytest.raises(GatewayError):
        store.commit(Changes(evidence=[evidence("sent:m1", kind=EvidenceKind.MESSAGE_SENT)]))
    assert memory.fingerprint is None
    assert store.evidence.record("sent:m1") is not None


def test_octets_in_the_folder_outlive_the_transaction_and_the_restore(database: SimulatedDatabase, hook: Hook) -> None:
    folder, payload = Folder(), Payload(digest=sha256(b"octets"), octets=b"octets")
    store = SimulatedStore(database, hook, folder=folder)
    snapshot = database.snapshot()
    store.commit(Changes(payloads=[payload]))
    database.restore(snapshot)
    with pytest.raises(GatewayError) as missing:
        store.evidence.payload(payload.digest)
    assert missing.value.code == "store.payload-missing"
    assert folder.payloads == {payload.digest: payload}
    assert store.retention.free(NOW) == 1
    assert folder.payloads == {}


def test_a_gateway_that_crashed_loses_its_locks(database: SimulatedDatabase) -> None:
    crashed, other = SimulatedLocks(database, nowhere), SimulatedLocks(database, nowhere)
    holding = crashed.attempt("rescue")
    assert holding.__enter__()
    with other.attempt("rescue") as held:
        assert not held
    crashed.lose()
    with other.attempt("rescue") as held:
        assert held
        holding.__exit__(None, None, None)
        with crashed.attempt("rescue") as again:
            assert not again, "what it lost is not freed by it once more"
