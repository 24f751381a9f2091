"""People on every database: each change is evidence in one transaction, and may be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters.people.enrolments import new_invitation
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.operations import person_acts
from gateway.people.people_change import AccountLink, Enrolled, PeopleChange, ProviderEnrolment, ProviderLink
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, PEER, SignIn

from .conftest import Place
from .test_acts_at_once import at_once


@pytest.fixture
def people(store: SqlStore, tmp_path: Path) -> SignIn:
    return SignIn(store, ManualClock(), tmp_path)


@pytest.fixture
def person(people: SignIn) -> Person:
    return people.invite("zahra", Role.COMMISSION_SECRETARY, bodies=frozenset({"article-100"}))[0]


def present(people: SignIn, login: str = "zahra") -> Person:
    found = people.store.people.by_login(login)
    assert found
    return found


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as refusal:
        work()
    return refusal.value.code


def told(people: SignIn, name: str, person: str = "p-zahra") -> dict[str, str]:
    """Return the payload of the act's record, whose digest and header are looked at."""
    id = f"act:{name}:person {person}:{timestamp(people.clock())}"
    record = people.store.evidence.record(id)
    assert record, name
    assert record.kind == EvidenceKind.PERSON_ACT
    octets = people.store.evidence.payload(record.payload_digest)
    assert sha256(octets) == record.payload_digest
    for personal in ('zahra"', "زهرا", "clerk", "نامه"):
        assert personal not in record.header.decode()
    found: dict[str, str] = json.loads(octets)
    return found


def recorded(people: SignIn) -> int:
    people.store.log.place(1000)
    return len(list(people.store.log.leaves(0, 1000)))


def test_a_person_is_stored_with_roles_and_bodies(people: SignIn, person: Person) -> None:
    assert present(people) == person == people.store.people.get("p-zahra")
    assert people.store.people.by_login("nobody") is None
    [standing] = people.store.people.all()
    assert standing.person == person
    assert standing.invited_until == people.clock() + timedelta(days=3)
    assert not standing.enrolled
    assert standing.accounts == ()


def test_every_change_is_on_record(people: SignIn, person: Person) -> None:
    assert told(people, "person.add") == {
        "act": "person.add",
        "subject": "person p-zahra",
        "account": "clerk",
        "authentication": "not authenticated by the gateway",
        "reason": "نامه ۱۲۳",
        "at": timestamp(people.clock()),
        "outcome": "invited",
        "login": "zahra",
        "name": "زهرا احمدی",
        "roles": "commission-secretary",
        "bodies": "article-100",
        "invited_until": timestamp(people.clock() + timedelta(days=3)),
    }
    people.clock.advance(minutes=1)
    roles = frozenset({Role.OPERATOR, Role.APPROVER})
    assert person_acts.give(people.store, person, roles, frozenset(), people.act("person.roles"), ORIGIN)
    given = told(people, "person.roles")
    assert (given["roles_before"], given["roles"]) == ("commission-secretary", "approver operator")
    assert (given["bodies_before"], given["bodies"]) == ("article-100", "")
    people.clock.advance(minutes=1)
    person_acts.deactivate(people.store, present(people), people.act("person.deactivate"), ORIGIN)
    assert told(people, "person.deactivate")["outcome"] == "deactivated"
    people.clock.advance(minutes=1)
    person_acts.activate(people.store, present(people), people.act("person.activate"), ORIGIN)
    assert told(people, "person.activate")["outcome"] == "activated"
    people.clock.advance(minutes=1)
    code, invitation = new_invitation(people.factors, "p-zahra", people.clock())
    person_acts.recover(people.store, present(people), invitation, people.act("person.recover"), ORIGIN)
    assert code not in json.dumps(told(people, "person.recover"))
    people.clock.advance(minutes=1)
    person_acts.link(people.store, present(people), "z.ahmadi", people.act("person.link"), ORIGIN)
    assert told(people, "person.link")["linked_account"] == "z.ahmadi"
    people.clock.advance(minutes=1)
    person_acts.unlink(people.store, present(people), "z.ahmadi", people.act("person.link"), ORIGIN)
    assert told(people, "person.link")["outcome"] == "unlinked"
    people.enrol(present(people), code)
    people.clock.advance(seconds=-30)
    enrolled = told(people, "person.enrol")
    assert (enrolled["account"], enrolled["second_factor"]) == ("zahra", "totp")
    assert enrolled["authentication"] == "by the one-time code of an invitation, at the console"
    assert present(people).revision == 5


def test_what_is_so_already_is_not_recorded(people: SignIn, person: Person) -> None:
    before, act = recorded(people), people.act("person.roles")
    assert not person_acts.give(people.store, person, person.roles, person.bodies, act, ORIGIN)
    assert not person_acts.activate(people.store, person, act, ORIGIN)
    assert not person_acts.unlink(people.store, person, "z", act, ORIGIN)
    person_acts.link(people.store, person, "z", people.act("person.link"), ORIGIN)
    assert not person_acts.link(people.store, person, "z", people.act("person.link"), ORIGIN)
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)
    assert not person_acts.deactivate(people.store, present(people), people.act("person.deactivate"), ORIGIN)
    assert recorded(people) == before + 2


def test_a_change_of_a_person_as_it_was_before_is_stale(people: SignIn, person: Person) -> None:
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)
    people.clock.advance(minutes=1)
    give = lambda: person_acts.give(  # noqa: E731
        people.store, person, frozenset({Role.OPERATOR}), frozenset(), people.act("person.roles"), ORIGIN
    )
    assert refused(give) == "people.changed"
    assert present(people).roles == {Role.COMMISSION_SECRETARY}
    id = f"act:person.roles:person p-zahra:{timestamp(people.clock())}"
    assert people.store.evidence.record(id) is None, "an act that did nothing is not on record"


def test_a_login_is_one_persons_for_ever(people: SignIn, person: Person) -> None:
    assert refused(lambda: people.invite("zahra")) == "people.taken"
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)
    assert refused(lambda: people.invite("zahra")) == "people.taken"
    taken = PeopleChange(persons=[replace(person, id="p-other")])
    assert people.store.commit(Changes(people=taken)) == {"p-other"}
    assert people.store.people.get("p-other") is None


def test_an_account_of_the_operating_system_is_one_persons(people: SignIn, person: Person) -> None:
    other, _ = people.invite("omid")
    person_acts.link(people.store, person, "z", people.act("person.link"), ORIGIN)
    assert refused(lambda: person_acts.link(people.store, other, "z", people.act("person.link"), ORIGIN)) == (
        "people.taken"
    )
    assert not person_acts.unlink(people.store, other, "z", people.act("person.link"), ORIGIN)
    assert people.store.people.link("z") == AccountLink(account="z", person="p-zahra", linked_at=people.clock())
    person_acts.unlink(people.store, person, "z", people.act("person.link"), ORIGIN)
    people.clock.advance(minutes=1)
    assert person_acts.link(people.store, other, "z", people.act("person.link"), ORIGIN)
    assert [standing.accounts for standing in people.store.people.all()] == [("z",), ()]


ISSUER = "https://sso.city.example"


def test_an_account_at_a_provider_is_one_persons_and_replaces_the_local_one(people: SignIn) -> None:
    zahra, omid = people.member("zahra"), people.member("omid")
    store, act = people.store, lambda: people.act("person.provider")
    assert person_acts.link_provider(store, zahra.person, ISSUER, "1", act(), ORIGIN)
    assert not person_acts.link_provider(store, zahra.person, ISSUER, "1", act(), ORIGIN)
    assert refused(lambda: person_acts.link_provider(store, zahra.person, ISSUER, "2", act(), ORIGIN)) == (
        "people.linked"
    )
    people.clock.advance(minutes=1)
    assert refused(lambda: person_acts.link_provider(store, omid.person, ISSUER, "1", act(), ORIGIN)) == "people.taken"
    assert store.sign_in.credential("zahra") is None
    assert store.sign_in.credential("omid") is not None, "a refused act changes nothing"
    assert people.sessions.find(zahra.first.token, people.clock()) is None
    linked = store.sign_in.linked(ISSUER, "1")
    assert linked is not None
    assert linked.id == zahra.person.id
    begun = people.sessions.start(linked, people.clock(), issuer=ISSUER, subject="1")
    assert begun.device is None
    session = people.sessions.find(begun.token, people.clock())
    assert session is not None
    assert session.issuer == ISSUER
    for issuer, subject in ((ISSUER, "2"), ("https://elsewhere.example", "1")):
        assert store.sign_in.linked(issuer, subject) is None
        start = partial(people.sessions.start, linked, people.clock(), issuer=issuer, subject=subject)
        assert refused(start) == "people.sign-in"
    stale = partial(person_acts.unlink_provider, store, zahra.person, act(), ORIGIN)
    assert refused(stale) == "people.changed", "the person was seen before the link"
    assert person_acts.unlink_provider(store, present(people), act(), ORIGIN)
    assert not person_acts.unlink_provider(store, present(people), act(), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None
    people.clock.advance(minutes=1)
    assert person_acts.link_provider(store, omid.person, ISSUER, "1", act(), ORIGIN)
    people.clock.advance(minutes=1)
    assert person_acts.deactivate(store, present(people), act(), ORIGIN)
    assert person_acts.activate(store, present(people), act(), ORIGIN)
    stale = partial(person_acts.link_provider, store, zahra.person, ISSUER, "3", act(), ORIGIN)
    assert refused(stale) == "people.changed"


def test_a_repeated_enrolment_at_a_provider_is_one(people: SignIn) -> None:
    person, code = people.invite("zahra")
    _, invitation = people.enrolments.invited("zahra", code, PEER, people.clock())
    link = ProviderLink(person=person.id, issuer=ISSUER, subject="1", linked_at=people.clock())
    enrolled = ProviderEnrolment(link=link, code_digest=invitation.code_digest)

    def commit(new: ProviderEnrolment) -> frozenset[str]:
        return people.store.commit(Changes(people=PeopleChange(provider_enrolled=[new]), all_or_nothing=True))

    assert commit(replace(enrolled, code_digest="another")) == {person.id}
    assert people.store.sign_in.invitation("zahra") is not None
    assert commit(enrolled) == frozenset()
    assert commit(enrolled) == frozenset()
    assert commit(replace(enrolled, link=replace(link, subject="2"))) == {person.id}
    assert people.store.sign_in.invitation("zahra") is None
    [standing] = people.store.people.all()
    assert (standing.provider, standing.enrolled, standing.invited_until) == (link, True, None)


def test_the_first_person_is_one(people: SignIn, place: Place, tmp_path: Path) -> None:
    def first(login: str) -> str:
        try:
            SignIn(people.store, ManualClock(), tmp_path).invite(login, Role.SECURITY_OFFICER, first=True)
        except GatewayError as error:
            return error.code
        return "invited"

    logins = ["one", "two", "three", "four"]
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(first, logins))
    assert outcomes == ["invited", *["people.not-first"] * 3]
    assert len(people.store.people.all()) == 1
    assert place.where


def test_there_is_a_first_person_again_once_nobody_manages_people(people: SignIn) -> None:
    officer, _ = people.invite("one", Role.SECURITY_OFFICER, first=True)
    assert refused(lambda: people.invite("two", Role.SECURITY_OFFICER, first=True)) == "people.not-first"
    gone = replace(officer, active=False, revision=2)
    people.store.commit(Changes(people=PeopleChange(persons=[gone])))
    assert people.invite("two", Role.SECURITY_OFFICER, first=True)


def test_the_last_who_manages_people_stays(people: SignIn) -> None:
    officer, _ = people.invite("one", Role.SECURITY_OFFICER)
    act, operator = people.act("person.roles"), frozenset({Role.OPERATOR})
    assert refused(lambda: person_acts.deactivate(people.store, officer, act, ORIGIN)) == "people.last-manager"
    give = lambda: person_acts.give(people.store, officer, operator, frozenset(), act, ORIGIN)  # noqa: E731
    assert refused(give) == "people.last-manager"
    people.invite("two", Role.SECURITY_OFFICER)
    assert give()


def test_of_two_managers_who_deactivate_each_other_one_stays(people: SignIn, place: Place) -> None:
    managers = [people.invite(login, Role.SECURITY_OFFICER)[0] for login in ("one", "two")]

    def deactivate(store: SqlStore, manager: Person) -> None:
        person_acts.deactivate(store, manager, people.act("person.deactivate"), ORIGIN)

    outcomes = at_once(place, [partial(deactivate, manager=each) for each in managers])
    assert sorted(map(str, outcomes)) == ["None", "people.last-manager"]
    [gone] = [each.person for each in people.store.people.all() if not each.person.active]
    change = Changes(people=PeopleChange(persons=[gone], managed=True), all_or_nothing=True)
    assert people.store.commit(change) == frozenset(), "a repeated commit is the same commit"


def test_nobody_inactive_is_recovered(people: SignIn, person: Person) -> None:
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)
    _, invitation = new_invitation(people.factors, person.id, people.clock())
    recover = lambda: person_acts.recover(  # noqa: E731
        people.store, present(people), invitation, people.act("person.recover"), ORIGIN
    )
    assert refused(recover) == "people.inactive"


def test_a_commit_of_people_may_be_repeated(people: SignIn) -> None:
    """A lost answer to COMMIT may be a commit: the second time nothing is stale, and nothing changes."""
    _, invitation = new_invitation(people.factors, "p-1", people.clock())
    new = Person(
        id="p-1",
        login="mina",
        name="مینا",
        roles=frozenset({Role.COMMISSION_SECRETARY}),
        bodies=frozenset({"article-77", "article-100"}),
        active=True,
        created_at=people.clock(),
        changed_at=people.clock(),
    )
    enrolled = Enrolled(
        person="p-1", code_digest=invitation.code_digest, password_hash="hash", last_step=7, at=people.clock()
    )
    later = replace(new, roles=frozenset({Role.OPERATOR}), bodies=frozenset(), revision=2)
    link = AccountLink(account="m", person="p-1", linked_at=people.clock())
    for change in (
        PeopleChange(persons=[new], invitations=[invitation], first=False),
        PeopleChange(enrolled=[enrolled]),
        PeopleChange(persons=[later]),
        PeopleChange(links=[link]),
        PeopleChange(unlinked=[link]),
    ):
        for _ in range(2):
            assert people.store.commit(Changes(people=change, all_or_nothing=True)) == frozenset()
    [standing] = people.store.people.all()
    assert standing.person == later
    assert standing.enrolled
    assert standing.accounts == ()
    again = replace(enrolled, password_hash="another")
    assert people.store.commit(Changes(people=PeopleChange(enrolled=[again]))) == {"p-1"}, "an invitation is used once"


def test_a_person_who_is_deactivated_has_no_invitation(people: SignIn, person: Person) -> None:
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)
    assert people.store.sign_in.invitation("zahra") is None
    assert people.store.people.all()[0].invited_until is None
