"""Acts on people: invite, give roles and bodies, deactivate, recover, link to accounts elsewhere."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.acts.upkeep_facts import person_facts
from adapters.composition.console.sign_in import second_factors
from adapters.people.enrolments import new_invitation
from adapters.settings.values import Section
from gateway.notice.text import plain
from gateway.operations import person_acts
from gateway.operations.operator_action import OperatorAction
from gateway.people.people_change import Invitation
from gateway.people.permissions import BOUND, Role
from gateway.people.person import Person, assert_login, assert_mailbox, assert_name, assert_roles, login_of
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

Login = Annotated[str, Field(min_length=1, max_length=100)]
Roles = list[Annotated[Role, Field(strict=False)]]
Bodies = list[Annotated[str, Field(max_length=100)]]


class Named(Section):
    """Person of an act; one who was seen in another ``revision`` is another one by now (``people.changed``)."""

    login: Login
    revision: int | None = Field(default=None, ge=1, le=10**9)


class First(Section):
    login: Login
    name: str = Field(max_length=200)


class Add(First):
    roles: Roles = Field(max_length=len(Role))
    bodies: Bodies = Field(default=[], max_length=1000)


class GiveRoles(Named):
    """Roles in the place of the present ones. Without ``bodies`` the present ones stay, if a role still needs any."""

    roles: Roles = Field(max_length=len(Role))
    bodies: Bodies | None = Field(default=None, max_length=1000)


class GiveBodies(Named):
    bodies: Bodies = Field(max_length=1000)


class Link(Named):
    """Account of the operating system; with ``remove`` it is taken from the person."""

    account: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    remove: bool = False


class Provider(Named):
    """Account at the OpenID provider, in the place of password and second factor; with ``remove`` it is taken away."""

    subject: str = Field(default="", max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")
    remove: bool = False


class GiveAddress(Named):
    """Mailbox in the place of the present one; an empty text takes it away."""

    address: str = Field(max_length=300)


class ChooseDigest(Named):
    wanted: bool


def first(installation: Installation, act: OperatorAction, asked: First) -> Facts:
    """Add the security officer who will add all others. Refused as soon as an active person manages people."""
    new = Add(login=asked.login, name=asked.name, roles=[Role.SECURITY_OFFICER])
    return _add(installation, act, new, first=True)


def add(installation: Installation, act: OperatorAction, asked: Add) -> Facts:
    return _add(installation, act, asked, first=False)


def give_roles(installation: Installation, act: OperatorAction, asked: GiveRoles) -> Facts:
    person, roles = _person(installation, asked), frozenset(asked.roles)
    kept = person.bodies if roles & BOUND else frozenset()
    return _give(installation, act, person, roles, kept if asked.bodies is None else frozenset(asked.bodies))


def give_bodies(installation: Installation, act: OperatorAction, asked: GiveBodies) -> Facts:
    person = _person(installation, asked)
    return _give(installation, act, person, person.roles, frozenset(asked.bodies))


def deactivate(installation: Installation, act: OperatorAction, asked: Named) -> Facts:
    person = _person(installation, asked)
    changed = person_acts.deactivate(installation.store(), person, act, installation.settings.gateway.name)
    return _facts(installation, person, changed=changed)


def activate(installation: Installation, act: OperatorAction, asked: Named) -> Facts:
    person = _person(installation, asked)
    changed = person_acts.activate(installation.store(), person, act, installation.settings.gateway.name)
    return _facts(installation, person, changed=changed)


def recover(installation: Installation, act: OperatorAction, asked: Named) -> Facts:
    """Invite a person once more, whose password and second factor end now."""
    person = _person(installation, asked)
    code, invitation = new_invitation(second_factors(installation), person.id, act.at)
    person_acts.recover(installation.store(), person, invitation, act, installation.settings.gateway.name)
    return _facts(installation, person, changed=True) | _invited(code, invitation)


def link(installation: Installation, act: OperatorAction, asked: Link) -> Facts:
    person, store = _person(installation, asked), installation.store()
    perform = person_acts.unlink if asked.remove else person_acts.link
    changed = perform(store, person, asked.account, act, installation.settings.gateway.name)
    return _facts(installation, person, changed=changed)


def provider(installation: Installation, act: OperatorAction, asked: Provider) -> Facts:
    """Link an account at the OpenID provider to a person. Raises `GatewayError` ``act.request`` without a provider."""
    person, store, origin = _person(installation, asked), installation.store(), installation.settings.gateway.name
    if asked.remove:
        return _facts(installation, person, changed=person_acts.unlink_provider(store, person, act, origin))
    openid = installation.settings.configured_console.openid
    if openid is None or not asked.subject.strip():
        detail = "no [console.openid] is configured" if openid is None else "an account of the provider is wanted"
        raise GatewayError("act.request", where=act.name, detail=detail)
    changed = person_acts.link_provider(store, person, openid.issuer, asked.subject.strip(), act, origin)
    return _facts(installation, person, changed=changed)


def give_address(installation: Installation, act: OperatorAction, asked: GiveAddress) -> Facts:
    person, address = _person(installation, asked), plain(asked.address) or None
    if address is not None:
        assert_mailbox(address)
    changed = person_acts.give_address(installation.store(), person, address, act, installation.settings.gateway.name)
    return _facts(installation, person, changed=changed)


def choose_digest(installation: Installation, act: OperatorAction, asked: ChooseDigest) -> Facts:
    person, origin = _person(installation, asked), installation.settings.gateway.name
    changed = person_acts.choose_digest(installation.store(), person, act, origin, wanted=asked.wanted)
    return _facts(installation, person, changed=changed)


def _add(installation: Installation, act: OperatorAction, asked: Add, *, first: bool) -> Facts:
    login, settings = login_of(asked.login), installation.settings
    assert_login(login)
    assert_name(asked.name)
    assert_roles(asked.roles, asked.bodies, settings.bodies)
    person = Person(
        id=f"p-{secrets.token_hex(8)}",
        login=login,
        name=" ".join(asked.name.split()),
        roles=frozenset(asked.roles),
        bodies=frozenset(asked.bodies),
        active=True,
        created_at=act.at,
        changed_at=act.at,
    )
    code, invitation = new_invitation(second_factors(installation), person.id, act.at)
    person_acts.add(installation.store(), person, invitation, act, settings.gateway.name, first=first)
    return _facts(installation, person, changed=True) | _invited(code, invitation)


def _give(
    installation: Installation, act: OperatorAction, person: Person, roles: frozenset[Role], bodies: frozenset[str]
) -> Facts:
    settings = installation.settings
    # A body that left the configuration may stay, so that a change elsewhere stops no other act.
    assert_roles(roles, bodies, {*settings.bodies, *person.bodies})
    changed = person_acts.give(installation.store(), person, roles, bodies, act, settings.gateway.name)
    return _facts(installation, person, changed=changed)


def _person(installation: Installation, asked: Named) -> Person:
    found = installation.store().people.by_login(login_of(asked.login))
    if found is None:
        raise GatewayError("people.unknown")
    if asked.revision is not None:
        person_acts.assert_seen(found, asked.revision)
    return found


def _facts(installation: Installation, person: Person, *, changed: bool) -> Facts:
    present = installation.store().people.get(person.id) or person
    return {"changed": changed, "person": person_facts(present)}


def _invited(code: str, invitation: Invitation) -> Facts:
    return {"one_time_code": code, "ends_at": timestamp(invitation.ends_at)}
