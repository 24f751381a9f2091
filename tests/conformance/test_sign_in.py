"""Sign-in on every database: a code counts once, an answer tells nothing, and nobody is locked out for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from argon2 import Parameters
from sqlalchemy import create_engine, inspect, text

from adapters.people.attempts import SignInLocked
from adapters.people.enrolments import new_invitation
from adapters.people.passwords import Passwords
from adapters.storage.people.sign_in_store import SqlSignInStore
from adapters.storage.sql_store import SqlStore
from gateway.operations import person_acts, recovery
from gateway.people.people_change import Invitation
from gateway.people.permissions import Role
from gateway.people.sign_in_store import SessionStart
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock
from tests.people import CHEAP, ORIGIN, PASSWORD, PEER, Member, SignIn

from .conftest import Place

WRONG = "000000"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def people(store: SqlStore, clock: ManualClock, tmp_path: Path) -> SignIn:
    return SignIn(store, clock, tmp_path)


@pytest.fixture
def zahra(people: SignIn) -> Member:
    return people.member("zahra", Role.COMMISSION_SECRETARY, bodies=frozenset({"article-100"}))


def refused(work: Callable[[], object]) -> GatewayError:
    with pytest.raises(GatewayError) as refusal:
        work()
    return refusal.value


def stored_octets(place: Place) -> bytes:
    """Return everything in every column of the database."""
    engine = create_engine(place.where)
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [row for name in tables for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    return b"\n".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for row in rows for each in row
    )


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
    start = SessionStart(
        token_digest="digest",
        id="s-1",
        person=zahra.person.id,
        csrf="csrf",
        began_at=now,
        ends_at=now + timedelta(hours=1),
        step=step,
    )
    store = people.store.sign_in
    assert store.begin(start)
    assert store.begin(start)
    assert not store.begin(replace(start, token_digest="other", id="s-2"))
    assert store.find("other") is None


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


# Lock-out.


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
    code, invitation = _invitation(people, zahra)
    person_acts.recover(people.store, zahra.person, invitation, people.act("person.recover"), ORIGIN)
    present = people.store.people.by_login("zahra")
    assert present
    again = people.enrol(present, code)
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


# Enrolment.


def _invitation(people: SignIn, member: Member) -> tuple[str, Invitation]:
    return new_invitation(people.factors, member.person.id, people.clock())


def test_an_invitation_is_used_once_and_until_its_end(people: SignIn) -> None:
    person, code = people.invite("mina")
    people.clock.advance(days=3)
    assert refused(lambda: people.enrolments.offer("mina", code, PEER, people.clock())).code == "people.enrolment"
    people.clock.advance(seconds=-1)
    people.enrol(person, code)
    assert refused(lambda: people.enrolments.offer("mina", code, PEER, people.clock())).code == "people.enrolment"


def test_one_answer_for_every_wrong_invitation(people: SignIn, zahra: Member) -> None:
    people.invite("mina")
    offer = people.enrolments.offer
    for login, code in (("nobody", "AAAAA"), ("mina", "AAAAA-BBBBB-CCCCC-DDDDD"), ("zahra", ""), ("\0", "\udcff")):
        assert str(refused(lambda login=login, code=code: offer(login, code, PEER, people.clock()))) == str(
            GatewayError("people.enrolment")
        )


def test_codes_of_invitations_are_not_guessed_in_masses(people: SignIn) -> None:
    people.invite("mina")
    offer = people.enrolments.offer
    for _ in range(30):
        refused(lambda: offer("mina", "AAAAA-BBBBB-CCCCC-DDDDD", PEER, people.clock()))
    assert isinstance(refused(lambda: offer("mina", "A", PEER, people.clock())), SignInLocked)


def test_a_one_time_code_may_be_typed_with_confused_letters(people: SignIn) -> None:
    _, code = people.invite("mina")
    typed = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert people.enrolments.offer("mina", typed, PEER, people.clock()).uri.startswith("otpauth://totp/")


def test_a_bad_password_or_code_leaves_the_invitation(people: SignIn) -> None:
    person, code = people.invite("mina")
    enrol = people.enrolments.enrol
    for password, totp, wanted in (
        ("short", WRONG, "people.password-length"),
        ("mina-mina-mina", WRONG, "people.password-login"),
        ("Password12345", WRONG, "people.password-common"),
        (PASSWORD, WRONG, "people.code"),
        (PASSWORD, "", "people.code"),
    ):
        work = lambda password=password, totp=totp: enrol("mina", code, password, totp, PEER, people.clock())  # noqa: E731
        assert refused(work).code == wanted
    assert people.enrol(person, code)


def test_the_picture_of_a_second_factor_obeys_a_strict_policy(people: SignIn) -> None:
    _, code = people.invite("mina")
    setup = people.enrolments.offer("mina", code, PEER, people.clock())
    assert setup.svg.startswith("<svg")
    assert "style" not in setup.svg
    assert f"secret={setup.secret}" in setup.uri
    assert setup.secret not in repr(setup)


def test_a_recovered_person_is_out_and_has_a_new_second_factor(people: SignIn, zahra: Member) -> None:
    begun = people.begin(zahra)
    people.clock.advance(seconds=30)
    code, invitation = _invitation(people, zahra)
    person_acts.recover(people.store, zahra.person, invitation, people.act("person.recover"), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None
    assert refused(lambda: people.begin(zahra)).code == "people.sign-in", "the former password counts no more"
    present = people.store.people.by_login("zahra")
    assert present
    again = people.enrol(present, code)
    assert again.secret != zahra.secret
    assert people.begin(again)


def test_a_second_factor_is_bound_to_its_person_and_its_key(people: SignIn, zahra: Member, tmp_path: Path) -> None:
    stored = people.store.sign_in.credential("zahra")
    assert stored
    assert stored.second_factor
    moved = lambda: people.factors.step_of(stored.second_factor, "p-other", WRONG, people.clock())  # noqa: E731
    assert refused(moved).code == "people.key"
    other = SignIn(people.store, people.clock, tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    error = refused(lambda: other.begin(zahra))
    assert error.code == "people.key"
    assert str(tmp_path / "elsewhere" / "console.key") in error.where


def test_without_a_second_factor_only_where_it_is_optional(people: SignIn, tmp_path: Path) -> None:
    optional = SignIn(people.store, people.clock, tmp_path, required=False)
    _, code = optional.invite("dev")
    first = optional.enrolments.enrol("dev", code, PASSWORD, "", PEER, people.clock())
    member = Member(person=first.session.person, secret="A" * 32, first=first)
    assert optional.begin(member, code="")
    assert refused(lambda: people.begin(member, code="")).code == "people.sign-in"
    with_one = optional.enrol(*optional.invite("dev2"))
    assert refused(lambda: optional.begin(with_one, code="")).code == "people.sign-in", "whoever has one shows it"
