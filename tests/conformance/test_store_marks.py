"""A person's changes of a notice beside its steps, the switch, and an operator's view."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from gateway.notice.delivery_state import ENDED, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import SENDABLE, OutboxEntry, Transition, advance
from gateway.operations.intervention import running, throw_switch
from gateway.operations.operator_action import OperatorAction
from gateway.store.among import Among
from gateway.store.store import Store
from gateway.store.stored import Backlog, Changes, Mark, Payload, Switch

from .builders import NOW, admission, admit, at, claim, entry, evidence, intake

AGES = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


def defer(present: OutboxEntry) -> Transition:
    return advance(present, DeliveryEvent.DEFERRAL, now=at(minutes=1), due_at=at(minutes=2))


def present_of(store: Store, number: int = 1) -> OutboxEntry:
    return store.notices.entries([entry(number).reference])[entry(number).reference]


def test_a_held_notice_is_not_claimed_until_it_is_let_go(store: Store) -> None:
    [present] = admit(store, entry(1))
    assert store.commit(Changes(marks=[Mark(reference=present.reference, held=True)])) == frozenset()
    assert present_of(store) == replace(present, held=True)
    assert claim(store) == []
    store.commit(Changes(marks=[Mark(reference=present.reference, held=False)]))
    assert len(claim(store)) == 1


def test_a_step_that_began_before_a_hold_does_not_undo_it(store: Store) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)
    store.commit(Changes(marks=[Mark(reference=claimed.reference, held=True)]))
    assert store.commit(Changes(steps=[defer(claimed)])) == frozenset()
    assert present_of(store).state is DeliveryState.QUEUED
    assert present_of(store).held
    assert claim(store, now=at(minutes=9)) == []


def test_a_release_ends_the_hold_that_was_seen_and_no_later_one(store: Store) -> None:
    [present] = admit(store, entry(1))
    holds = [Mark(reference=present.reference, held=True, held_by=f"act:hold:{n}") for n in (1, 2)]
    free = Mark(reference=present.reference, held=False)
    assert store.commit(Changes(marks=[replace(holds[0], before=present)])) == frozenset()
    seen = present_of(store)
    assert seen == replace(present, held=True, held_by="act:hold:1")
    store.commit(Changes(marks=[replace(free, before=seen)]))
    store.commit(Changes(marks=[replace(holds[1], before=present_of(store))]))
    assert store.commit(Changes(marks=[replace(free, before=seen)])) == {present.reference}
    assert present_of(store).held_by == "act:hold:2"
    assert store.commit(Changes(marks=[replace(free, before=present_of(store))])) == frozenset()
    assert present_of(store) == present


def test_holds_and_steps_at_the_same_time_both_stand(store: Store) -> None:
    admit(store, *(entry(n) for n in range(20)))
    claimed = claim(store)
    together = Barrier(2)

    def hold() -> None:
        together.wait()
        for present in claimed:
            store.commit(Changes(marks=[Mark(reference=present.reference, held=True)]))

    def answer() -> None:
        together.wait()
        for present in reversed(claimed):
            assert store.commit(Changes(steps=[defer(present)])) == frozenset()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(hold), both.submit(answer)]:
            done.result()
    presents = store.notices.entries([present.reference for present in claimed]).values()
    assert {(present.state, present.held) for present in presents} == {(DeliveryState.QUEUED, True)}


def test_a_notice_is_made_due_only_while_it_waits(store: Store) -> None:
    admit(store, entry(1, due_at=at(days=1)), entry(2, state=DeliveryState.IN_DOUBT, due_at=None), entry(3))
    claim(store)
    marks = [Mark(reference=entry(n).reference, due_at=at(minutes=1)) for n in (1, 2, 3)]
    assert store.commit(Changes(marks=marks)) == {entry(3).reference}
    assert present_of(store, 1).due_at == present_of(store, 2).due_at == at(minutes=1)
    assert present_of(store, 3).due_at is None


@pytest.mark.parametrize("stale", ["step", "mark"])
def test_undivided_changes_are_written_whole_or_not_at_all(store: Store, stale: str) -> None:
    [present, other] = admit(store, entry(1), entry(2))
    claim(store, limit=1)
    reference = present.reference
    withdrawal = advance(present, DeliveryEvent.WITHDRAWAL, now=at(minutes=1))
    mark = Mark(reference=reference, due_at=NOW)
    late = Changes(steps=[withdrawal]) if stale == "step" else Changes(marks=[mark])
    act = replace(
        late,
        evidence=[evidence("act:1", notice=reference)],
        payloads=[Payload(digest=sha256(b"act"), octets=b"act")],
        admissions=[admission(entry(3))],
        all_or_nothing=True,
    )
    act = replace(act, evidence=[*act.evidence, *intake(entry(3)).evidence])
    assert store.commit(act) == {reference}
    assert store.evidence.record("act:1") is None
    assert store.evidence.payloads([other.seal_digest])
    assert store.notices.entries([entry(3).reference]) == {}
    fresh = advance(other, DeliveryEvent.WITHDRAWAL, now=at(minutes=1), evidence_id="act:2")
    act = Changes(steps=[fresh], evidence=[evidence("act:2", notice=other.reference)], all_or_nothing=True)
    assert store.commit(act) == store.commit(act) == frozenset()
    assert present_of(store, 2).state is DeliveryState.WITHDRAWN
    found = store.evidence.record("act:2")
    assert found is not None
    assert (found.id, found.notice) == ("act:2", other.reference)


def test_the_switch_shows_its_last_use(store: Store) -> None:
    assert store.switch() is None
    stop = Switch(stopped=True, since=at(minutes=1), evidence_id="act:stop")
    go = Switch(stopped=False, since=at(minutes=2), evidence_id="act:go")
    store.commit(Changes(switch=stop, evidence=[evidence("act:stop")]))
    assert store.switch() == stop
    store.commit(Changes(switch=go, evidence=[evidence("act:go")]))
    store.commit(Changes(switch=stop, evidence=[evidence("act:stop")]))
    assert store.switch() == go, "an earlier use that is repeated does not cover a later one"


def test_a_stop_is_a_stop_although_its_clock_is_behind_that_of_the_last_use(store: Store) -> None:
    stop = OperatorAction(name="stop-everything", account="clerk", reason="as told", at=at(days=3))
    assert throw_switch(store, stop, "city", stopped=True)
    assert throw_switch(store, replace(stop, name="resume", at=at(days=4)), "city", stopped=False)
    assert throw_switch(store, replace(stop, at=at(minutes=1)), "city", stopped=True)
    assert not running(store)


def test_the_backlog_counts_by_age_what_has_not_ended(store: Store) -> None:
    ages = [timedelta(0), timedelta(minutes=5), timedelta(minutes=50), timedelta(hours=1), timedelta(days=9)]
    queued = [entry(n, state_since=NOW - age, held=n == 2) for n, age in enumerate(ages)]
    others = [
        entry(10, state=DeliveryState.IN_DOUBT, destination="another"),
        entry(11, state=DeliveryState.SUBMITTED),
        *(entry(20 + n, state=state) for n, state in enumerate(sorted(ENDED))),
    ]
    admit(store, *queued, *others)
    assert store.tallies.backlog(now=NOW, ages=AGES) == [
        line("another", DeliveryState.IN_DOUBT, (1, 0, 0, 0)),
        replace(line("court", DeliveryState.QUEUED, (1, 2, 1, 1)), held=1, oldest=NOW - timedelta(days=9)),
        line("court", DeliveryState.SUBMITTED, (1, 0, 0, 0)),
    ]
    assert store.tallies.backlog(now=NOW, ages=())[0].by_age == (1,)


def line(destination: str, state: DeliveryState, by_age: tuple[int, ...]) -> Backlog:
    return Backlog(destination=destination, state=state, count=sum(by_age), held=0, oldest=NOW, by_age=by_age)


def test_doubts_are_found_by_their_beginning(store: Store) -> None:
    early = entry(1, state=DeliveryState.IN_DOUBT, doubt_since=at(hours=-2))
    late = entry(2, state=DeliveryState.IN_DOUBT, state_since=at(hours=-2), doubt_since=at(hours=1))
    without = entry(3, state=DeliveryState.IN_DOUBT, state_since=at(hours=-1))
    admit(store, early, late, without)

    def found(before: datetime) -> list[str]:
        among = Among(doubt_before=before)
        return [each.entry.reference for each in store.notices.find(state=None, limit=9, after=None, among=among)]

    assert found(at(hours=-2)) == [early.reference]
    assert found(NOW) == [early.reference, without.reference]


def test_notices_are_found_by_what_they_are_about(store: Store) -> None:
    other = entry(2, source="archive", destination="another", held=True, state_since=at(hours=-2))
    doubt = entry(3, state=DeliveryState.IN_DOUBT, due_at=None)
    new = intake(entry(1), other, doubt, entry(4, state=DeliveryState.IN_DOUBT))
    about = {"body": "article-77", "district": "منطقه ۶", "case_number": "1404-77-1"}
    admissions = [admission(a.entry, **(about if a.entry == other else {})) for a in new.admissions]
    store.commit(replace(new, admissions=admissions))

    def found(among: Among) -> list[str]:
        return [each.entry.reference for each in store.notices.find(state=None, limit=9, after=None, among=among)]

    mine = [
        Among(body="article-77"),
        Among(district="منطقه ۶"),
        Among(case_number="1404-77-1"),
        Among(source="archive"),
        Among(destination="another", held=True),
        Among(before=at(hours=-1)),
    ]
    assert [found(among) for among in mine] == [[other.reference]] * len(mine)
    assert found(Among(undecided=True)) == [doubt.reference]
    assert other.reference not in found(Among(since=at(hours=-2)))
    assert found(Among(body="article-77", held=False)) == []
    assert store.tallies.counts()["undecided"] == 1


def test_notices_that_may_still_be_sent_are_found_in_one_list(store: Store) -> None:
    entries = [entry(number, state=state) for number, state in enumerate(DeliveryState, start=1)]
    admit(store, *entries)
    sendable = sorted(each.reference for each in entries if each.state in SENDABLE)

    def found(after: str | None, among: Among) -> list[str]:
        page = store.notices.find(state=None, limit=2, after=after, among=among)
        return [each.entry.reference for each in page]

    assert found(None, Among(sendable=True)) == sendable[:2]
    assert found(sendable[1], Among(sendable=True)) == sendable[2:4]
    assert found(None, Among(sendable=True, held=True)) == []
