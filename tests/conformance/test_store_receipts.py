"""Receipts: stored before they are confirmed, applied once, in the order in which their events happened."""

from __future__ import annotations

from dataclasses import replace

from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import OutboxEntry, Transition, advance
from gateway.store.store import Store
from gateway.store.stored import Changes

from .builders import admit, at, claim, entry, receipt, receipt_batch


def arrive(present: OutboxEntry) -> Transition:
    return advance(present, DeliveryEvent.CONTENT_CONSIGNMENT, now=at(hours=9), occurred_at=at(hours=1))


def submitted(store: Store, *numbers: int) -> list[OutboxEntry]:
    admit(store, *[entry(n, due_at=at(seconds=n)) for n in numbers])
    claimed = claim(store, now=at(minutes=1))
    steps = [advance(p, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=1)) for p in claimed]
    store.commit(Changes(steps=steps))
    return [step.after for step in steps]


def test_receipts_wait_in_the_order_of_their_events(store: Store) -> None:
    [present] = submitted(store, 1)
    late, early = receipt(2, present, event=DeliveryEvent.CONTENT_HANDOVER), receipt(1, present)
    store.commit(receipt_batch([late]))
    store.commit(receipt_batch([early]))
    assert store.receipts.unapplied(10) == [early, late]
    assert store.receipts.unapplied(1) == [early]


def test_a_receipt_that_comes_again_is_known(store: Store) -> None:
    [present] = submitted(store, 1)
    first = receipt(1, present)
    store.commit(receipt_batch([first]))
    store.commit(receipt_batch([replace(first, received_at=at(days=9)), receipt(2, present)]))
    assert store.receipts.digests(["R1", "R2", "R3"]).keys() == {"R1", "R2"}
    assert store.receipts.digests([]) == {}
    assert store.receipts.unapplied(1) == [first]


def test_a_receipt_is_applied_together_with_its_step(store: Store) -> None:
    [present] = submitted(store, 1)
    store.commit(receipt_batch([receipt(1, present), receipt(2, present)]))
    changes = Changes(steps=[arrive(present)], applied=["R1"])
    assert store.commit(changes) == store.commit(changes) == frozenset()
    assert [waiting.receipt_id for waiting in store.receipts.unapplied(10)] == ["R2"]


def test_a_receipt_that_says_nothing_new_is_applied_without_a_step(store: Store) -> None:
    [present] = submitted(store, 1)
    store.commit(receipt_batch([receipt(1, present)]))
    store.commit(Changes(applied=["R1", "R-unknown"]))
    assert store.receipts.unapplied(10) == []


def test_a_receipt_whose_notice_moved_on_meanwhile_waits(store: Store) -> None:
    moved, still = submitted(store, 1, 2)
    store.commit(receipt_batch([receipt(1, moved), receipt(2, still)]))
    failed = advance(moved, DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE, now=at(hours=1))
    store.commit(Changes(steps=[failed]))
    stale = store.commit(Changes(steps=[arrive(moved), arrive(still)], applied=["R1", "R2"]))
    assert stale == {moved.reference}
    assert [waiting.receipt_id for waiting in store.receipts.unapplied(10)] == ["R1"]


def test_a_receipt_can_be_stored_and_applied_in_one_commit(store: Store) -> None:
    moved, still = submitted(store, 1, 2)
    store.commit(Changes(steps=[advance(moved, DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE, now=at(hours=1))]))
    received = [receipt(n, present, applied_at=at(hours=9)) for n, present in ((1, moved), (2, still))]
    assert store.commit(receipt_batch(received, steps=[arrive(moved), arrive(still)])) == {moved.reference}
    assert store.receipts.unapplied(10) == [receipt(1, moved)]
