"""Four eyes: judge that two accounts are two persons, by the people that they belong to.

The order of checks: the later account's person is active; the accounts differ; the persons differ; either both accounts
are known persons', or neither is. A login of the console is always a person's. An account of the operating system is
one's if it is linked (`gateway.operations.person_acts.link`). What nobody is linked to could be anybody's second
account, so it counts beside another such account only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.operations.operator_action import OperatorAction, is_login
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError
from gateway.store.ports.people_store import PeopleStore

UNLINKED: Final = "nobody is linked to it"
"""Word in evidence for an account that is no known person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Account of the first of two acts, as it is stored.

    ``authentication`` is None in acts of earlier programs, in which only accounts of the operating system acted.
    ``person`` is the id of the person that was counted then; None if nobody was linked.
    """

    account: str = field(repr=False)
    authentication: str | None
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Persons that were counted as two, by their ids; None for accounts that nobody is linked to."""

    first: str | None
    second: str | None

    @property
    def about(self) -> dict[str, str]:
        """Fields of evidence, for its payload alone."""
        return {"submitted_by_person": self.first or UNLINKED, "approved_by_person": self.second or UNLINKED}


def acting_person(people: PeopleStore, act: OperatorAction, where: str) -> str | None:
    """Return the id of the person who does one of two acts; None for an account that nobody is linked to.

    Raises `GatewayError` ``mapping-life.inactive-person``, and ``people.unknown`` for a login that is nobody's.
    """
    person = _person(people, act.account, act.authentication)
    if person is not None and not person.active:
        raise GatewayError("mapping-life.inactive-person", where=where, detail=person.id)
    return None if person is None else person.id


def assert_two_persons(people: PeopleStore, first: Signature, second: OperatorAction, where: str) -> Counted:
    """Return the persons of two acts, which differ. Links count as they are now; the first act's person counts, too.

    So neither a later link nor the end of one makes two persons of one. A first person who is inactive by now counts
    all the same: what was done stays done, and another one judges it.

    Raises `GatewayError` ``mapping-life.same-person``; ``mapping-life.unlinked-account`` if a known person would count
    beside an account that nobody is linked to; also as `acting_person`.
    """
    later = acting_person(people, second, where)
    earlier = _person(people, first.account, first.authentication)
    known = {each for each in (first.person, earlier.id if earlier else None) if each is not None}
    same_kind = is_login(first.authentication) == is_login(second.authentication)
    if later in known or (same_kind and first.account == second.account):
        raise GatewayError("mapping-life.same-person", where=where)
    if later is None and not known:
        return Counted(first=None, second=None)
    if later is None or earlier is None:
        which = "the account that approves" if later is None else "the account that submitted"
        raise GatewayError("mapping-life.unlinked-account", where=where, detail=which)
    return Counted(first=earlier.id, second=later)


def _person(people: PeopleStore, account: str, authentication: str | None) -> Person | None:
    """Return the person of a login or of a linked account; None for an account that nobody is linked to."""
    if is_login(authentication):
        person = people.by_login(account)
        if person is None:
            raise GatewayError("people.unknown")
        return person
    link = people.link(account)
    return None if link is None else people.get(link.person)
