"""Persons, their invitations, credentials and linked accounts; `write` is their part of a commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from adapters.storage.engine.dialects import insert_new, lock_table
from adapters.storage.engine.engine import Database
from adapters.storage.schema.people_tables import (
    credential,
    enrolment,
    login_session,
    person,
    person_account,
    person_body,
    person_provider,
    person_role,
)
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.worklist_tables import saved_view
from adapters.storage.worklist import notice_claims
from gateway.people.people_change import (
    AccountLink,
    Enrolled,
    Invitation,
    PeopleChange,
    ProviderEnrolment,
    ProviderLink,
    Renewed,
)
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.people.person import Person
from gateway.store.ports.people_store import Standing

_UNKNOWN = {"device_generation": credential.c.device_generation + 1}
"""Value by which no browser of a person is known any more."""

_MANAGERS = [role for role in Role if Permission.MANAGE_PEOPLE in PERMISSIONS[role]]


class SqlPeopleStore:
    """Implement `gateway.store.ports.people_store.PeopleStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Standing]:
        return self._database.read(lambda c: list(_standings(c)))

    def names(self) -> dict[str, str]:
        named = select(person.c.id, person.c.name)
        return self._database.read(lambda c: {row.id: row.name for row in c.execute(named)})

    def by_login(self, login: str) -> Person | None:
        return self._database.read(lambda c: one_person(c, person.c.login == login))

    def get(self, id: str) -> Person | None:
        return self._database.read(lambda c: one_person(c, person.c.id == id))

    def provider_link(self, person: str) -> ProviderLink | None:
        return self._database.read(lambda c: _provider(c, person))

    def link(self, account: str) -> AccountLink | None:
        return self._database.read(lambda c: _link(c, account))


def one_person(connection: Connection, condition: ColumnElement[bool]) -> Person | None:
    """Return the person that a condition on the table ``person`` names."""
    return next(_persons(connection, condition), None)


def write(connection: Connection, change: PeopleChange) -> frozenset[str]:
    """Write everything that is not stale; return the ids of persons and the names of accounts that are."""
    if change.first or change.managed:
        lock_table(connection, person)
    stale = {each.id for each in change.persons if not _keep(connection, each, change)}
    for invitation in change.invitations:
        if invitation.person not in stale:
            _invite(connection, invitation)
    stale |= {each.person for each in change.enrolled if not _enrol(connection, each)}
    stale |= {each.person for each in change.renewed if not _renew(connection, each)}
    stale |= {each.link.person for each in change.provider_enrolled if not _enrol_at_provider(connection, each)}
    stale |= {each.person for each in change.provider_links if not _keep_provider(connection, each)}
    for left in change.provider_unlinked:
        here = person_provider.c.issuer == left.issuer, person_provider.c.subject == left.subject
        connection.execute(delete(person_provider).where(person_provider.c.person == left.person, *here))
        connection.execute(delete(login_session).where(login_session.c.person == left.person))
    for gone in change.unlinked:
        same = person_account.c.account == gone.account, person_account.c.person == gone.person
        connection.execute(delete(person_account).where(*same))
    return frozenset(stale | {each.account for each in change.links if not _keep_link(connection, each)})


def _keep(connection: Connection, new: Person, change: PeopleChange) -> bool:
    """Write a person on the revision before. Return True if it is stored now, or was already."""
    if change.first and connection.scalar(select(_others_manage(new))):
        return False
    values = values_of(new, person)
    if new.revision == 1:
        insert_new(connection, person, [values])
    else:
        before = [person.c.id == new.id, person.c.revision == new.revision - 1]
        if change.managed:
            before.append(_others_manage(new))
        if connection.execute(update(person).where(*before).values(values)).rowcount:
            for table in (person_role, person_body):
                connection.execute(delete(table).where(table.c.person == new.id))
    row = connection.execute(select(person).where(person.c.id == new.id)).one_or_none()
    if row is None or dict(row._mapping) != values:
        return False
    insert_new(connection, person_role, [{"person": new.id, "role": role} for role in sorted(new.roles)])
    insert_new(connection, person_body, [{"person": new.id, "body": body} for body in sorted(new.bodies)])
    if not new.active:
        connection.execute(update(credential).where(credential.c.person == new.id).values(_UNKNOWN))
        for table in (login_session, enrolment, saved_view):
            connection.execute(delete(table).where(table.c.person == new.id))
    notice_claims.end_unpermitted(connection, new)
    return True


def _others_manage(than: Person) -> ColumnElement[bool]:
    """Return the condition that another active person manages people."""
    other = person.alias()
    manages = exists().where(person_role.c.person == other.c.id, person_role.c.role.in_(_MANAGERS))
    return select(other.c.id).where(other.c.active, other.c.id != than.id, manages).exists()


def _invite(connection: Connection, new: Invitation) -> None:
    """Write an invitation in the place of any other; password, link to a provider and all sessions end.

    Sessions end last: then the credential's lock has waited for a sign-in that began one.
    """
    for table in (credential, enrolment, person_provider, login_session):
        connection.execute(delete(table).where(table.c.person == new.person))
    secret = new.second_factor
    values = values_of(new, enrolment, key_id=secret.key_id, octets=secret.octets)
    connection.execute(insert(enrolment).values(values))


def _enrol(connection: Connection, new: Enrolled) -> bool:
    """Make a credential of its invitation. Return True if it is stored now, or was already."""
    named = enrolment.c.person == new.person, enrolment.c.code_digest == new.code_digest
    invited = connection.execute(select(enrolment).where(*named).with_for_update()).one_or_none()
    if invited is not None:
        connection.execute(delete(enrolment).where(*named))
        has_second = new.last_step is not None
        values = {
            "person": new.person,
            "password_hash": new.password_hash,
            "key_id": invited.key_id if has_second else None,
            "octets": invited.octets if has_second else None,
            "last_step": new.last_step,
            "code_digest": new.code_digest,
            "enrolled_at": new.at,
        }
        connection.execute(insert(credential).values(values))
    query = select(credential.c.password_hash).where(
        credential.c.person == new.person, credential.c.code_digest == new.code_digest
    )
    return connection.scalar(query) == new.password_hash


def _renew(connection: Connection, new: Renewed) -> bool:
    """Renew a credential. Return True if it is stored now, or was already."""
    values: dict[str, object] = {"password_hash": new.password_hash, **_UNKNOWN}
    wanted = [credential.c.person == new.person, credential.c.password_hash == new.password_hash]
    if (secret := new.second_factor) is not None:
        values |= {"key_id": secret.key_id, "octets": secret.octets, "last_step": new.last_step}
        wanted.append(credential.c.octets == secret.octets)
    before = credential.c.person == new.person, credential.c.password_hash == new.before
    if connection.execute(update(credential).where(*before).values(values)).rowcount:
        others = login_session.c.person == new.person, login_session.c.id != new.session
        connection.execute(delete(login_session).where(*others))
    return connection.scalar(select(credential.c.person).where(*wanted)) is not None


def _enrol_at_provider(connection: Connection, new: ProviderEnrolment) -> bool:
    """Make a link of its invitation. Return True if it is stored now, or was already."""
    named = enrolment.c.person == new.link.person, enrolment.c.code_digest == new.code_digest
    if connection.execute(delete(enrolment).where(*named)).rowcount:
        return _keep_provider(connection, new.link)
    return _provider(connection, new.link.person) == new.link


def _keep_provider(connection: Connection, new: ProviderLink) -> bool:
    """Write a link in the place of the local account. Return True if it is stored now, or was already."""
    insert_new(connection, person_provider, [values_of(new, person_provider)])
    if _provider(connection, new.person) != new:
        return False
    for table in (credential, enrolment, login_session):
        connection.execute(delete(table).where(table.c.person == new.person))
    return True


def _provider(connection: Connection, of: str) -> ProviderLink | None:
    row = connection.execute(select(person_provider).where(person_provider.c.person == of)).one_or_none()
    return None if row is None else ProviderLink(**row._mapping)


def _keep_link(connection: Connection, new: AccountLink) -> bool:
    insert_new(connection, person_account, [values_of(new, person_account)])
    there = _link(connection, new.account)
    return there is not None and there.person == new.person


def _link(connection: Connection, account: str) -> AccountLink | None:
    row = connection.execute(select(person_account).where(person_account.c.account == account)).one_or_none()
    return None if row is None else AccountLink(**row._mapping)


def _persons(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Person]:
    rows = connection.execute(select(person).where(*conditions).order_by(person.c.login)).all()
    ids = select(person.c.id).where(*conditions)
    roles, bodies = defaultdict(set), defaultdict(set)
    for of, role in connection.execute(select(person_role).where(person_role.c.person.in_(ids))):
        roles[of].add(role)
    for of, body in connection.execute(select(person_body).where(person_body.c.person.in_(ids))):
        bodies[of].add(body)
    for row in rows:
        yield Person(**row._mapping, roles=frozenset(roles[row.id]), bodies=frozenset(bodies[row.id]))


def _standings(connection: Connection) -> Iterable[Standing]:
    enrolled = set(connection.scalars(select(credential.c.person)))
    ends = {row.person: row.ends_at for row in connection.execute(select(enrolment.c.person, enrolment.c.ends_at))}
    providers = {row.person: ProviderLink(**row._mapping) for row in connection.execute(select(person_provider))}
    seen = dict(_last_seen(connection))
    accounts = defaultdict(list)
    for row in connection.execute(select(person_account).order_by(person_account.c.account)):
        accounts[row.person].append(row.account)
    for each in _persons(connection):
        yield Standing(
            person=each,
            enrolled=each.id in enrolled or each.id in providers,
            invited_until=ends.get(each.id),
            accounts=tuple(accounts[each.id]),
            seen_at=seen.get(each.id),
            provider=providers.get(each.id),
        )


def _last_seen(connection: Connection) -> Iterator[tuple[str, datetime]]:
    last = func.max(login_session.c.seen_at, type_=login_session.c.seen_at.type)
    for row in connection.execute(select(login_session.c.person, last).group_by(login_session.c.person)):
        yield row[0], row[1]
