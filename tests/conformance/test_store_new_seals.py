"""A seal in the place of one whose signing time was ahead: which notices get one, once or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind
from gateway.store.store import Store
from gateway.store.stored import Changes, Mark, NewSeal, Payload

from .builders import NOW, admit, at, begin_recovery, claim, end_recovery, entry, evidence, receipt, receipt_batch

AHEAD = NOW + timedelta(days=40)
ANEW = b"<seal of the right time/>"


def ahead(number: int = 1, **fields: object) -> OutboxEntry:
    """A notice that was sealed by a clock forty days ahead."""
    times = dict.fromkeys(("admitted_at", "state_since", "waiting_since", "due_at"), AHEAD)
    return entry(number, **(times | fields))


def anew(present: OutboxEntry, octets: bytes = ANEW) -> Changes:
    """Return the changes of one notice that is sealed anew."""
    record = evidence(
        f"seal:{present.reference}:2", kind=EvidenceKind.SEALED_NOTICE, notice=present.reference, payload=octets
    )
    seal = NewSeal(
        reference=present.reference,
        instead_of=present.seal_digest,
        digest=sha256(octets),
        size=len(octets),
        at=NOW,
        evidence_id=record.id,
    )
    payloads = [Payload(digest=seal.digest, octets=octets)]
    return Changes(new_seals=[seal], evidence=[record], payloads=payloads, all_or_nothing=True)


def references(store: Store) -> list[str]:
    found = store.outbox.sealed_ahead(since=at(minutes=1), limit=100, after=None)
    return [admission.entry.reference for admission in found]


def test_a_new_seal_takes_the_place_of_the_earlier_one_with_its_times(store: Store) -> None:
    [present] = admit(store, ahead())
    store.commit(Changes(marks=[Mark(reference=present.reference, held=True)]))
    assert references(store) == [present.reference]
    assert store.commit(anew(present)) == frozenset()

    admission = store.notices.admission(present.reference)
    assert admission is not None
    assert admission.evidence_id == f"seal:{present.reference}:2"
    times = dict.fromkeys(("admitted_at", "state_since", "waiting_since", "due_at"), NOW)
    assert admission.entry == replace(present, seal_digest=sha256(ANEW), size=len(ANEW), held=True, **times)
    [step] = store.notices.history(present.reference)
    assert (step.seq, step.state) == (0, DeliveryState.QUEUED)
    assert (step.occurred_at, step.learned_at, step.evidence_id) == (NOW, NOW, admission.evidence_id)
    assert [row.id for row in store.evidence.of_notice(present.reference)] == [
        f"seal:{present.reference}",
        f"seal:{present.reference}:2",
    ], "nothing is lost"
    assert store.evidence.payload(present.seal_digest)
    assert store.evidence.payload(sha256(ANEW)) == ANEW
    assert references(store) == []


def test_a_new_seal_that_is_committed_twice_is_written_once(store: Store) -> None:
    [present] = admit(store, ahead())
    changes = anew(present)
    assert store.commit(changes) == store.commit(changes) == frozenset()
    [claimed] = claim(store)
    assert claimed.seal_digest == sha256(ANEW)
    assert store.commit(changes) == frozenset(), "a lost answer to COMMIT may come after a claim"
    assert store.notices.entries([present.reference])[present.reference] == claimed


def test_a_notice_that_moved_on_keeps_its_seal_and_nothing_of_another_one_is_written(store: Store) -> None:
    [present] = admit(store, ahead())
    [claimed] = claim(store, now=AHEAD)
    assert store.commit(anew(present)) == {present.reference}
    assert store.notices.entries([present.reference])[present.reference] == claimed
    assert store.evidence.record(f"seal:{present.reference}:2") is None
    assert [step.occurred_at for step in store.notices.history(present.reference)] == [AHEAD, AHEAD]


def test_of_two_new_seals_the_first_one_stands(store: Store) -> None:
    [present] = admit(store, ahead())
    first = anew(present)
    # Of a clock that was ten days ahead: both would be earlier than the seal that they replace.
    assert store.commit(replace(first, new_seals=[replace(first.new_seals[0], at=at(days=10))])) == frozenset()
    other = anew(present, b"<another/>")
    other = replace(other, evidence=[replace(other.evidence[0], id="seal:other")])
    assert store.commit(other) == {present.reference}
    assert store.evidence.record("seal:other") is None


def test_a_claim_and_a_new_seal_at_the_same_time_leave_one_seal(store: Store) -> None:
    presents = admit(store, *(ahead(number) for number in range(1, 13)))
    together, stale = Barrier(2), set[str]()

    def seal() -> None:
        together.wait()
        for present in presents:
            stale.update(store.commit(anew(present, f"<anew {present.reference}/>".encode())))

    def take() -> list[OutboxEntry]:
        together.wait()
        return [entry for _ in presents for entry in claim(store, now=AHEAD, limit=1)]

    with ThreadPoolExecutor(2) as both:
        sealing, taking = both.submit(seal), both.submit(take)
        sealing.result()
        claimed = {each.reference: each.seal_digest for each in taking.result()}
    for present in presents:
        right = present.seal_digest if present.reference in stale else None
        right = right or sha256(f"<anew {present.reference}/>".encode())
        assert store.notices.entries([present.reference])[present.reference].seal_digest == right
        assert claimed.get(present.reference, right) == right, "it is sent with the seal that it bears"


@pytest.mark.parametrize("what", ["of the present", "claimed", "in doubt", "with a receipt"])
def test_only_a_seal_ahead_of_a_notice_that_never_moved_is_replaced(store: Store, what: str) -> None:
    present = ahead()
    if what == "of the present":
        present = entry()
    elif what == "in doubt":
        present = ahead(state=DeliveryState.IN_DOUBT, doubt_since=NOW)
    admit(store, present)
    if what == "claimed":
        claim(store, now=AHEAD)
    elif what == "with a receipt":
        store.commit(receipt_batch([receipt(1, present)]))
    assert references(store) == []
    assert store.commit(anew(present)) == {present.reference}


def test_a_notice_that_was_here_before_a_recovery_ended_gets_no_other_seal(store: Store) -> None:
    """The store forgot messages sent since the backup: no receipt would match another seal."""
    [early] = admit(store, ahead(1))
    begun = begin_recovery(store)
    admit(store, ahead(2))
    assert references(store) == []
    assert store.commit(anew(early)) == {early.reference}
    end_recovery(store, begun, at(hours=1))
    [late] = admit(store, ahead(3))
    assert references(store) == [late.reference]
    assert store.commit(anew(early)) == {early.reference}
    assert store.commit(anew(late)) == frozenset()


def test_seals_ahead_come_in_pages(store: Store) -> None:
    admit(store, *(ahead(number) for number in (3, 1, 2)), entry(4))
    first = store.outbox.sealed_ahead(since=at(minutes=1), limit=2, after=None)
    last = first[-1].entry
    rest = store.outbox.sealed_ahead(since=at(minutes=1), limit=2, after=(last.admitted_at, last.reference))
    assert [each.entry.reference for each in (*first, *rest)] == [entry(number).reference for number in (1, 2, 3)]
