"""Persons and their linked accounts, for acts that need two persons and for mail. Sign-in is not simulated."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.people.people_change import AccountLink, PeopleChange, ProviderLink
from gateway.people.permissions import PERMISSIONS, Permission
from gateway.people.person import Person
from gateway.store.ports.people_store import Standing

from ..database import NotSimulated, SimulatedDatabase
from ..session import Session, reading


class SimulatedPeople:
    """Implement `gateway.store.ports.people_store.PeopleStore`: nobody is enrolled, and nobody is invited."""

    port = "people"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def all(self) -> list[Standing]:
        return [
            Standing(person=person, enrolled=False, invited_until=None, accounts=self._accounts(person))
            for person in sorted(self._database.person.values(), key=lambda person: person.login)
        ]

    @reading
    def names(self) -> Mapping[str, str]:
        return {person.id: person.name for person in self._database.person.values()}

    @reading
    def by_login(self, login: str) -> Person | None:
        return next(iter(self._database.person.find("login", login)), None)

    @reading
    def get(self, id: str) -> Person | None:
        return self._database.person.get(id)

    def provider_link(self, person: str) -> ProviderLink | None:
        raise NotSimulated("people.provider_link")

    @reading
    def link(self, account: str) -> AccountLink | None:
        return self._database.account.get(account)

    def _accounts(self, person: Person) -> tuple[str, ...]:
        links = self._database.account.values()
        return tuple(sorted(link.account for link in links if link.person == person.id))


def write(database: SimulatedDatabase, change: PeopleChange) -> frozenset[str]:
    """Write everything that is not stale; return the ids of persons and the names of accounts that are."""
    if change.invitations or change.enrolled or change.renewed:
        raise NotSimulated("sign-in in a commit")
    if change.provider_enrolled or change.provider_links or change.provider_unlinked:
        raise NotSimulated("sign-in at a provider in a commit")
    stale = {person.id for person in change.persons if not _keep(database, person, change)}
    for gone in change.unlinked:
        known = database.account.get(gone.account)
        if known is not None and known.person == gone.person:
            database.account.drop(gone.account)
    for link in change.links:
        database.need(database.person, link.person)
        database.account.insert(link.account, link)
        if database.account.rows[link.account].person != link.person:
            stale.add(link.account)
    return frozenset(stale)


def _keep(database: SimulatedDatabase, new: Person, change: PeopleChange) -> bool:
    """Write a person on the revision before. Return True if it is stored now, or was already."""
    others_manage = any(person.id != new.id and _manages(person) for person in database.person.values())
    if change.first and others_manage:
        return False
    known = database.person.get(new.id)
    revision = 0 if known is None else known.revision
    others = [person for person in database.person.find("login", new.login) if person.id != new.id]
    if new.revision == revision + 1 and not others and (others_manage or not change.managed):
        database.person.put(new.id, new)
    return database.person.get(new.id) == new


def _manages(person: Person) -> bool:
    return person.active and any(Permission.MANAGE_PEOPLE in PERMISSIONS[role] for role in person.roles)
