"""Enrolment on every database: an invitation counts once, and recovery ends what was before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select

from adapters.people.attempts import SignInLocked
from adapters.people.enrolments import new_invitation
from adapters.storage.schema.people_tables import credential, enrolment
from gateway.operations import person_acts, recovery
from gateway.runtime.errors import GatewayError
from tests.people import ORIGIN, PASSWORD, PEER, Member, SignIn

from .signing_in import WRONG, invited, refused

pytestmark = pytest.mark.exhaustive(draw=["place"])


def test_an_invitation_is_used_once_and_until_its_end(people: SignIn) -> None:
    person, code = people.invite("mina")
    people.clock.advance(days=3)
    assert refused(lambda: people.enrolments.offer("mina", code, PEER, people.clock())).code == "people.enrolment"
    people.clock.advance(seconds=-1)
    people.enrol(person, code)
    assert refused(lambda: people.enrolments.offer("mina", code, PEER, people.clock())).code == "people.enrolment"


def test_one_answer_for_every_wronginvited(people: SignIn, zahra: Member) -> None:
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


def test_a_bad_password_or_code_leaves_theinvited(people: SignIn) -> None:
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
    code, invitation = invited(people, zahra)
    person_acts.recover(people.store, zahra.person, invitation, people.act("person.recover"), ORIGIN)
    assert people.sessions.find(begun.token, people.clock()) is None
    assert refused(lambda: people.begin(zahra)).code == "people.sign-in", "the former password counts no more"
    present = people.store.people.by_login("zahra")
    assert present
    again = people.enrol(present, code)
    assert again.secret != zahra.secret
    assert people.begin(again)


def test_a_used_invitation_of_a_backup_does_not_count_again(people: SignIn) -> None:
    person, code = people.invite("mina")
    database = people.store.sign_in._database
    backup = database.read(lambda c: [dict(row._mapping) for row in c.execute(select(enrolment))])
    people.enrol(person, code)

    def restore(connection: Connection) -> None:
        connection.execute(delete(credential))
        connection.execute(enrolment.insert(), backup)

    database.write(restore)
    assert people.enrolments.offer("mina", code, PEER, people.clock()), "before anybody knows of the restore"
    recovery.declare(people.store, people.act("recovery.begin"), ORIGIN)
    assert refused(lambda: people.enrolments.offer("mina", code, PEER, people.clock())).code == "people.enrolment"
    again, invitation = new_invitation(people.factors, person.id, people.clock())
    person_acts.recover(people.store, person, invitation, people.act("person.recover"), ORIGIN)
    assert people.enrol(person, again)


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
