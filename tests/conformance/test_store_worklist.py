"""Lists of notices that wait for a person: the own ones, free ones and those of others, on every database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import advance
from gateway.overview.worklist import GROUP_WORDS, GROUPS, ON_THE_WAY
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.reconciliation.limits import OPEN, Limit
from gateway.store.stored import Changes, Mark
from tests.manual_clock import ManualClock
from tests.people import SignIn

from .builders import NOW, admit, at, entry, intake, reference
from .claims import BODY, ONE, OTHER, claim, dead, holder, intake_of, rejected, take, waits

_E = DeliveryEvent


@pytest.fixture
def people(store: SqlStore, tmp_path: Path) -> SignIn:
    return SignIn(store, ManualClock(at(hours=10)), tmp_path)


@pytest.fixture
def sara(people: SignIn) -> Person:
    return people.invite("sara", Role.COMMISSION_SECRETARY, bodies=frozenset({BODY}))[0]


@pytest.fixture
def reza(people: SignIn) -> Person:
    return people.invite("reza", Role.OPERATOR)[0]


def test_lists_are_of_the_person_and_of_visible_bodies(people: SignIn, sara: Person, reza: Person) -> None:
    store = people.store
    for number in (4, 2, 3, 1, 5):
        dead(store, number)
    dead(store, 6, body=OTHER)
    one, two, three, four, five, six = (reference(number) for number in range(1, 7))
    claim(people, sara, four)
    claim(people, sara, three)
    claim(people, reza, two)
    claim(people, reza, six)
    assert waits(store, sara, frozenset({BODY})) == ([three, four], [one, five], [two])
    assert waits(store, reza) == ([two, six], [one, five], [three, four])
    assert waits(store, sara, frozenset({OTHER})) == ([], [], [six])
    assert waits(store, sara, frozenset()) == ([], [], [])


@pytest.mark.parametrize("state", DeliveryState)
def test_a_notice_is_on_the_list_of_days_while_its_limit_of_delivery_runs(people: SignIn, state: DeliveryState) -> None:
    """A dead letter, too, is to be served by its day."""
    store = people.store
    admit(store, entry(1, state=state, serve_by=NOW.date()))
    by_day = store.worklist.to_be_served_by(NOW.date(), limit=9, after=None)
    at_risk = store.deadlines.to_be_served_by(NOW.date(), None, None, 9)
    wanted = [ONE] if state in OPEN[Limit.DELIVER] else []
    assert [each.reference for each in by_day] == [each.reference for each in at_risk] == wanted
    assert (state in ON_THE_WAY) == bool(wanted)


def test_the_page_of_late_notices_shows_each_state_in_which_one_can_be_late() -> None:
    assert GROUPS["not-served"] == {state for states in OPEN.values() for state in states}
    assert set(GROUPS) == set(GROUP_WORDS)


def test_of_queued_notices_with_an_error_the_oldest_are_shown(people: SignIn) -> None:
    """A higher number is older here, so that references have another order."""
    store = people.store
    stuck = {"code": "courier.contract", "due_at": at(hours=9)}
    admit(store, *(entry(n, admitted_at=at(hours=-n), state_since=at(hours=-n), **stuck) for n in range(1, 9)))
    found = store.worklist.waiting(None, "nobody", show=3, up_to=4)
    assert [each.entry.reference for each in found.free] == [reference(8), reference(7), reference(6)]
    assert found.more


def test_a_notice_that_the_gateway_held_waits_until_it_is_released(people: SignIn, sara: Person) -> None:
    store = people.store
    admit(store, *(entry(n, code="held.refused", held=n < 3) for n in range(1, 5)))
    assert waits(store, sara) == ([], [reference(1), reference(2)], [])
    assert store.tallies.queued_by_code() == {"held.refused": 2}
    claim(people, sara, reference(2))
    assert store.claims.standing(reference(2)).waits
    store.commit(Changes(marks=[Mark(reference=reference(2), held=False)]))
    assert waits(store, sara) == ([], [reference(1)], [])
    assert not store.claims.standing(reference(2)).waits


@pytest.mark.parametrize("code", sorted(USUAL_CODES.expired))
def test_a_queued_notice_whose_message_came_too_late_waits_for_no_person(
    people: SignIn, sara: Person, code: str
) -> None:
    admit(people.store, entry(1, code=code, due_at=at(hours=9)))
    assert waits(people.store, sara) == ([], [], [])
    assert not people.store.claims.standing(ONE).waits


def test_a_claim_takes_no_place_of_a_free_notice(people: SignIn, sara: Person) -> None:
    """The list of free ones is full, however many before them are claimed."""
    store = people.store
    for number in range(1, 6):
        dead(store, number)
        if number <= 3:
            claim(people, sara, reference(number))
    found = store.worklist.waiting(None, "nobody", show=1, up_to=1)
    assert [each.entry.reference for each in found.free] == [reference(4)]
    assert (found.free_count, found.others_count, found.more) == (1, 1, True)


def test_a_rejected_notice_waits_until_its_paper_is_issued_anew(people: SignIn, sara: Person) -> None:
    store = people.store
    for number in (1, 2, 3):
        rejected(store, number)
    assert waits(store, sara)[1] == [reference(1), reference(2), reference(3)]
    claim(people, sara)
    later = {"admitted_at": at(hours=3), "state_since": at(hours=3)}
    # Under another row, by its predecessor; and under the same row, by a machine whose clock is behind.
    store.commit(intake_of(entry(11, **later), predecessor=ONE))
    store.commit(intake_of(entry(12, row_key="row-2", replaces=reference(2), admitted_at=at(hours=-1))))
    assert waits(store, sara) == ([], [reference(3)], [])
    assert not store.claims.standing(ONE).waits
    assert holder(store) is None
    # It may be issued anew before its rejection is heard of.
    store.commit(intake(entry(4)))
    store.commit(intake_of(entry(14), predecessor=reference(4)))
    sending = advance(entry(4), _E.CLAIM, now=at(hours=1))
    take(store, sending, advance(sending.after, _E.SUBMISSION_REJECTION, now=at(hours=5)))
    assert waits(store, sara)[1] == [reference(3)]


def test_a_rejected_notice_waits_also_if_the_one_before_it_is_of_a_clock_that_was_ahead(
    people: SignIn, sara: Person
) -> None:
    rejected(people.store, 1, row_key="row-1", admitted_at=at(hours=1))
    rejected(people.store, 2, row_key="row-1", replaces=reference(1))
    assert waits(people.store, sara)[1] == [reference(2)]


@pytest.mark.parametrize("event", [_E.ACCOUNT_ABSENCE, _E.CONTENT_CONSIGNMENT_FAILURE])
def test_what_rests_leaves_the_list_with_the_step_that_ends_it(
    people: SignIn, sara: Person, event: DeliveryEvent
) -> None:
    store = people.store
    [present] = admit(store, entry(1))
    steps = [advance(present, _E.CLAIM, now=at(hours=1))]
    if event is _E.CONTENT_CONSIGNMENT_FAILURE:
        steps.append(advance(steps[-1].after, _E.SUBMISSION_ACCEPTANCE, now=at(hours=1)))
    present = take(store, *steps, advance(steps[-1].after, event, now=at(hours=2)))
    assert waits(store, sara) == ([], [ONE], [])
    take(store, advance(present, _E.CHANNEL_SWITCH, now=at(hours=3) + timedelta(minutes=1)))
    assert waits(store, sara) == ([], [], [])


def test_later_notices_are_those_of_the_paper_and_of_the_row(people: SignIn) -> None:
    """A revision may have another row; a row whose case was corrected names another notice."""
    store = people.store
    admit(store, *(entry(number) for number in range(1, 4)))
    store.commit(intake_of(entry(4), predecessor=ONE))
    store.commit(intake_of(entry(5, row_key="row-1", replaces=ONE), predecessor=ONE))
    store.commit(intake_of(entry(6, row_key="row-2", replaces=reference(2)), case_number="1404-100-9"))
    store.commit(intake_of(entry(7, row_key="row-9", replaces=reference(3))))
    asked = [reference(number) for number in (1, 2, 3, 4, 99)]
    assert store.worklist.later(asked) == {ONE: [reference(4), reference(5)], reference(2): [reference(6)]}
    assert store.worklist.later([]) == {}
