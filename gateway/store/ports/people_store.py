"""The port to people. `Store.commit` writes them; sign-in has a port of its own (`gateway.people.sign_in_store`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.people.people_change import AccountLink, ProviderLink
from gateway.people.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Standing of a person's sign-in: invited until a time, or enrolled, or neither; linked accounts, sorted.

    ``seen_at`` is the time of the last request of a session; None if no session is kept. ``provider`` is the account at
    an OpenID provider by which an enrolled person signs in.
    """

    person: Person
    enrolled: bool
    invited_until: datetime | None
    accounts: tuple[str, ...]
    seen_at: datetime | None = None
    provider: ProviderLink | None = None


class PeopleStore(Protocol):
    """Read persons. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def all(self) -> list[Standing]:
        """Return every person, by login."""
        ...

    def names(self) -> Mapping[str, str]:
        """Return the name of every person, by id."""
        ...

    def by_login(self, login: str) -> Person | None: ...

    def get(self, id: str) -> Person | None: ...

    def provider_link(self, person: str) -> ProviderLink | None:
        """Return a person's account at an OpenID provider."""
        ...

    def link(self, account: str) -> AccountLink | None:
        """Return the link of an account of the operating system."""
        ...
