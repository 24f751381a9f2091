"""Sign-in on every database: a code counts once, an answer tells nothing, and a session ends in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from argon2 import Parameters

from adapters.people.passwords import Passwords
from adapters.storage.people.sign_in_store import SqlSignInStore
from gateway.operations import person_acts, recovery
from gateway.people.permissions import Role
from gateway.people.sign_in_store import SessionStart
from gateway.runtime.errors import GatewayError
from tests.people import CHEAP, ORIGIN, PASSWORD, PEER, Member, SignIn

from .conftest import Place
from .signing_in import WRONG, refused, stored_octets

pytestmark = pytest.mark.exhaustive(draw=["place"])


def test_a_person_signs_in_with_password_and_code(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    assert begun.session.person == zahra.person
    found = people.sessions.find(begun.token, people.clock())
    assert found == begun.session
    assert found.person.visible_bodies == {"article-100"}
    people.sessions.end(begun.token)
    assert people.sessions.find(begun.token, people.clock()) is None


def test_login_and_code_may_be_typed_in_persian_digits(people: SignIn) -> None:
    member = people.member("ali12")
    typed = member.code(people.clock()).translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    now = people.clock()
    assert (
        people.sessions.begin(" Ali۱۲ ", PASSWORD, f"{typed[:3]} {typed[3:]}", PEER, now).session.person
        == member.person
    )


def test_two_keyboards_type_one_password(people: SignIn) -> None:
    member = people.enrol(*people.invite("reza"), password="کیک یزدی ۱۴۰۳ خوب")
    assert people.begin(member, password="كيك يزدي 1403 خوب").session


def test_one_answer_for_everything_that_is_wrong(people: SignIn, zahra: Member) -> None:
    gone = people.member("gone")
    person_acts.deactivate(people.store, gone.person, people.act("person.deactivate"), ORIGIN)
    now, code = people.clock(), zahra.code(people.clock())
    begin = people.sessions.begin
    answers = {
        str(refused(work))
        for work in (
            lambda: begin("nobody", PASSWORD, code, PEER, now),
            lambda: begin("no\0body\udcff", "\udcff\0", "\udcff", PEER, now),
            lambda: begin("zahra", PASSWORD + "!", code, PEER, now),
            lambda: begin("zahra", PASSWORD, WRONG, PEER, now),
            lambda: begin("zahra", PASSWORD, "", PEER, now),
            lambda: begin("gone", PASSWORD, gone.code(now), PEER, now),
        )
    }
    assert len(answers) == 1
    assert "people.sign-in" in answers.pop()


def test_an_unknown_login_costs_the_same_work(people: SignIn, zahra: Member) -> None:
    """Time itself is not measured: each answer verifies one hash with the same parameters."""
    verified: list[str] = []

    class Counting(Passwords):
        def is_right(self, password: str, stored: str | None) -> bool:
            verified.append(self._nobody if stored is None else stored)
            return super().is_right(password, stored)

    sessions = people.with_passwords(Counting(CHEAP))
    for login in ("zahra", "nobody", "no\0body"):
        refused(lambda login=login: sessions.begin(login, "wrong password", WRONG, PEER, people.clock()))
    assert [each.rpartition("$")[0].rpartition("$")[0] for each in verified] == ["$argon2id$v=19$m=64,t=1,p=1"] * 3


def test_a_code_counts_once(people: SignIn, zahra: Member) -> None:
    code = zahra.code(people.clock())
    people.begin(zahra, code=code)
    assert refused(lambda: people.begin(zahra, code=code)).code == "people.sign-in"
    people.clock.advance(seconds=30)
    assert refused(lambda: people.begin(zahra, code=code)).code == "people.sign-in"
    assert people.begin(zahra)


def test_an_earlier_code_does_not_count_after_a_later_one(people: SignIn, zahra: Member) -> None:
    earlier = zahra.code(people.clock())
    people.clock.advance(seconds=30)
    people.begin(zahra)
    assert refused(lambda: people.begin(zahra, code=earlier)).code == "people.sign-in"


def test_the_code_of_the_enrolment_counted(people: SignIn) -> None:
    person, one_time_code = people.invite("mina")
    member = people.enrol(person, one_time_code)
    people.clock.advance(seconds=-30)
    assert refused(lambda: people.begin(member)).code == "people.sign-in"


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_telephone_may_be_one_step_off(people: SignIn, zahra: Member, seconds: int, *, good: bool) -> None:
    people.clock.advance(minutes=10)
    shown = zahra.code(people.clock() + timedelta(seconds=seconds))
    if good:
        assert people.begin(zahra, code=shown)
    else:
        assert refused(lambda: people.begin(zahra, code=shown)).code == "people.sign-in"


def test_of_several_sign_ins_with_one_code_one_counts(people: SignIn, zahra: Member) -> None:
    code = zahra.code(people.clock())

    def attempt(_: int) -> str:
        try:
            people.begin(zahra, code=code)
        except GatewayError as error:
            return error.code
        return "begun"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["begun", *["people.sign-in"] * 3]


def test_the_begin_of_a_session_may_be_repeated(people: SignIn, zahra: Member) -> None:
    """A lost answer to COMMIT may be a commit: then the same session has begun, and its code counts for it."""
    step, now = int(people.clock().timestamp()) // 30, people.clock()
    verified = people.store.sign_in.credential("zahra")
    assert verified
    start = SessionStart(
        token_digest="digest",
        id="s-1",
        person=zahra.person.id,
        csrf="csrf",
        began_at=now,
        ends_at=now + timedelta(hours=1),
        generation=verified.generation,
        step=step,
    )
    store = people.store.sign_in
    assert store.begin(start)
    assert store.begin(start)
    other = replace(start, token_digest="other", id="s-2")
    assert not store.begin(other)
    assert not store.begin(replace(other, step=step + 1, generation="of before", new_hash="of before"))
    assert store.find("other") is None
    assert store.credential("zahra") == replace(verified, last_step=step)


def test_the_database_has_neither_token_nor_code_nor_secret(people: SignIn, place: Place) -> None:
    person, one_time_code = people.invite("sara")
    member = people.enrol(person, one_time_code)
    begun = people.begin(member)
    refused(lambda: people.begin(member, password="my other password", peer="198.51.100.99"))
    kept = stored_octets(place)
    for secret in (
        begun.token,
        member.first.token,
        begun.device,
        one_time_code,
        one_time_code.replace("-", ""),
        member.secret,
        PASSWORD,
        "my other password",
        "198.51.100.99",
    ):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
    printed = repr(begun) + repr(begun.session)
    assert not [each for each in (begun.token, begun.device, begun.session.csrf, "زهرا") if each in printed]


def test_an_attacker_cannot_choose_a_session(people: SignIn, zahra: Member) -> None:
    """Session fixation: a token that was known before a sign-in is no session after it."""
    for token in ("", "x" * 43, "\udcff", "x" * 5_000):
        assert people.sessions.find(token, people.clock()) is None
    first = people.begin(zahra)
    people.clock.advance(seconds=30)
    later = people.begin(zahra)
    assert len({first.token, later.token, zahra.first.token}) == 3
    assert len({first.session.csrf, later.session.csrf, zahra.first.session.csrf}) == 3
    assert people.sessions.find("x" * 43, people.clock()) is None


def test_a_session_ends_when_nobody_uses_it_and_when_it_is_old(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    for _ in range(19):
        people.clock.advance(minutes=29)
        assert people.sessions.find(begun.token, people.clock())
    people.clock.advance(minutes=30)
    assert people.sessions.find(begun.token, people.clock()) is None
    begun = people.begin(zahra)
    for _ in range(23):
        people.clock.advance(minutes=25)
        assert people.sessions.find(begun.token, people.clock())
    people.clock.advance(minutes=25)
    assert people.sessions.find(begun.token, people.clock()) is None


def test_the_last_request_is_written_once_a_minute(people: SignIn, zahra: Member) -> None:
    begun, began_at, seen = people.begin(zahra), people.clock(), []
    for _ in range(7):
        people.clock.advance(seconds=25)
        people.sessions.find(begun.token, people.clock())
        stored = people.store.sign_in.find(sha256(begun.token.encode()).hexdigest())
        assert stored
        seen.append((stored.seen_at - began_at).total_seconds())
    assert seen == [0, 0, 75, 75, 75, 150, 150]


def test_a_store_that_takes_no_writes_keeps_nobody_out(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)

    class Full(SqlSignInStore):
        def see(self, token_digest: str, at: datetime) -> None:
            raise GatewayError("store.full", where="here")

        def end(self, token_digest: str) -> None:
            raise GatewayError("store.full", where="here")

    full = replace(people.sessions, store=Full(people.store.sign_in._database))
    people.clock.advance(minutes=29)
    assert full.find(begun.token, people.clock()) == begun.session
    people.clock.advance(minutes=1)
    assert full.find(begun.token, people.clock()) is None


def test_a_person_who_is_deactivated_is_out_at_once(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    person_acts.deactivate(people.store, zahra.person, people.act("person.deactivate"), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None
    assert people.sessions.find(zahra.first.token, people.clock()) is None
    people.clock.advance(seconds=30)
    assert refused(lambda: people.begin(zahra)).code == "people.sign-in"
    gone = people.store.people.by_login("zahra")
    assert gone
    person_acts.activate(people.store, gone, people.act("person.activate"), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None, "an ended session does not come back"
    assert people.begin(zahra)


def test_sessions_of_a_backup_end_when_the_recovery_begins(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    recovery.declare(people.store, people.act("recovery.begin"), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None
    people.clock.advance(seconds=30)
    assert people.begin(zahra)


def test_roles_change_in_open_sessions(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    person_acts.give(
        people.store, zahra.person, frozenset({Role.OPERATOR}), frozenset(), people.act("person.roles"), ORIGIN
    )
    found = people.sessions.find(begun.token, people.clock())
    assert found
    assert found.person.visible_bodies is None
    assert found.person.roles == {Role.OPERATOR}


def test_a_hash_with_old_parameters_is_replaced_at_the_next_sign_in(people: SignIn, zahra: Member) -> None:
    dearer = Parameters(**{**{name: getattr(CHEAP, name) for name in CHEAP.__slots__}, "time_cost": 2})
    sessions = people.with_passwords(Passwords(dearer))
    sessions.begin("zahra", PASSWORD, zahra.code(people.clock()), PEER, people.clock())
    stored = people.store.sign_in.credential("zahra")
    assert stored
    assert "t=2" in stored.password_hash
    people.clock.advance(seconds=30)
    assert people.begin(zahra), "older parameters still verify"
