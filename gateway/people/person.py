"""A person who signs in to the console: roles, bodies, and the permissions that follow from them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.notice.text import plain
from gateway.people.permissions import ALONE, BOUND, PERMISSIONS, Permission, Role
from gateway.runtime.errors import GatewayError

LOGIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])")
MAX_NAME: Final = 100
MAILBOX: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
"""Addresses that mail goes to: no quotes, no comments, no line breaks, Latin letters alone."""
MAX_MAILBOX: Final = 254
ZWNJ: Final = "\u200c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Person with an account here.

    ``id`` is random and says nothing of the person: it alone stands in headers of records and in logs. ``login`` and
    ``name`` are personal data. ``bodies`` are those of the roles that are bound to bodies (`BOUND`). ``revision``
    counts the changes of the person: of two changes of one revision, one is stale. ``address`` is the person's mailbox,
    which is personal data, too; ``digest`` is True if the person wants the morning's mail.
    """

    id: str
    login: str = field(repr=False)
    name: str = field(repr=False)
    roles: frozenset[Role]
    bodies: frozenset[str]
    active: bool
    created_at: datetime
    changed_at: datetime
    revision: int = 1
    address: str | None = field(default=None, repr=False)
    digest: bool = True

    def may(self, permission: Permission, body: str | None = None) -> bool:
        """Return True if the person has a permission: for ``body``, or without one for any body at all."""
        bodies = self.bodies_for(permission)
        return bodies is None or (bool(bodies) if body is None else body in bodies)

    def bodies_for(self, permission: Permission) -> frozenset[str] | None:
        """Return the bodies for which the person has a permission; None for all of them.

        Each permission is judged by the roles that give it. A role for all bodies thus widens its own permissions and
        no other: a secretary who also administers mappings still sees notices of the own bodies only.
        """
        if not self.active:
            return frozenset()
        giving = {role for role in self.roles if permission in PERMISSIONS[role]}
        if giving - BOUND:
            return None
        return self.bodies if giving else frozenset()

    def sees(self, body: str) -> bool:
        """Return True if the person may see notices of a body."""
        return self.may(Permission.SEE_NOTICES, body)

    @property
    def visible_bodies(self) -> frozenset[str] | None:
        """Bodies whose notices the person may see; None for all of them, an empty set for none."""
        return self.bodies_for(Permission.SEE_NOTICES)


def login_of(text: str) -> str:
    """Return a typed login in its one form: lower case, Latin digits, no invisible characters."""
    return plain(text).lower()


def assert_login(login: str) -> None:
    """Raise `GatewayError` ``people.login`` unless ``login`` is a good one in its one form."""
    if not LOGIN.fullmatch(login):
        raise GatewayError("people.login", detail="2 to 63 of a-z, 0-9, point, hyphen and underscore are wanted")


def assert_name(name: str) -> None:
    """Raise `GatewayError` ``people.name`` unless ``name`` is one line of text."""
    if not name.strip() or len(name) > MAX_NAME or not name.replace(ZWNJ, "").isprintable():
        raise GatewayError("people.name", detail=f"one line of at most {MAX_NAME} characters is wanted")


def assert_mailbox(address: str) -> None:
    """Raise `GatewayError` ``people.address`` unless ``address`` is one mailbox."""
    if len(address) > MAX_MAILBOX or not MAILBOX.fullmatch(address):
        raise GatewayError("people.address", detail="one address such as name@city.example is wanted")


def assert_roles(roles: Collection[Role], bodies: Collection[str], known_bodies: Collection[str]) -> None:
    """Raise `GatewayError` unless these roles go together, and have the bodies that they need.

    ``people.roles`` for no role, or one that must stand alone. ``people.bodies`` for an unknown body, for a role that
    is bound to bodies without one, and for bodies without such a role.
    """
    if not roles:
        raise GatewayError("people.roles", detail="at least one role is wanted")
    if len(set(roles)) > 1 and (lonely := ALONE & set(roles)):
        raise GatewayError("people.roles", detail=f"{min(lonely)} goes with no other role")
    if unknown := sorted(set(bodies) - set(known_bodies)):
        raise GatewayError("people.bodies", detail=f"no body has the code {', '.join(unknown)}")
    bound = sorted(BOUND & set(roles))
    if bound and not bodies:
        raise GatewayError("people.bodies", detail=f"{', '.join(bound)} needs at least one body")
    if bodies and not bound:
        raise GatewayError("people.bodies", detail="no role of this person is bound to bodies")
