"""Lock-out on every database: guesses wait ever longer, and nobody is locked out for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from adapters.people.attempts import DEVICE_LIFE, SignInLocked
from adapters.people.own_accounts import OwnAccounts
from gateway.operations import person_acts
from gateway.people.lockout import ACCOUNT
from gateway.people.person import Person
from tests.people import ORIGIN, PASSWORD, PEER, Member, SignIn

from .conftest import Place
from .signing_in import WRONG, invited, refused

pytestmark = pytest.mark.exhaustive(draw=["place"])


def fail(people: SignIn, member: Member, times: int, *, peer: str = PEER, device: str | None = None) -> None:
    for _ in range(times):
        error = refused(lambda: people.begin(member, code=WRONG, peer=peer, device=device))
        assert error.code == "people.sign-in"


def test_an_account_is_locked_after_failures_and_waits_grow(people: SignIn, zahra: Member) -> None:
    fail(people, zahra, 5)
    waits = []
    for _ in range(7):
        error = refused(lambda: people.begin(zahra))
        assert isinstance(error, SignInLocked)
        waits.append(round((error.until - people.clock()).total_seconds()))
        people.clock.now = error.until
        fail(people, zahra, 1)
    assert waits == [60, 120, 300, 600, 900, 900, 900]
    assert str(error.until.minute) in error.detail


def test_a_locked_account_tells_nothing_and_counts_nothing(people: SignIn, zahra: Member) -> None:
    fail(people, zahra, 5)
    ends = set()
    for password in (PASSWORD, "wrong password"):
        for _ in range(10):
            error = refused(lambda password=password: people.begin(zahra, password=password))
            assert isinstance(error, SignInLocked)
            ends.add(error.until)
    assert len(ends) == 1, "attempts while it is locked do not make the wait longer"
    for _ in range(5):
        refused(lambda: people.sessions.begin("nobody", "wrong password", WRONG, "203.0.113.1", people.clock()))
    unknown = refused(lambda: people.sessions.begin("nobody", "wrong password", WRONG, "203.0.113.1", people.clock()))
    assert isinstance(unknown, SignInLocked), "an unknown login is locked as a known one is"


def test_success_forgets_the_failures_of_the_account(people: SignIn, zahra: Member) -> None:
    for _ in range(3):
        fail(people, zahra, 4)
        assert people.begin(zahra)
        people.clock.advance(seconds=30)


def test_whoever_fails_on_purpose_does_not_lock_the_person_out(people: SignIn, zahra: Member) -> None:
    """The browser that is known has a counter of its own; and an invitation is always a way back."""
    known = people.begin(zahra).device
    people.clock.advance(seconds=30)
    fail(people, zahra, 5, peer="203.0.113.9")
    for _ in range(10):
        error = refused(lambda: people.begin(zahra, peer="203.0.113.9"))
        assert isinstance(error, SignInLocked)
        assert people.begin(zahra, device=known)
        people.clock.now = error.until
        people.clock.advance(seconds=30)
        fail(people, zahra, 1, peer="203.0.113.9")
    code, invitation = invited(people, zahra)
    person_acts.recover(people.store, zahra.person, invitation, people.act("person.recover"), ORIGIN)
    again = people.enrol(present(people), code)
    assert isinstance(refused(lambda: people.begin(again, peer="203.0.113.10")), SignInLocked)
    assert people.begin(again, device=again.first.device)


def test_a_known_browser_is_locked_too_and_is_known_for_its_person_only(people: SignIn, zahra: Member) -> None:
    known = people.begin(zahra).device
    other = people.member("omid")
    fail(people, zahra, 5, device=known)
    assert isinstance(refused(lambda: people.begin(zahra, device=known)), SignInLocked)
    assert people.begin(zahra), "failures in one browser do not count for the account"
    people.clock.advance(hours=2)
    for forged in (known, "", ".", f"{'0' * 32}.{'0' * 64}", "x" * 9_000, "\udcff.\udcff"):
        people.clock.advance(days=2)
        fail(people, other, 5, device=forged)
        assert isinstance(refused(lambda forged=forged: people.begin(other, device=forged)), SignInLocked)
        assert isinstance(refused(lambda: people.begin(other)), SignInLocked), "it counted for the account"


def test_a_guesser_at_the_same_address_locks_no_known_browser_out(people: SignIn, zahra: Member) -> None:
    """All staff may have one address: that of a proxy or a router."""
    begin = people.sessions.begin
    known = people.begin(zahra).device
    people.clock.advance(seconds=30)
    for number in range(30):
        refused(lambda number=number: begin(f"name{number}", "wrong password", WRONG, PEER, people.clock()))
    assert isinstance(refused(lambda: people.begin(zahra)), SignInLocked), "a browser that is not known waits"
    assert people.begin(zahra, device=known)


def test_a_browser_is_known_for_half_a_year(people: SignIn, zahra: Member) -> None:
    known = people.begin(zahra).device
    people.clock.now = people.clock() + DEVICE_LIFE - timedelta(seconds=1)
    fail(people, zahra, 5)
    assert people.begin(zahra, device=known)
    people.clock.advance(seconds=30)
    assert isinstance(refused(lambda: people.begin(zahra, device=known)), SignInLocked)


@pytest.mark.parametrize("end", ["password", "recovery", "deactivation"])
def test_a_browser_is_known_no_more_after(people: SignIn, zahra: Member, end: str) -> None:
    known, member = people.begin(zahra).device, zahra
    people.clock.advance(seconds=30)
    new_password = "چهار درخت سبز کنار رود"
    if end == "password":
        own = OwnAccounts(store=people.store, sessions=people.sessions, origin=ORIGIN)
        renewed = own.change_password(zahra.first.session, PASSWORD, new_password, people.clock())
    elif end == "recovery":
        code, invitation = invited(people, zahra)
        person_acts.recover(people.store, zahra.person, invitation, people.act("person.recover"), ORIGIN)
        member = people.enrol(present(people), code)
        renewed = member.first.device
    else:
        person_acts.deactivate(people.store, zahra.person, people.act("person.deactivate"), ORIGIN)
        people.clock.advance(seconds=1)
        person_acts.activate(people.store, present(people), people.act("person.activate"), ORIGIN)
        people.clock.advance(seconds=29)
        renewed = people.begin(zahra).device
        people.clock.advance(seconds=30)
    fail(people, member, 5, peer="203.0.113.9")
    password = new_password if end == "password" else PASSWORD
    refusal = refused(lambda: people.begin(member, password=password, device=known))
    assert isinstance(refusal, SignInLocked)
    assert people.begin(member, password=password, device=renewed)


def present(people: SignIn) -> Person:
    found = people.store.people.by_login("zahra")
    assert found is not None
    return found


def test_a_peer_is_locked_over_all_accounts(people: SignIn, zahra: Member) -> None:
    begin = people.sessions.begin
    for number in range(30):
        refused(lambda number=number: begin(f"name{number}", "wrong password", WRONG, "2001:db8::1", people.clock()))
    # An IPv6 host has every address of its prefix.
    assert isinstance(refused(lambda: people.begin(zahra, peer="2001:db8::2")), SignInLocked)
    assert people.begin(zahra, peer="2001:db8:1::2")


def test_success_does_not_clear_the_peer(people: SignIn, zahra: Member) -> None:
    """A person with an account cannot reset the counter of an address between guesses."""
    begin = people.sessions.begin
    for number in range(29):
        refused(lambda number=number: begin(f"name{number}", "wrong password", WRONG, PEER, people.clock()))
    assert people.begin(zahra)
    refused(lambda: begin("name30", "wrong password", WRONG, PEER, people.clock()))
    people.clock.advance(seconds=30)
    assert isinstance(refused(lambda: people.begin(zahra)), SignInLocked)


def test_parallel_guesses_count_one_by_one(people: SignIn, zahra: Member) -> None:
    def guess(_: int) -> str:
        return refused(lambda: people.begin(zahra, code=WRONG)).code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(guess, range(12)))
    assert codes.count("people.sign-in") == 5
    assert codes.count("people.locked") == 7


JUMP = timedelta(days=30)


def test_failures_by_a_clock_that_was_ahead_lock_nobody_once_it_is_right(people: SignIn, zahra: Member) -> None:
    """Its codes were those of another time, so every sign-in failed."""
    people.clock.now += JUMP
    for wait in (0, 0, 0, 0, 0, 1, 2):
        people.clock.advance(minutes=wait)
        fail(people, zahra, 1)
    people.clock.now -= JUMP
    assert people.begin(zahra)
    fail(people, zahra, 4)
    people.clock.advance(seconds=30)
    assert people.begin(zahra), "its success has cleared the account"


def test_a_clock_that_is_set_back_gives_one_attempt_and_no_new_series(people: SignIn, zahra: Member) -> None:
    people.clock.now += JUMP
    fail(people, zahra, 5)
    people.clock.now -= JUMP
    fail(people, zahra, 1)
    waits = []
    for _ in range(3):
        error = refused(lambda: people.begin(zahra))
        assert isinstance(error, SignInLocked)
        waits.append(error.until - people.clock())
        people.clock.now = error.until
        fail(people, zahra, 1)
    assert waits == [timedelta(minutes=wait) for wait in (2, 5, 10)], "the failures before it count on"


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(hours=1), JUMP])
def test_two_processes_with_other_clocks_give_no_more_attempts_than_each_alone(
    people: SignIn, zahra: Member, ahead: timedelta
) -> None:
    fail(people, zahra, 5)
    began, judged = people.clock(), {timedelta(): 0, ahead: 0}
    for minute in range(1, 181):
        for clock in judged:
            people.clock.now = began + timedelta(minutes=minute) + clock
            code = refused(lambda: people.begin(zahra, code=WRONG)).code
            judged[clock] += code == "people.sign-in"
    # In three hours one process alone judges 14 attempts, after 1, 3, 8, 18, 33, 48, … minutes. One whose clock is
    # ahead by a day or more has forgotten the failures before, once.
    assert max(judged.values()) <= 14 + ACCOUNT.free


def test_failures_are_forgotten_and_deleted(people: SignIn, zahra: Member, place: Place) -> None:
    fail(people, zahra, 4)
    people.clock.advance(days=1)
    fail(people, zahra, 4)
    people.clock.advance(days=2)
    people.begin(zahra)
    engine = create_engine(place.where)
    with engine.connect() as connection:
        left = connection.execute(text("SELECT subject, failures FROM failed_attempt")).all()
    engine.dispose()
    assert [(row[0].partition(":")[0], row[1]) for row in left] == [("peer", 0)]
