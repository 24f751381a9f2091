"""A step is written once, on the entry that it started from, or it is stale."""

from __future__ import annotations

import random
from dataclasses import replace

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition, advance
from gateway.store.store import Store
from gateway.store.stored import Changes

from .builders import admit, at, claim, entry, evidence, intake


def doubt(present: OutboxEntry, minute: int = 1) -> Transition:
    now = at(minutes=minute)
    return advance(present, DeliveryEvent.LOST_ANSWER, now=now, due_at=now, doubt_since=now)


def accept(present: OutboxEntry, minute: int = 2, tracking: str = "T-1") -> Transition:
    return advance(
        present, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=minute), tracking_number=tracking, evidence_id="e"
    )


def arrive(present: OutboxEntry, minute: int = 3) -> Transition:
    now = at(minutes=minute)
    return advance(present, DeliveryEvent.CONTENT_CONSIGNMENT, now=at(days=1), occurred_at=now, delivered_at=now)


def sending(store: Store) -> OutboxEntry:
    store.commit(Changes(evidence=[evidence("e")]))
    admit(store, entry(1))
    [claimed] = claim(store)
    return claimed


def reported(store: Store) -> list[tuple[int, DeliveryEvent]]:
    return [(event.seq, event.event) for event in store.notices.history(entry(1).reference)]


def test_a_step_moves_the_notice_and_stands_in_its_history(store: Store) -> None:
    step = accept(sending(store))
    assert store.commit(Changes(steps=[step])) == frozenset()
    assert store.notices.entries([entry(1).reference]) == {entry(1).reference: step.after}
    last = store.notices.history(entry(1).reference)[-1]
    assert (last.seq, last.event, last.state) == (2, DeliveryEvent.SUBMISSION_ACCEPTANCE, DeliveryState.SUBMITTED)
    assert (last.occurred_at, last.learned_at, last.evidence_id) == (at(minutes=2), at(minutes=2), "e")


def test_when_it_happened_and_when_we_knew_are_kept_apart(store: Store) -> None:
    accepted = accept(sending(store))
    store.commit(Changes(steps=[accepted, arrive(accepted.after)]))
    last = store.notices.history(entry(1).reference)[-1]
    assert (last.occurred_at, last.learned_at) == (at(minutes=3), at(days=1))


def test_several_steps_of_one_notice_apply_in_their_order(store: Store) -> None:
    lost = doubt(sending(store))
    found = accept(lost.after)
    arrived = arrive(found.after)
    assert store.commit(Changes(steps=[lost, found, arrived])) == frozenset()
    assert store.notices.entries([entry(1).reference])[entry(1).reference] == arrived.after
    assert reported(store)[2:] == [
        (2, DeliveryEvent.LOST_ANSWER),
        (3, DeliveryEvent.SUBMISSION_ACCEPTANCE),
        (4, DeliveryEvent.CONTENT_CONSIGNMENT),
    ]


def test_a_commit_that_is_repeated_changes_nothing_and_is_not_stale(store: Store) -> None:
    lost = doubt(sending(store))
    found = accept(lost.after)
    changes = Changes(steps=[lost, found])
    assert store.commit(changes) == store.commit(changes) == frozenset()
    arrived = arrive(found.after)
    store.commit(Changes(steps=[arrived]))
    assert store.commit(changes) == frozenset()
    assert store.notices.entries([entry(1).reference])[entry(1).reference] == arrived.after
    assert len(reported(store)) == 5


def test_a_step_that_stands_twice_in_one_commit_happens_once(store: Store) -> None:
    lost = doubt(sending(store))
    assert store.commit(Changes(steps=[lost, lost, accept(lost.after), lost])) == frozenset()
    assert len(reported(store)) == 4


def test_the_rest_of_a_repeated_commit_is_still_written(store: Store) -> None:
    lost = doubt(sending(store))
    found = accept(lost.after)
    store.commit(Changes(steps=[lost]))
    assert store.commit(Changes(steps=[lost, found])) == frozenset()
    assert store.notices.entries([entry(1).reference])[entry(1).reference] == found.after


def test_a_step_from_an_older_present_is_stale_and_its_evidence_is_kept(store: Store) -> None:
    claimed = sending(store)
    late = replace(accept(claimed), evidence_id="answer")
    store.commit(Changes(steps=[doubt(claimed)]))
    stale = store.commit(Changes(steps=[late], evidence=[evidence("answer", notice=claimed.reference)]))
    assert stale == {claimed.reference}
    assert store.notices.entries([claimed.reference])[claimed.reference].state is DeliveryState.IN_DOUBT
    assert "answer" in [row.id for row in store.evidence.of_notice(claimed.reference)]


def test_the_same_event_at_another_time_is_no_repeat(store: Store) -> None:
    accepted = accept(sending(store))
    store.commit(Changes(steps=[accepted, arrive(accepted.after, minute=3)]))
    assert store.commit(Changes(steps=[arrive(accepted.after, minute=4)])) == {entry(1).reference}


def test_a_step_from_a_present_that_never_was_is_stale(store: Store) -> None:
    claimed = sending(store)
    assert store.commit(Changes(steps=[accept(doubt(claimed).after)])) == {claimed.reference}
    assert store.notices.entries([claimed.reference])[claimed.reference] == claimed


def test_after_a_stale_step_the_further_ones_are_stale_too(store: Store) -> None:
    claimed = sending(store)
    lost = doubt(claimed)
    store.commit(Changes(steps=[lost]))
    # It would start from the sequence number that the notice has, but from another present.
    imagined = accept(claimed)
    assert imagined.after.seq == lost.after.seq
    assert store.commit(Changes(steps=[imagined, arrive(imagined.after)])) == {claimed.reference}
    assert store.notices.entries([claimed.reference])[claimed.reference] == lost.after


def test_a_step_of_an_unknown_notice_is_stale(store: Store) -> None:
    step = advance(entry(7), DeliveryEvent.WITHDRAWAL, now=at(minutes=1))
    assert store.commit(Changes(steps=[step])) == {entry(7).reference}
    assert store.notices.history(entry(7).reference) == []


def test_a_stale_step_does_not_hold_up_the_others(store: Store) -> None:
    admit(store, *[entry(n) for n in range(200)])
    claimed = {present.reference: present for present in claim(store, limit=200)}
    moved = [doubt(present) for n, present in enumerate(claimed.values()) if n % 3 == 0]
    store.commit(Changes(steps=moved))
    steps = [advance(p, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=at(minutes=2)) for p in claimed.values()]
    random.Random(1).shuffle(steps)
    assert store.commit(Changes(steps=steps)) == {step.before.reference for step in moved}
    counts = store.tallies.counts()
    assert (counts["SUBMITTED"], counts["IN_DOUBT"]) == (133, 67)


def test_a_notice_can_be_admitted_and_moved_in_one_commit(store: Store) -> None:
    withdrawn = advance(entry(1), DeliveryEvent.WITHDRAWAL, now=at(minutes=1))
    changes = replace(intake(entry(1)), steps=[withdrawn])
    assert store.commit(changes) == store.commit(changes) == frozenset()
    assert reported(store) == [(0, DeliveryEvent.ADMISSION), (1, DeliveryEvent.WITHDRAWAL)]


def test_doubt_is_asked_about_when_it_is_due(store: Store) -> None:
    admit(store, *[entry(n) for n in range(4)], entry(9, destination="elsewhere"))
    first, second, third, fourth = claim(store)
    [far] = claim(store, destination="elsewhere")
    later = advance(third, DeliveryEvent.LOST_ANSWER, now=at(minutes=1), due_at=at(hours=1), doubt_since=at(minutes=1))
    for_a_person = advance(fourth, DeliveryEvent.LOST_ANSWER, now=at(minutes=1), doubt_since=at(minutes=1))
    store.commit(Changes(steps=[doubt(first, 2), doubt(second, 1), later, for_a_person, doubt(far)]))

    due = store.outbox.doubtful(destination="court", now=at(minutes=2), limit=10)
    assert [present.reference for present in due] == [second.reference, first.reference]
    assert len(store.outbox.doubtful(destination="court", now=at(minutes=1), limit=10)) == 1
    assert len(store.outbox.doubtful(destination="court", now=at(days=9), limit=10)) == 3
    assert len(store.outbox.doubtful(destination="court", now=at(days=9), limit=1)) == 1
