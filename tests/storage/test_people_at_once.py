"""A change of people that comes while another transaction is being committed on PostgreSQL.

SQLite writes one transaction after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from adapters.people.enrolments import new_invitation
from adapters.storage.engine.engine import Database
from adapters.storage.people import people_store, sign_in_store
from adapters.storage.sql_store import SqlStore
from gateway.operations import person_acts
from gateway.people.people_change import PeopleChange
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.people.sign_in_store import SessionStart
from gateway.runtime.errors import GatewayError
from tests.databases import postgresql_database
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, SignIn

ISSUER = "https://sso.example"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with postgresql_database(tmp_path) as made:
        yield made


@pytest.fixture
def people(url: str, tmp_path: Path) -> Iterator[SignIn]:
    with closing(SqlStore.open(url)) as store:
        yield SignIn(store, ManualClock(), tmp_path)


def deactivate(people: SignIn, person: Person) -> None:
    person_acts.deactivate(people.store, person, people.act("person.deactivate"), ORIGIN)


def recover(people: SignIn, person: Person) -> None:
    _, invitation = new_invitation(people.factors, person.id, people.clock())
    person_acts.recover(people.store, person, invitation, people.act("person.recover"), ORIGIN)


def link(people: SignIn, person: Person) -> None:
    person_acts.link_provider(people.store, person, ISSUER, "1", people.act("person.provider"), ORIGIN)


def unlink(people: SignIn, person: Person) -> None:
    person_acts.unlink_provider(people.store, person, people.act("person.provider"), ORIGIN)


def meanwhile(url: str, work: Callable[[Connection], bool], change: Callable[[], None]) -> None:
    """Begin the change while the transaction of ``work`` is not committed yet, and wait until both have ended."""
    with ThreadPoolExecutor(1) as pool, closing(Database(url)) as database:

        def let_the_change_wait(connection: Connection) -> Future[None]:
            assert work(connection)
            changing = pool.submit(change)
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not changing.done() and not connection.exec_driver_sql(waiting).scalar():
                pass
            return changing

        database.write(let_the_change_wait).result()


@pytest.mark.parametrize(
    ("issuer", "change"), [(None, deactivate), (None, recover), (None, link), (ISSUER, deactivate), (ISSUER, unlink)]
)
def test_a_change_that_ends_sessions_ends_one_that_is_being_committed(
    url: str, people: SignIn, issuer: str | None, change: Callable[[SignIn, Person], None]
) -> None:
    member = people.member("zahra", Role.OPERATOR)
    verified = people.store.sign_in.credential("zahra")
    assert verified
    if issuer:
        link(people, member.person)
        people.clock.advance(minutes=1)
    person = people.store.people.get(member.person.id)
    assert person
    start = SessionStart(
        token_digest="digest",
        id="s-1",
        person=member.person.id,
        csrf="csrf",
        began_at=people.clock(),
        ends_at=people.clock() + timedelta(hours=1),
        generation=verified.generation,
        step=None,
        issuer=issuer,
        subject="1" if issuer else None,
    )
    meanwhile(url, lambda c: sign_in_store._begin(c, start), lambda: change(people, person))
    assert people.store.sign_in.sessions_of(member.person.id) == []


def test_a_manager_stays_until_it_is_clear_that_the_other_one_does(url: str, people: SignIn) -> None:
    one, two = (people.invite(login, Role.SECURITY_OFFICER)[0] for login in ("one", "two"))
    gone = PeopleChange(persons=[replace(one, active=False, revision=2)], managed=True)
    with pytest.raises(GatewayError, match=r"people\.last-manager"):
        meanwhile(url, lambda c: not people_store.write(c, gone), lambda: deactivate(people, two))
