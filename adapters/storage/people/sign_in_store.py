"""`gateway.people.sign_in_store.SignInStore` on SQL."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, union, update

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.people.people_store import one_person
from adapters.storage.schema.people_tables import (
    credential,
    enrolment,
    failed_attempt,
    login_session,
    person,
    person_provider,
)
from adapters.storage.schema.row_conversion import values_of
from gateway.people.lockout import Failures, Subjects, locked_until
from gateway.people.login_session import Session
from gateway.people.people_change import EncryptedSecret, Invitation
from gateway.people.person import Person
from gateway.people.sign_in_store import Credential, SessionStart


class SqlSignInStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def credential(self, login: str) -> Credential | None:
        def read(connection: Connection) -> Credential | None:
            found = one_person(connection, person.c.login == login)
            query = select(credential).where(credential.c.person == (found.id if found else None))
            row = connection.execute(query).one_or_none()
            if found is None or row is None:
                return None
            secret = None if row.octets is None else EncryptedSecret(key_id=row.key_id, octets=row.octets)
            return Credential(
                person=found,
                password_hash=row.password_hash,
                second_factor=secret,
                last_step=row.last_step,
                generation=_generation(row.code_digest, row.device_generation),
            )

        return self._database.read(read)

    def invitation(self, login: str) -> tuple[Person, Invitation] | None:
        def read(connection: Connection) -> tuple[Person, Invitation] | None:
            found = one_person(connection, person.c.login == login)
            query = select(enrolment).where(enrolment.c.person == (found.id if found else None))
            row = connection.execute(query).one_or_none()
            if found is None or row is None:
                return None
            secret = EncryptedSecret(key_id=row.key_id, octets=row.octets)
            invitation = Invitation(
                person=row.person, code_digest=row.code_digest, second_factor=secret, ends_at=row.ends_at
            )
            return found, invitation

        return self._database.read(read)

    def linked(self, issuer: str, subject: str) -> Person | None:
        same = person_provider.c.issuer == issuer, person_provider.c.subject == subject
        query = select(person_provider.c.person).where(*same).scalar_subquery()
        return self._database.read(lambda c: one_person(c, person.c.id == query))

    def key_ids(self) -> frozenset[str]:
        both = union(select(credential.c.key_id), select(enrolment.c.key_id))
        return frozenset(id for id in self._database.read(lambda c: c.scalars(both).all()) if id is not None)

    def take_attempt(self, subjects: Subjects, now: datetime) -> datetime | None:
        def work(connection: Connection) -> datetime | None:
            connection.execute(delete(failed_attempt).where(failed_attempt.c.forgotten_at <= now))
            # A row for each before it is locked: two attempts must not both find none. One order prevents deadlock.
            names = sorted(subjects)
            fresh = {"failures": 0, "last_at": now, "forgotten_at": now}
            insert_new(connection, failed_attempt, [{"subject": name, **fresh} for name in names])
            query = select(failed_attempt).where(failed_attempt.c.subject.in_(names))
            rows = connection.execute(query.order_by(failed_attempt.c.subject).with_for_update())
            failures = {
                row.subject: Failures(
                    count=row.failures,
                    last_at=row.last_at,
                    latest_at=row.forgotten_at - subjects[row.subject].forgotten_after,
                )
                for row in rows
            }
            if (until := locked_until(subjects, failures, now)) is not None:
                return until
            for name in names:
                rule = subjects[name]
                after = rule.after(failures.get(name), now)
                connection.execute(
                    update(failed_attempt)
                    .where(failed_attempt.c.subject == name)
                    .values(
                        failures=after.count, last_at=after.last_at, forgotten_at=after.latest + rule.forgotten_after
                    )
                )
            return None

        return self._database.write(work)

    def forgive(self, cleared: Collection[str], once: Collection[str]) -> None:
        def work(connection: Connection) -> None:
            for name in sorted({*cleared, *once}):
                same = failed_attempt.c.subject == name
                if name in cleared:
                    connection.execute(delete(failed_attempt).where(same))
                else:
                    fewer = {"failures": failed_attempt.c.failures - 1}
                    connection.execute(update(failed_attempt).where(same, failed_attempt.c.failures > 0).values(fewer))

        self._database.write(work)

    def begin(self, start: SessionStart) -> bool:
        return self._database.write(lambda c: _begin(c, start))

    def find(self, token_digest: str) -> Session | None:
        def read(connection: Connection) -> Session | None:
            row = connection.execute(select(login_session).where(_of(token_digest))).one_or_none()
            found = None if row is None else one_person(connection, person.c.id == row.person)
            return None if row is None or found is None else _session(row, found)

        return self._database.read(read)

    def sessions_of(self, person_id: str) -> list[Session]:
        def read(connection: Connection) -> list[Session]:
            found = one_person(connection, person.c.id == person_id)
            query = select(login_session).where(login_session.c.person == person_id)
            rows = connection.execute(query.order_by(login_session.c.seen_at.desc(), login_session.c.id))
            return [] if found is None else [_session(row, found) for row in rows]

        return self._database.read(read)

    def end_others(self, person_id: str, session: str) -> None:
        others = login_session.c.person == person_id, login_session.c.id != session
        self._database.write(lambda c: c.execute(delete(login_session).where(*others)).rowcount)

    def see(self, token_digest: str, at: datetime) -> None:
        later = _of(token_digest), login_session.c.seen_at < at
        self._database.write(lambda c: c.execute(update(login_session).where(*later).values(seen_at=at)).rowcount)

    def end(self, token_digest: str) -> None:
        self._database.write(lambda c: c.execute(delete(login_session).where(_of(token_digest))).rowcount)


def _begin(connection: Connection, start: SessionStart) -> bool:
    if connection.scalar(select(login_session.c.id).where(_of(start.token_digest))) == start.id:
        return True  # this is a repetition: its code counted
    # The locks until the end of this transaction: a change of the person or the account comes before it, or ends it.
    active = select(person.c.active).where(person.c.id == start.person).with_for_update(read=True)
    holds = _holds_here if start.issuer is None else _holds_at_provider
    if not connection.scalar(active) or not holds(connection, start):
        return False
    connection.execute(delete(login_session).where(login_session.c.ends_at <= start.began_at))
    connection.execute(insert(connection, login_session).values(_row(start)))
    return True


def _holds_here(connection: Connection, start: SessionStart) -> bool:
    """Lock the credential, and write what is new. Return False unless it is the verified one and the code counts."""
    query = select(credential).where(credential.c.person == start.person).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None or _generation(row.code_digest, row.device_generation) != start.generation:
        return False
    values: dict[str, object] = {} if start.new_hash is None else {"password_hash": start.new_hash}
    if start.step is not None:
        if row.last_step is not None and row.last_step >= start.step:
            return False
        values["last_step"] = start.step
    if values:
        connection.execute(update(credential).where(credential.c.person == start.person).values(values))
    return True


def _holds_at_provider(connection: Connection, start: SessionStart) -> bool:
    """Lock the person's account at the provider; return False if there is none."""
    same = person_provider.c.issuer == start.issuer, person_provider.c.subject == start.subject
    link = select(person_provider.c.person).where(person_provider.c.person == start.person, *same)
    return connection.scalar(link.with_for_update()) is not None


def _generation(code_digest: str, device_generation: int) -> str:
    return f"{code_digest} {device_generation}"


def _row(start: SessionStart) -> dict[str, Any]:
    return values_of(start, login_session, seen_at=start.began_at)


def _session(row: Row[Any], found: Person) -> Session:
    return Session(
        id=row.id,
        person=found,
        csrf=row.csrf,
        began_at=row.began_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        issuer=row.issuer,
    )


def _of(token_digest: str) -> ColumnElement[bool]:
    return login_session.c.token_digest == token_digest
