"""Acts on people: invite, give roles and bodies, deactivate, recover, link. Each is on record, in one transaction.

Nobody does one on the own account at the console (``people.oneself``), except to enrol, to renew a credential, and to
choose the morning's mail.

Headers name a person by an opaque id. Login, name and roles are in the payload alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.operations.operator_action import OperatorAction, is_by_console
from gateway.people.people_change import (
    AccountLink,
    Enrolled,
    Invitation,
    PeopleChange,
    ProviderEnrolment,
    ProviderLink,
    Renewed,
)
from gateway.people.permissions import Permission, Role
from gateway.people.person import Person
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.people_store import PeopleStore
from gateway.store.store import Store
from gateway.store.stored import Changes


def add(store: Store, new: Person, invitation: Invitation, act: OperatorAction, origin: str, *, first: bool) -> None:
    """Add a person, with an invitation. ``first`` is True for the one who will add all others.

    Raises `GatewayError` ``people.taken`` if the login is another person's; ``people.not-first`` if an active person
    manages people already.
    """
    if store.people.by_login(new.login) is not None:
        raise GatewayError("people.taken")
    if first and _managers(store.people):
        raise GatewayError("people.not-first")
    change = PeopleChange(persons=[new], invitations=[invitation], first=first)
    about = {**_about(new), "invited_until": timestamp(invitation.ends_at)}
    if _commit(store, new, change, act, origin, "invited", about):
        raise GatewayError("people.not-first" if first and _managers(store.people) else "people.taken")


def assert_seen(person: Person, revision: int) -> None:
    """Raise `GatewayError` ``people.changed`` if the acting person saw another revision."""
    if person.revision != revision:
        raise GatewayError("people.changed", where=person.id)


def give(
    store: Store, person: Person, roles: frozenset[Role], bodies: frozenset[str], act: OperatorAction, origin: str
) -> bool:
    """Give a person these roles and bodies in the place of the present ones; return True if that was a change.

    Raises `GatewayError` ``people.last-manager``, ``people.changed``.
    """
    _assert_another(person, act)
    after = replace(person, roles=roles, bodies=bodies)
    if after == person:
        return False
    before = {f"{name}_before": value for name, value in _about(person).items() if name in ("roles", "bodies")}
    _change(store, person, after, act, origin, "given", before)
    return True


def deactivate(store: Store, person: Person, act: OperatorAction, origin: str) -> bool:
    """Deactivate a person: all sessions and any invitation end; return True if that was a change.

    Raises `GatewayError` ``people.last-manager``, ``people.changed``.
    """
    _assert_another(person, act)
    after = replace(person, active=False)
    if after == person:
        return False
    _change(store, person, after, act, origin, "deactivated")
    return True


def activate(store: Store, person: Person, act: OperatorAction, origin: str) -> bool:
    """Activate a person again, with the former password; return True if that was a change.

    Raises `GatewayError` ``people.changed``.
    """
    _assert_another(person, act)
    if person.active:
        return False
    _change(store, person, replace(person, active=True), act, origin, "activated")
    return True


def recover(store: Store, person: Person, invitation: Invitation, act: OperatorAction, origin: str) -> None:
    """Invite a person once more: password, second factor and all sessions end now.

    Raises `GatewayError` ``people.inactive``, ``people.changed``.
    """
    _assert_another(person, act)
    if not person.active:
        raise GatewayError("people.inactive", where=person.id)
    about = {"invited_until": timestamp(invitation.ends_at)}
    _change(store, person, person, act, origin, "recovered", about, [invitation])


def link(store: Store, person: Person, account: str, act: OperatorAction, origin: str) -> bool:
    """Link an account of the operating system to a person; return True if that was a change.

    Raises `GatewayError` ``people.taken`` if it is another person's.
    """
    _assert_another(person, act)
    there = store.people.link(account)
    if there is not None and there.person == person.id:
        return False
    new = AccountLink(account=account, person=person.id, linked_at=act.at)
    change = PeopleChange(links=[new])
    if there is not None or _commit(store, person, change, act, origin, "linked", {"linked_account": account}):
        raise GatewayError("people.taken", where=person.id)
    return True


def unlink(store: Store, person: Person, account: str, act: OperatorAction, origin: str) -> bool:
    """Take an account of the operating system from a person; return True if that was a change."""
    _assert_another(person, act)
    there = store.people.link(account)
    if there is None or there.person != person.id:
        return False
    _commit(store, person, PeopleChange(unlinked=[there]), act, origin, "unlinked", {"linked_account": account})
    return True


def link_provider(store: Store, person: Person, issuer: str, subject: str, act: OperatorAction, origin: str) -> bool:
    """Link an account at an OpenID provider to a person, whose local account ends; return True if that was a change.

    Raises `GatewayError` ``people.inactive``; ``people.linked`` if the person has another account at a provider;
    ``people.taken`` if the account is another person's; ``people.changed``.
    """
    _assert_another(person, act)
    if not person.active:
        raise GatewayError("people.inactive", where=person.id)
    if (there := store.people.provider_link(person.id)) is not None:
        if (there.issuer, there.subject) == (issuer, subject):
            return False
        raise GatewayError("people.linked", where=person.id)
    new = ProviderLink(person=person.id, issuer=issuer, subject=subject, linked_at=act.at)
    change, about = PeopleChange(persons=[_after(person, act)], provider_links=[new]), {"issuer": issuer}
    if _commit(store, person, change, act, origin, "linked", {**about, "linked_account": subject}):
        if store.people.provider_link(person.id) is not None:
            raise GatewayError("people.linked", where=person.id)
        changed = store.people.get(person.id) != person
        raise GatewayError("people.changed" if changed else "people.taken", where=person.id)
    return True


def unlink_provider(store: Store, person: Person, act: OperatorAction, origin: str) -> bool:
    """Take the account at an OpenID provider from a person, whose sessions end; return True if that was a change.

    Raises `GatewayError` ``people.changed``.
    """
    _assert_another(person, act)
    there = store.people.provider_link(person.id)
    if there is None:
        return False
    change = PeopleChange(persons=[_after(person, act)], provider_unlinked=[there])
    about = {"issuer": there.issuer, "linked_account": there.subject}
    if _commit(store, person, change, act, origin, "unlinked", about):
        raise GatewayError("people.changed", where=person.id)
    return True


def enrol_at_provider(
    store: Store, person: Person, enrolled: ProviderEnrolment, act: OperatorAction, origin: str
) -> None:
    """Make a link to an account at an OpenID provider of an invitation, once.

    Raises `GatewayError` ``people.taken`` if the account is another person's; ``people.enrolment`` if the invitation is
    gone.
    """
    link = enrolled.link
    about = {"second_factor": "provider", "issuer": link.issuer, "linked_account": link.subject}
    if _commit(store, person, PeopleChange(provider_enrolled=[enrolled]), act, origin, "enrolled", about):
        held = [each.provider for each in store.people.all() if each.provider and each.person.id != person.id]
        taken = (link.issuer, link.subject) in [(each.issuer, each.subject) for each in held]
        raise GatewayError("people.taken" if taken else "people.enrolment")


def give_address(store: Store, person: Person, address: str | None, act: OperatorAction, origin: str) -> bool:
    """Give a person a mailbox, or none, in the place of the present one; return True if that was a change.

    Raises `GatewayError` ``people.changed``.
    """
    _assert_another(person, act)
    after = replace(person, address=address)
    if after == person:
        return False
    _change(
        store, person, after, act, origin, "address-given" if address else "address-taken", {"address": address or ""}
    )
    return True


def choose_digest(store: Store, person: Person, act: OperatorAction, origin: str, *, wanted: bool) -> bool:
    """Have a person get the morning's mail, or get it no more; return True if that was a change.

    A person may do it on the own account. Raises `GatewayError` ``people.changed``.
    """
    if person.digest == wanted:
        return False
    _change(
        store, person, replace(person, digest=wanted), act, origin, "digest-wanted" if wanted else "digest-declined"
    )
    return True


def enrol(store: Store, person: Person, enrolled: Enrolled, act: OperatorAction, origin: str) -> None:
    """Make a credential of an invitation, once.

    Raises `GatewayError` ``people.enrolment`` if the invitation is gone.
    """
    second_factor = "none" if enrolled.last_step is None else "totp"
    change = PeopleChange(enrolled=[enrolled])
    if _commit(store, person, change, act, origin, "enrolled", {"second_factor": second_factor}):
        raise GatewayError("people.enrolment")


def renew(store: Store, person: Person, renewed: Renewed, act: OperatorAction, origin: str) -> None:
    """Give a person another password or second factor; all other sessions end.

    Raises `GatewayError` ``people.changed`` if another act was quicker.
    """
    outcome = "password-changed" if renewed.second_factor is None else "second-factor-renewed"
    if _commit(store, person, PeopleChange(renewed=[renewed]), act, origin, outcome, {}):
        raise GatewayError("people.changed", where=person.id)


def _change(
    store: Store,
    before: Person,
    after: Person,
    act: OperatorAction,
    origin: str,
    outcome: str,
    about: dict[str, str] | None = None,
    invitations: Sequence[Invitation] = (),
) -> None:
    new, manages = _after(after, act), Permission.MANAGE_PEOPLE
    managed = before.may(manages) and not new.may(manages)
    change = PeopleChange(persons=[new], invitations=invitations, managed=managed)
    if _commit(store, new, change, act, origin, outcome, {**_about(new), **(about or {})}):
        last = managed and not _managers(store.people) - {new.id}
        raise GatewayError("people.last-manager" if last else "people.changed", where=new.id)


def _after(person: Person, act: OperatorAction) -> Person:
    """Return a person as the next revision, which this act makes."""
    return replace(person, revision=person.revision + 1, changed_at=act.at)


def _assert_another(person: Person, act: OperatorAction) -> None:
    """Raise `GatewayError` ``people.oneself`` if a person of the console would manage the own account."""
    if is_by_console(act.authentication) and act.account == person.login:
        raise GatewayError("people.oneself", where=person.id)


def _commit(
    store: Store,
    person: Person,
    change: PeopleChange,
    act: OperatorAction,
    origin: str,
    outcome: str,
    about: dict[str, str],
) -> frozenset[str]:
    """Commit a change with its record, or neither; return what is stale."""
    record, payload = act.record(f"person {person.id}", origin=origin, outcome=outcome, **about)
    return store.commit(Changes(people=change, evidence=[record], payloads=[payload], all_or_nothing=True))


def _about(person: Person) -> dict[str, str]:
    return {
        "login": person.login,
        "name": person.name,
        "roles": " ".join(sorted(person.roles)),
        "bodies": " ".join(sorted(person.bodies)),
    }


def _managers(people: PeopleStore) -> set[str]:
    """Return the ids of active persons who manage people."""
    return {each.person.id for each in people.all() if each.person.may(Permission.MANAGE_PEOPLE)}
