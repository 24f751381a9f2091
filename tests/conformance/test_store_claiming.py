"""Claiming: due notices go to one dispatcher each, oldest first, under a lease."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition, advance
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.store import Store
from gateway.store.stored import Changes

from .builders import LEASE, NOW, admit, at, begin_recovery, claim, end_recovery, entry, evidence
from .conftest import Place


def references(entries: list[OutboxEntry]) -> list[str]:
    return [present.reference for present in entries]


def test_a_claimed_notice_is_being_sent_under_a_lease(store: Store) -> None:
    [present] = admit(store, entry(1))
    [claimed] = claim(store, owner="two", now=at(minutes=1))
    assert claimed == replace(
        present,
        state=DeliveryState.SENDING,
        seq=1,
        state_since=at(minutes=1),
        due_at=None,
        attempts=1,
        lease_owner="two",
        lease_until=at(minutes=1) + LEASE,
    )
    assert store.notices.entries([claimed.reference]) == {claimed.reference: claimed}
    assert [event.event for event in store.notices.history(claimed.reference)] == [
        DeliveryEvent.ADMISSION,
        DeliveryEvent.CLAIM,
    ]
    assert claim(store) == []


def test_what_a_clock_ahead_admitted_before_a_recovery_ended_is_not_claimed(store: Store) -> None:
    begun = begin_recovery(store)
    [early] = admit(store, entry(1, admitted_at=at(hours=1, seconds=3)))
    end_recovery(store, begun, at(hours=1))
    [late] = admit(store, entry(2, admitted_at=at(hours=1, minutes=11)))
    assert [each.forgot(early) for each in store.recovery.all()] == [True]
    assert [each.forgot(late) for each in store.recovery.all()] == [False]
    assert references(store.recovery.unasked(9)) == [early.reference]
    assert references(claim(store, now=at(hours=2))) == [late.reference]


def test_what_was_claimed_before_a_recovery_began_cannot_be_recorded_as_sent(store: Store) -> None:
    present, _ = admit(store, entry(1), entry(2))
    claimed = claim(store)
    assert len(claimed) == 2
    changes = Changes(evidence=[evidence("sent:1")], submits=claimed)
    with_others = replace(changes, cursors={"listed:cases": "1"}, all_or_nothing=True)
    begin_recovery(store)
    for each in (changes, with_others):
        with pytest.raises(GatewayError, match=rf"^{present.reference}: .*2 notices.*recovery\.begun"):
            store.commit(each)
    assert store.evidence.record("sent:1") is None
    assert store.rows.cursor("listed:cases") is None


def test_what_is_claimed_in_a_recovery_is_recorded_as_sent(store: Store) -> None:
    since = begin_recovery(store).since
    [asked] = admit(store, entry(1, cleared_at=since))
    claimed = claim(store)
    assert references(claimed) == [asked.reference]
    assert store.commit(Changes(evidence=[evidence("sent:1")], submits=claimed)) == frozenset()
    assert store.evidence.record("sent:1") is not None


def over(claimed: OutboxEntry) -> Transition:
    return advance(claimed, DeliveryEvent.SUBMISSION_ACCEPTANCE, now=NOW, tracking_number="T-1")


def again(claimed: OutboxEntry) -> Transition:
    return advance(claimed, DeliveryEvent.DEFERRAL, now=NOW, due_at=NOW)


@pytest.mark.parametrize("ends", [over, again])
def test_what_is_claimed_no_more_cannot_be_recorded_as_sent(
    store: Store, ends: Callable[[OutboxEntry], Transition]
) -> None:
    admit(store, entry(1), entry(2))
    lost, kept = claimed = claim(store)
    store.commit(Changes(steps=[ends(lost)]))
    if ends is again:  # by another claim, which is another lease
        assert references(claim(store, owner="another")) == [lost.reference]
    changes = Changes(evidence=[evidence("sent:1")], submits=claimed, cursors={"listed:cases": "1"})
    assert store.commit(changes) == {lost.reference}
    assert store.evidence.record("sent:1") is None
    assert store.rows.cursor("listed:cases") is None
    assert store.commit(replace(changes, submits=[kept])) == frozenset()
    assert store.evidence.record("sent:1") is not None
    assert store.commit(replace(changes, submits=[kept])) == frozenset(), "a repetition"


def test_a_claim_that_the_store_does_not_know_is_no_claim(store: Store) -> None:
    """A restore took the claim back, or the notice."""
    [present] = admit(store, entry(1))
    claimed = advance(present, DeliveryEvent.CLAIM, now=NOW, lease_owner="one", lease_until=NOW + LEASE).after
    for each in (claimed, replace(claimed, reference=entry(2).reference)):
        changes = Changes(evidence=[evidence("sent:1")], submits=[each])
        assert store.commit(changes) == {each.reference}
    assert store.evidence.record("sent:1") is None
    assert references(claim(store)) == [present.reference]


@pytest.mark.parametrize("waits_since", ["state_since", "doubt_since"])
def test_a_ticket_that_an_inquiry_of_a_recovery_found_is_followed(store: Store, waits_since: str) -> None:
    since = begin_recovery(store).since
    known_from = {"state_since": since - timedelta(seconds=9), "doubt_since": since - timedelta(seconds=9)}
    found, unasked = (
        entry(number, state=DeliveryState.PENDING, ticket=f"t-{number}", due_at=NOW, **known_from) for number in (1, 2)
    )
    # A clock that is behind the restored store's newest record found the ticket, or began the doubt.
    admit(store, replace(found, **{waits_since: since}), unasked)
    assert references(store.recovery.unasked(9)) == [unasked.reference]
    for until in (None, at(days=3)):
        due = store.outbox.pending(destination="court", now=at(days=3), limit=9, since_before=until)
        assert references(due) == [found.reference]


def test_only_what_is_due_free_and_for_this_destination_is_claimed(store: Store) -> None:
    admit(
        store,
        entry(1),
        entry(2, due_at=at(minutes=1)),
        entry(3, held=True),
        entry(4, destination="elsewhere"),
        entry(5, due_at=None),
        entry(6, state=DeliveryState.DEAD_LETTER),
    )
    assert set(references(claim(store))) == {entry(1).reference, entry(5).reference}
    assert references(claim(store, now=at(minutes=1))) == [entry(2).reference]
    assert references(claim(store, destination="elsewhere")) == [entry(4).reference]


def test_the_oldest_due_is_claimed_first(store: Store) -> None:
    admit(
        store,
        entry(1, due_at=at(minutes=-1)),
        entry(2, due_at=at(minutes=-3)),
        entry(3, due_at=at(minutes=-2), admitted_at=at(hours=-1)),
        entry(4, due_at=at(minutes=-2), admitted_at=at(hours=-2)),
    )
    order = [reference for _ in range(4) for reference in references(claim(store, limit=1))]
    assert order == [entry(n).reference for n in (2, 4, 3, 1)]


def of_sources(entries: list[OutboxEntry]) -> Counter[str]:
    return Counter(present.source for present in entries)


def test_a_source_with_many_notices_leaves_the_others_their_share(store: Store) -> None:
    admit(
        store,
        *[entry(n, source="many", due_at=at(days=-1)) for n in range(60)],
        *[entry(n, source="few") for n in range(100, 103)],
        *[entry(n, source="some") for n in range(200, 208)],
    )
    first = of_sources(claim(store, limit=12))
    assert first["few"] == 3
    assert min(first["many"], first["some"]) == 4
    assert first.total() == 12
    assert (first + of_sources(claim(store, limit=12)))["some"] == 8
    assert of_sources(claim(store, limit=12)) == {"many": 12}


def test_a_source_that_has_nothing_due_takes_no_share(store: Store) -> None:
    admit(
        store,
        *[entry(n, source="held", held=True) for n in range(5)],
        *[entry(n, source="later", due_at=at(days=1)) for n in range(10, 15)],
        *[entry(n) for n in range(20, 40)],
    )
    assert of_sources(claim(store, limit=12)) == {"cases": 12}


def test_of_more_sources_than_places_each_gets_its_turn(store: Store) -> None:
    admit(store, *[entry(n, source=f"source-{n % 5}") for n in range(500)])
    seen = Counter(source for _ in range(60) for source in of_sources(claim(store, limit=2)))
    assert len(seen) == 5


def test_what_bytes_leave_out_is_of_every_source(store: Store) -> None:
    admit(store, *[entry(n, size=100, source="ab"[n % 2]) for n in range(20)])
    assert of_sources(claim(store, max_bytes=400)) == {"a": 2, "b": 2}


def test_notices_with_a_date_go_first_the_earliest_of_them_before_the_others(store: Store) -> None:
    today = NOW.date()
    admit(
        store,
        *[entry(n, due_at=at(days=-1)) for n in range(10)],
        *[entry(n, serve_by=today + timedelta(days=40 - n)) for n in range(20, 29)],
        entry(40, serve_by=today, due_at=at(hours=1)),
    )
    for _ in range(3):
        batch = claim(store, limit=4)
        dated = sorted((e.serve_by, e.reference) for e in batch if e.serve_by is not None)
        assert len(dated) == 3, "one place in four is for the others"
        later = [e.serve_by for e in entries_in(store, DeliveryState.QUEUED) if e.serve_by and e.due_at == NOW]
        assert all(date <= other for date, _ in dated for other in later)
    rest = claim(store)
    assert {e.serve_by for e in rest} == {None}
    assert len(rest) == 7


def test_where_one_kind_is_short_the_other_fills_the_batch(store: Store) -> None:
    admit(store, *[entry(n, serve_by=NOW.date()) for n in range(6)], *[entry(n) for n in range(10, 12)])
    assert len(claim(store, limit=8)) == 8
    admit(store, *[entry(n, serve_by=NOW.date()) for n in range(20, 28)])
    assert len(claim(store, limit=8)) == 8


def test_batches_of_one_give_both_kinds_their_part(store: Store) -> None:
    admit(store, *[entry(n, serve_by=NOW.date() if n % 2 else None) for n in range(160)])
    dated = sum(e.serve_by is not None for _ in range(80) for e in claim(store, limit=1))
    assert 40 < dated < 80, "about three in four"


def entries_in(store: Store, state: DeliveryState) -> list[OutboxEntry]:
    return [found.entry for found in store.notices.find(state=state, limit=500, after=None)]


RATION = RateLimit(per_minute=60, burst=10)


def test_a_rate_limit_holds_whatever_is_due(store: Store) -> None:
    admit(store, *[entry(n) for n in range(60)])
    assert [len(claim(store, limit=6, rate_limit=RATION)) for _ in range(3)] == [6, 4, 0]
    assert len(claim(store, now=at(seconds=3), rate_limit=RATION)) == 3
    assert store.endpoints.states()[0].taken_until == at(seconds=13)
    assert len(claim(store, now=at(hours=1), rate_limit=RATION)) == 10
    assert len(claim(store, limit=5)) == 5, "who has no ration is not held back"


def test_what_is_not_claimed_is_not_taken_from_the_rate_limit(store: Store) -> None:
    admit(store, *[entry(n, size=100) for n in range(4)])
    assert len(claim(store, max_bytes=200, rate_limit=RATION)) == 2
    assert store.endpoints.states()[0].taken_until == at(seconds=2)
    claim(store, destination="elsewhere", rate_limit=RATION)
    assert [(s.breaker, s.taken_until) for s in store.endpoints.states() if s.breaker.destination == "elsewhere"] == [
        (CircuitBreaker(destination="elsewhere"), None)
    ]


def test_processes_together_keep_to_one_rate_limit(place: Place, store: Store) -> None:
    admit(store, *[entry(n) for n in range(60)])

    def take(owner: str) -> int:
        own = place.open()
        taken = sum(len(claim(own, owner=owner, limit=3, rate_limit=RATION)) for _ in range(5))
        own.close()
        return taken

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, "abcd")) == RATION.burst


def test_a_deferred_notice_comes_again_and_counts_its_attempts(store: Store) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)
    store.commit(Changes(steps=[advance(claimed, DeliveryEvent.DEFERRAL, now=at(minutes=1), due_at=at(minutes=3))]))
    assert claim(store, now=at(minutes=2)) == []
    [again] = claim(store, now=at(minutes=3))
    assert (again.attempts, again.seq) == (2, 3)


def test_a_batch_keeps_to_its_number_and_its_bytes(store: Store) -> None:
    admit(store, *[entry(n, size=100, due_at=at(seconds=-n)) for n in range(10)])
    assert len(claim(store, limit=2)) == 2
    assert len(claim(store, max_bytes=300)) == 3
    assert len(claim(store, max_bytes=299)) == 2
    assert len(claim(store, max_bytes=1)) == 1
    assert len(claim(store)) == 2


def test_bytes_never_let_a_younger_notice_pass_an_older_one(store: Store) -> None:
    sizes = {1: 10, 2: 500, 3: 10}
    admit(store, *[entry(n, size=size, due_at=at(seconds=n - 60)) for n, size in sizes.items()])
    assert [references(claim(store, max_bytes=100)) for _ in range(3)] == [[entry(n).reference] for n in sizes]


def test_a_lease_that_is_over_is_shown_until_someone_acts(store: Store) -> None:
    admit(store, *[entry(n) for n in range(3)])
    claim(store, limit=1, lease=LEASE * 2)
    claim(store, limit=1)
    assert store.outbox.expired(now=NOW + LEASE - LEASE / 1000, limit=10) == []
    [over] = store.outbox.expired(now=NOW + LEASE, limit=10)
    assert len(store.outbox.expired(now=NOW + LEASE * 2, limit=10)) == 2
    assert store.outbox.expired(now=NOW + LEASE * 2, limit=1) == [over]

    now = NOW + LEASE
    store.commit(Changes(steps=[advance(over, DeliveryEvent.LEASE_EXPIRY, now=now, due_at=now, doubt_since=now)]))
    assert store.outbox.expired(now=now, limit=10) == []
    assert over.reference not in references(claim(store, now=at(days=1)))


def test_a_notice_that_waits_too_long_is_overdue(store: Store) -> None:
    admit(
        store,
        *[
            entry(n, admitted_at=at(days=-9), waiting_since=at(days=-n), due_at=at(days=1), held=n == 3)
            for n in range(4)
        ],
    )
    overdue = store.outbox.overdue(waiting_before=at(days=-1), limit=10)
    assert references(overdue) == [entry(3).reference, entry(2).reference]
    assert len(store.outbox.overdue(waiting_before=at(days=-1), limit=1)) == 1


def take_all(place: Place, owner: str) -> list[str]:
    """Claim until nothing is left, as a dispatcher of its own would."""
    store = place.open()
    taken: list[str] = []
    while batch := claim(store, owner=owner, limit=3):
        taken += references(batch)
    store.close()
    return taken


def test_claimers_in_threads_never_get_the_same_notice(place: Place, store: Store) -> None:
    admit(store, *[entry(n) for n in range(60)])
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda owner: take_all(place, owner), ["a", "b", "c", "d"]))
    together = [reference for part in taken for reference in part]
    assert sorted(together) == [entry(n).reference for n in range(60)]


def test_threads_may_share_one_store(store: Store) -> None:
    admit(store, *[entry(n) for n in range(60)])

    def take(owner: str) -> list[str]:
        return [reference for _ in range(8) for reference in references(claim(store, owner=owner, limit=2))]

    with ThreadPoolExecutor(4) as threads:
        together = [reference for part in threads.map(take, "abcd") for reference in part]
    assert sorted(together) == [entry(n).reference for n in range(60)]


def report_all(place: Place, owner: str, together: Barrier, results: Queue[list[str]]) -> None:
    """As `take_all`, begun when every process is there, and told to the test."""
    together.wait(600)
    results.put(take_all(place, owner))


@pytest.mark.exhaustive(keep=1)
def test_claimers_in_processes_never_get_the_same_notice(place: Place, store: Store) -> None:
    admit(store, *[entry(n) for n in range(60)])
    context = multiprocessing.get_context("spawn")
    together, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=report_all, args=(place, owner, together, results)) for owner in "ab"]
    for process in processes:
        process.start()
    taken = [results.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    assert sorted(taken[0] + taken[1]) == [entry(n).reference for n in range(60)]
    sending = store.notices.find(state=DeliveryState.SENDING, limit=100, after=None)
    assert {item.entry.reference for item in sending if item.entry.lease_owner == "a"} in map(set, taken)
