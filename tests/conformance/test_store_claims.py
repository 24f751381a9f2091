"""Claims of notices on every database: one person at a time, on record, and over as soon as the wait is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from adapters.storage.engine.engine import Database
from adapters.storage.schema.worklist_tables import notice_claim
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import OutboxEntry, advance
from gateway.operations import notice_work, person_acts
from gateway.operations.notice_work import MAX_COMMENT, of_course
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError
from gateway.store.notice_claim import ClaimChange, NoticeClaim
from gateway.store.stored import Changes
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, SignIn

from .builders import admit, at, entry, evidence, reference
from .claims import (
    BODY,
    ONE,
    OTHER,
    act,
    claim,
    comment,
    dead,
    hand_over,
    holder,
    refused,
    take,
    told,
    waits,
)
from .conftest import Place

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


@pytest.fixture
def outsider(people: SignIn) -> Person:
    """Return a secretary of another body."""
    return people.invite("mina", Role.COMMISSION_SECRETARY, bodies=frozenset({OTHER}))[0]


@pytest.fixture
def waiting(store: SqlStore) -> OutboxEntry:
    return dead(store, 1)


@pytest.mark.usefixtures("waiting")
def test_a_claim_is_on_record_and_counts_for_everybody(people: SignIn, sara: Person, reza: Person) -> None:
    store = people.store
    assert store.claims.standing(ONE).waits
    assert holder(store) is None
    assert claim(people, sara)
    assert holder(store) == sara.id
    assert not claim(people, sara), "it is hers already"
    assert refused(lambda: claim(people, reza)) == "claim.taken"
    unclaim = act("notice.unclaim", reza, people)
    assert refused(lambda: notice_work.unclaim(store, ONE, reza, unclaim, ORIGIN)) == "claim.taken"
    assert notice_work.unclaim(store, ONE, sara, act("notice.unclaim", sara, people), ORIGIN)
    assert holder(store) is None
    assert not notice_work.unclaim(store, ONE, sara, act("notice.unclaim", sara, people), ORIGIN)
    assert claim(people, reza)
    assert [(each["act"], each["person"], each["outcome"]) for each in told(store)] == [
        ("notice.claim", sara.id, "claimed"),
        ("notice.unclaim", sara.id, "released"),
        ("notice.claim", reza.id, "claimed"),
    ]


@pytest.mark.usefixtures("waiting")
def test_of_two_at_once_one_has_it_and_the_other_is_told(people: SignIn, place: Place) -> None:
    """Both saw a free notice. Only one of two records is written."""
    crowd = [people.invite(f"operator-{number}")[0] for number in range(4)]
    begin, acts = Barrier(len(crowd)), [act("notice.claim", each, people) for each in crowd]

    def attempt(person: Person, deed: OperatorAction) -> str:
        store = place.open()
        try:
            begin.wait()
            notice_work.claim(store, ONE, person, deed, ORIGIN)
        except GatewayError as error:
            return error.code
        finally:
            store.close()
        return person.id

    with ThreadPoolExecutor(len(crowd)) as pool:
        found = list(pool.map(attempt, crowd, acts))
    [winner] = [each for each in found if each != "claim.taken"]
    assert holder(people.store) == winner
    assert [each["person"] for each in told(people.store)] == [winner]


@pytest.mark.usefixtures("waiting")
def test_a_repeated_commit_is_one_claim_and_a_stale_one_none(people: SignIn, sara: Person, reza: Person) -> None:
    def change(before: Person | None, to: Person | None, id: str) -> Changes:
        after = None
        if to is not None:
            after = NoticeClaim(reference=ONE, person=to.id, since=at(hours=9), handed_by=None, evidence_id=id)
        changed = ClaimChange(reference=ONE, before=before.id if before else None, after=after)
        return Changes(claims=[changed], evidence=[evidence(id, notice=ONE)], all_or_nothing=True)

    store = people.store
    for _ in range(2):
        assert store.commit(change(None, sara, "a")) == frozenset()
    assert store.commit(change(None, reza, "b")) == {ONE}
    assert store.evidence.record("b") is None
    for _ in range(2):
        assert store.commit(change(sara, reza, "c")) == frozenset()
    assert holder(store) == reza.id
    assert store.commit(change(sara, None, "d")) == {ONE}
    for _ in range(2):
        assert store.commit(change(reza, None, "e")) == frozenset()
    assert holder(store) is None


@pytest.mark.usefixtures("waiting")
def test_a_notice_goes_to_a_colleague_with_a_comment(people: SignIn, sara: Person, reza: Person) -> None:
    claim(people, sara)
    assert hand_over(people, sara, reza, "متن: با قوه قضاییه تماس بگیرید")
    present = people.store.claims.standing(ONE).claim
    assert present is not None
    assert (present.person, present.handed_by) == (reza.id, sara.id)
    assert not hand_over(people, sara, reza), "it is his already"
    assert hand_over(people, sara, sara), "whoever may act takes over, such as from a colleague who is ill"
    assert holder(people.store) == sara.id
    first, second = [each for each in told(people.store) if each["act"] == "notice.hand-over"]
    assert (first["before"], first["to"], first["reason"]) == (sara.id, reza.id, "متن: با قوه قضاییه تماس بگیرید")
    assert (second["before"], second["to"], second["reason"]) == (reza.id, sara.id, "")


@pytest.mark.usefixtures("waiting")
def test_nobody_gets_a_notice_whose_body_is_not_theirs(people: SignIn, sara: Person, outsider: Person) -> None:
    """Nor one who sees the notice and may not act, who left, or who does not exist: all have one answer."""
    auditor, gone = people.invite("auditor", Role.AUDITOR)[0], people.invite("gone")[0]
    people.clock.advance(seconds=1)
    person_acts.deactivate(people.store, gone, people.act("person.deactivate"), ORIGIN)
    gone = people.store.people.get(gone.id) or gone
    for to in (outsider, auditor, gone, None):
        assert refused(lambda to=to: hand_over(people, sara, to)) == "claim.not-among"  # type: ignore[misc]
    assert holder(people.store) is None
    assert told(people.store) == []
    for deed in (
        lambda: claim(people, outsider),
        lambda: claim(people, auditor),
        lambda: hand_over(people, outsider, sara),
        lambda: comment(people, outsider, "متن"),
        lambda: notice_work.unclaim(people.store, ONE, outsider, act("notice.unclaim", outsider, people), ORIGIN),
    ):
        assert refused(deed) == "queue.unknown", "as for a reference that nobody has"
    assert refused(lambda: claim(people, sara, reference(9))) == "queue.unknown"


def test_a_claim_ends_with_the_wait(people: SignIn, sara: Person, waiting: OutboxEntry) -> None:
    """No pass ends it: after a person's act the notice waits for nobody, and a later wait is another one."""
    store = people.store
    claim(people, sara)
    queued = take(store, advance(waiting, _E.REQUEUE, now=at(hours=20), waiting_since=at(hours=20)))
    assert not store.claims.standing(ONE).waits
    assert holder(store) is None
    assert refused(lambda: claim(people, sara)) == "claim.not-waiting"
    assert refused(lambda: hand_over(people, sara, sara)) == "claim.not-waiting"
    take(store, advance(queued, _E.LIFETIME_OVER, now=at(hours=40)))
    assert store.claims.standing(ONE).waits
    assert holder(store) is None
    assert waits(store, sara) == ([], [ONE], [])
    assert claim(people, sara)


@pytest.mark.usefixtures("waiting")
def test_those_who_have_claimed_notices_are_named_by_their_logins(people: SignIn, sara: Person, reza: Person) -> None:
    store, second = people.store, dead(people.store, 2)
    claim(people, sara)
    claim(people, reza, second.reference)
    every = [ONE, second.reference, reference(3)]
    assert notice_work.claimers(store, every) == {ONE: "sara", second.reference: "reza"}
    take(store, advance(second, _E.REQUEUE, now=at(hours=20), waiting_since=at(hours=20)))
    assert notice_work.claimers(store, every) == {ONE: "sara"}, "the other claim ended with its wait"
    assert notice_work.claimers(store, []) == {}


def test_an_attempt_to_send_ends_no_claim(people: SignIn, sara: Person) -> None:
    """A queued notice that an error stops is tried again from time to time; it is still the same wait."""
    store = people.store
    [present] = admit(store, entry(1))
    for _ in range(2):
        sending = advance(present, _E.CLAIM, now=at(hours=1))
        deferred = advance(sending.after, _E.DEFERRAL, now=at(hours=2), code="mapped.message", due_at=at(hours=3))
        present = take(store, sending, deferred)
        claim(people, sara)
        assert waits(store, sara) == ([ONE], [], [])
    assert len(told(store)) == 1
    sending = advance(present, _E.CLAIM, now=at(hours=4))
    take(store, sending, advance(sending.after, _E.DEFERRAL, now=at(hours=5), code="courier.busy", due_at=at(hours=6)))
    assert waits(store, sara) == ([], [], []), "the gateway tries again by itself"


@pytest.mark.parametrize("deferred", [True, False])
def test_a_further_claim_ends_none_of_a_notice_that_is_being_sent(
    people: SignIn, sara: Person, deferred: bool, place: Place
) -> None:
    store = people.store
    [present] = admit(store, entry(1, code="mapped.message"))
    claim(people, sara)
    sending = advance(present, _E.CLAIM, now=at(hours=1))
    take(store, sending)
    claim(people, sara, dead(store, 2).reference)
    if deferred:
        after = advance(sending.after, _E.DEFERRAL, now=at(hours=2), code="mapped.message", due_at=at(hours=3))
    else:
        after = advance(sending.after, _E.SUBMISSION_ACCEPTANCE, now=at(hours=2))
    take(store, after)
    claim(people, sara, dead(store, 3).reference)
    two, three = reference(2), reference(3)
    assert waits(store, sara) == (([ONE, two, three] if deferred else [two, three]), [], [])
    assert kept(place) == ({ONE, two, three} if deferred else {two, three})


def test_a_doubt_waits_until_it_is_asked_about_again(people: SignIn, sara: Person) -> None:
    store = people.store
    [present] = admit(store, entry(1))
    sending = advance(present, _E.CLAIM, now=at(hours=1))
    doubt = advance(sending.after, _E.LOST_ANSWER, now=at(hours=2), doubt_since=at(hours=2), due_at=at(hours=3))
    present = take(store, sending, doubt)
    assert waits(store, sara) == ([], [], [])
    present = take(store, advance(present, _E.UNKNOWN_TO_PEER, now=at(hours=4), code="doubt.absent", due_at=None))
    assert claim(people, sara)
    assert waits(store, sara) == ([ONE], [], [])
    take(store, advance(present, _E.UNKNOWN_TO_PEER, now=at(hours=5), code="doubt.absent", due_at=at(hours=6)))
    assert waits(store, sara) == ([], [], [])


@pytest.mark.usefixtures("waiting")
def test_who_is_deactivated_has_no_claim_any_more(people: SignIn, sara: Person, reza: Person) -> None:
    store = people.store
    claim(people, sara)
    people.clock.advance(seconds=1)
    person_acts.deactivate(store, sara, people.act("person.deactivate"), ORIGIN)
    assert holder(store) is None
    assert waits(store, reza) == ([], [ONE], [])
    inactive = store.people.get(sara.id)
    assert inactive is not None
    person_acts.activate(store, inactive, people.act("person.activate"), ORIGIN)
    assert holder(store) is None, "nor does it come back"


def test_who_loses_a_body_or_a_role_loses_these_claims_alone(people: SignIn) -> None:
    store = people.store
    dead(store, 1)
    dead(store, 2, body=OTHER)
    both = people.invite("both", Role.COMMISSION_SECRETARY, bodies=frozenset({BODY, OTHER}))[0]
    for number in (1, 2):
        claim(people, both, reference(number))
    roles = frozenset({Role.COMMISSION_SECRETARY})
    person_acts.give(store, both, roles, frozenset({OTHER}), people.act("person.bodies"), ORIGIN)
    assert (holder(store, reference(1)), holder(store, reference(2))) == (None, both.id)
    present = store.people.get(both.id)
    assert present is not None
    people.clock.advance(seconds=1)
    roles = frozenset({Role.HEAD_OF_COMMISSION})
    person_acts.give(store, present, roles, frozenset({OTHER}), people.act("person.roles"), ORIGIN)
    assert holder(store, reference(2)) is None


@pytest.mark.usefixtures("waiting")
def test_a_deactivation_beside_a_hand_over_leaves_no_claim(
    people: SignIn, place: Place, sara: Person, reza: Person
) -> None:
    begin = Barrier(2)
    hand, end = act("notice.hand-over", sara, people), people.act("person.deactivate")

    def handed(store: SqlStore) -> None:
        begin.wait()
        with suppress(GatewayError):  # the deactivation was first
            notice_work.hand_over(store, ONE, sara, reza, hand, ORIGIN)

    def ended(store: SqlStore) -> None:
        begin.wait()
        person_acts.deactivate(store, reza, end, ORIGIN)

    stores = place.open(), place.open()
    with ThreadPoolExecutor(2) as pool:
        for work in [pool.submit(handed, stores[0]), pool.submit(ended, stores[1])]:
            work.result()
    for store in stores:
        store.close()
    assert holder(people.store) is None


@pytest.mark.usefixtures("waiting")
def test_a_comment_is_kept_as_it_was_written(people: SignIn, sara: Person, reza: Person) -> None:
    store = people.store
    texts = ["متن در\nدو سطر", "ع" * MAX_COMMENT]
    for person, text in zip((sara, reza), texts, strict=True):
        comment(people, person, text)
    assert [(each["person"], each["reason"]) for each in told(store)] == list(
        zip((sara.id, reza.id), texts, strict=True)
    )
    for wrong in ("", "ع" * (MAX_COMMENT + 1), "متن\x00", "متن\x1b[2J"):
        assert refused(lambda wrong=wrong: comment(people, sara, wrong)) == "claim.comment"  # type: ignore[misc]
    claim(people, sara)
    assert refused(lambda: hand_over(people, sara, reza, "ع" * (MAX_COMMENT + 1))) == "claim.comment"
    # Two persons at one time: both are on record.
    now = [
        OperatorAction(name="notice.comment", account=p.login, reason="متن", at=people.clock()) for p in (sara, reza)
    ]
    for person, deed in zip((sara, reza), now, strict=True):
        notice_work.comment(store, ONE, person, deed, ORIGIN)
    assert len(told(store)) == 5


@pytest.mark.usefixtures("waiting")
def test_work_is_no_part_of_the_notices_course(people: SignIn, sara: Person) -> None:
    """Nobody who downloads evidence waits for the proof of the own comment, and no court reads it."""
    before = of_course(people.store.evidence.of_notice(ONE))
    claim(people, sara)
    comment(people, sara, "متن")
    found = people.store.evidence.of_notice(ONE)
    assert of_course(found) == before
    assert len(found) == len(before) + 2


def test_a_persons_claims_of_waits_that_are_over_do_not_pile_up(people: SignIn, sara: Person, place: Place) -> None:
    store = people.store
    for number in range(1, 6):
        present = dead(store, number)
        claim(people, sara, reference(number))
        take(store, advance(present, _E.WITHDRAWAL, now=at(hours=30)))
    assert kept(place) == {reference(5)}


def kept(place: Place) -> set[str]:
    """Return the references of the claims that are stored."""
    with closing(Database(place.where)) as database:
        return database.read(lambda c: set(c.scalars(select(notice_claim.c.reference))))
