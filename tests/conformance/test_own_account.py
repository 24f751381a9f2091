"""One's own account on every database: sessions, another password, another second factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import Parameters

from adapters.people.attempts import SignInLocked
from adapters.people.own_accounts import OwnAccounts
from adapters.people.passwords import Passwords
from gateway.operations import person_acts
from gateway.operations.operator_action import OperatorAction
from gateway.people.lockout import ACCOUNT, PEER
from gateway.people.people_change import PeopleChange, Renewed
from gateway.people.permissions import Role
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.manual_clock import ManualClock
from tests.people import CHEAP, ORIGIN, PASSWORD, Member, SignIn
from tests.people import PEER as PEER_ADDRESS

pytestmark = pytest.mark.exhaustive(draw=["place"])

OTHER = "رودخانه آبی و چراغ سبز"


@pytest.fixture
def zahra(people: SignIn) -> Member:
    return people.member("zahra", Role.OPERATOR)


@pytest.fixture
def own(people: SignIn) -> OwnAccounts:
    return OwnAccounts(store=people.store, sessions=people.sessions, origin=ORIGIN)


def test_the_last_used_session_is_first(people: SignIn, zahra: Member, clock: ManualClock) -> None:
    other = people.begin(zahra)
    people.member("ali")
    clock.advance(minutes=2)
    people.sessions.find(zahra.first.token, clock())
    found = people.store.sign_in.sessions_of(zahra.person.id)
    assert [each.id for each in found] == [zahra.first.session.id, other.session.id]
    standing = next(each for each in people.store.people.all() if each.person.id == zahra.person.id)
    assert standing.seen_at == clock()


def test_all_other_sessions_end_and_nobody_elses(people: SignIn, zahra: Member, clock: ManualClock) -> None:
    other, ali = people.begin(zahra), people.member("ali")
    people.store.sign_in.end_others(zahra.person.id, zahra.first.session.id)
    assert people.sessions.find(other.token, clock()) is None
    assert people.sessions.find(zahra.first.token, clock()) is not None
    assert people.sessions.find(ali.first.token, clock()) is not None


def test_a_new_password_ends_the_other_sessions(
    people: SignIn, zahra: Member, own: OwnAccounts, clock: ManualClock
) -> None:
    other = people.begin(zahra)
    clock.advance(seconds=30)
    own.change_password(zahra.first.session, PASSWORD, OTHER, clock())
    assert people.sessions.find(other.token, clock()) is None
    assert people.sessions.find(zahra.first.token, clock()) is not None
    with pytest.raises(GatewayError, match=r"people\.sign-in"):
        people.begin(zahra)
    clock.advance(seconds=30)
    assert people.begin(zahra, password=OTHER)


def test_a_new_second_factor_replaces_the_former_one(
    people: SignIn, zahra: Member, own: OwnAccounts, clock: ManualClock
) -> None:
    offer = own.offer(zahra.person)
    assert own.offer(zahra.person, offer.sealed) == offer
    new = Member(person=zahra.person, secret=offer.setup.secret, first=zahra.first)
    session = zahra.first.session
    own.renew_second_factor(session, PASSWORD, offer.sealed, new.code(clock()), clock())
    with pytest.raises(GatewayError, match=r"people\.sign-in"):
        people.begin(zahra)
    with pytest.raises(GatewayError, match=r"people\.sign-in"):
        people.begin(new)  # the code counted when it was shown
    clock.advance(seconds=30)
    assert people.begin(new)


def change_password(own: OwnAccounts, of: Member, clock: ManualClock) -> None:
    own.change_password(of.first.session, PASSWORD, OTHER, clock())


def renew_second_factor(own: OwnAccounts, of: Member, clock: ManualClock) -> None:
    offer = own.offer(of.person)
    code = Member(person=of.person, secret=offer.setup.secret, first=of.first).code(clock())
    own.renew_second_factor(of.first.session, PASSWORD, offer.sealed, code, clock())


def leave_and_come_back(own: OwnAccounts, of: Member, clock: ManualClock) -> None:
    act = OperatorAction(name="person.deactivate", account="clerk", reason="نامه ۱۲۳", at=clock())
    assert person_acts.deactivate(own.store, of.person, act, ORIGIN)
    gone = own.store.people.get(of.person.id)
    assert gone
    assert person_acts.activate(own.store, gone, replace(act, name="person.activate"), ORIGIN)


@pytest.mark.parametrize("change", [change_password, renew_second_factor, leave_and_come_back])
def test_a_sign_in_that_overlaps_a_change_of_the_account_does_not_count(
    people: SignIn,
    zahra: Member,
    own: OwnAccounts,
    clock: ManualClock,
    change: Callable[[OwnAccounts, Member, ManualClock], None],
) -> None:
    """The password was right when it was verified; its hash has old parameters, and would be replaced."""

    class Slow(Passwords):
        def is_right(self, password: str, stored: str | None) -> bool:
            right = super().is_right(password, stored)
            change(own, zahra, clock)
            return right

    dearer = Parameters(**{**{name: getattr(CHEAP, name) for name in CHEAP.__slots__}, "time_cost": 2})
    slow = people.with_passwords(Slow(dearer))
    now = clock() + timedelta(seconds=30)  # its code is later than that of a new second factor
    with pytest.raises(GatewayError, match=r"people\.sign-in"):
        slow.begin("zahra", PASSWORD, zahra.code(now), PEER_ADDRESS, now)
    there = {each.id for each in people.store.sign_in.sessions_of(zahra.person.id)}
    assert there <= {zahra.first.session.id}
    changed = people.store.sign_in.credential("zahra")
    assert changed
    password = OTHER if change is change_password else PASSWORD
    assert people.sessions.passwords.is_right(password, changed.password_hash)
    assert "t=1" in changed.password_hash


def test_strangers_do_not_lock_the_own_account_page(
    people: SignIn, zahra: Member, own: OwnAccounts, clock: ManualClock
) -> None:
    """Failures at the sign-in page, of the same account or address, do not count there; nor the other way round."""
    session = zahra.first.session
    for _ in range(ACCOUNT.free):
        with pytest.raises(GatewayError, match=r"people\.sign-in"):
            people.begin(zahra, code="000000")
    for number in range(PEER.free):
        with pytest.raises(GatewayError, match=r"people\.(sign-in|locked)"):
            people.sessions.begin(f"name{number}", "wrong password", "000000", PEER_ADDRESS, clock())
    own.change_password(session, PASSWORD, OTHER, clock())
    clock.advance(days=2)
    for _ in range(ACCOUNT.free):
        with pytest.raises(GatewayError, match=r"people\.password"):
            own.change_password(session, PASSWORD, OTHER, clock())
    with pytest.raises(SignInLocked):
        own.change_password(session, OTHER, PASSWORD, clock())
    assert people.begin(zahra, password=OTHER)


def test_a_renewal_is_of_the_credential_that_was_verified(people: SignIn, zahra: Member) -> None:
    """A recovery between the two is not undone; a repeated commit is the same commit."""
    credential = people.store.sign_in.credential("zahra")
    assert credential is not None
    first = Renewed(person=zahra.person.id, before=credential.password_hash, session="s", password_hash="one")
    second = Renewed(person=zahra.person.id, before=credential.password_hash, session="s", password_hash="two")

    def commit(renewed: Renewed) -> frozenset[str]:
        return people.store.commit(Changes(people=PeopleChange(renewed=[renewed]), all_or_nothing=True))

    assert commit(first) == frozenset()
    assert commit(first) == frozenset()
    assert commit(second) == {zahra.person.id}
    changed = people.store.sign_in.credential("zahra")
    assert changed is not None
    assert changed.password_hash == "one"
