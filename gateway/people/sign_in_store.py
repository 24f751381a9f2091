"""The port to what sign-in needs and no evidence records: credentials, invitations, sessions and failed attempts.

Each method is one transaction. Raises `gateway.runtime.errors.GatewayError` ``store.*``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.people.lockout import Subjects
from gateway.people.login_session import Session
from gateway.people.people_change import EncryptedSecret, Invitation
from gateway.people.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Credential of a ``person``. ``last_step`` is the time step of the last code that counted.

    ``generation`` is another one after each change of password, second factor or account. It is in the token of each
    known browser: another one ends them all.
    """

    person: Person
    password_hash: str = field(repr=False)
    second_factor: EncryptedSecret | None
    last_step: int | None
    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStart:
    """Row of a new session. Of its token the store has the SHA-256 alone.

    ``generation`` is that of the credential that was verified. ``step`` is the time step of the code that was shown.
    ``new_hash`` replaces the password's hash if its parameters have changed. With an ``issuer``, the person signed in
    at that OpenID provider, as ``subject``, and there is no ``generation``.
    """

    token_digest: str
    id: str
    person: str
    csrf: str = field(repr=False)
    began_at: datetime
    ends_at: datetime
    generation: str | None
    step: int | None
    new_hash: str | None = field(default=None, repr=False)
    issuer: str | None = None
    subject: str | None = field(default=None, repr=False)


class SignInStore(Protocol):
    """Read credentials and invitations; keep sessions and failed attempts."""

    def credential(self, login: str) -> Credential | None:
        """Return the credential of the person with this login, active or not."""
        ...

    def invitation(self, login: str) -> tuple[Person, Invitation] | None:
        """Return the invitation of the person with this login."""
        ...

    def linked(self, issuer: str, subject: str) -> Person | None:
        """Return the person, active or not, whose account at an OpenID provider this is."""
        ...

    def key_ids(self) -> frozenset[str]:
        """Return the ids of the keys that the stored second factors need."""
        ...

    def take_attempt(self, subjects: Subjects, now: datetime) -> datetime | None:
        """Count an attempt as failed for each subject. If one is locked, count nothing and return the end of its wait.

        Failures that every rule has forgotten are deleted.
        """
        ...

    def forgive(self, cleared: Collection[str], once: Collection[str]) -> None:
        """Delete the failures of the ``cleared`` subjects, and take one failure from each of ``once``."""
        ...

    def begin(self, start: SessionStart) -> bool:
        """Write a session; return False, and write nothing, if its person is not active, or has no such account.

        It is False also for a code that counted before, and for a credential that has changed since it was verified.

        Sessions that ended are deleted.
        """
        ...

    def find(self, token_digest: str) -> Session | None:
        """Return a session with its person as the store has the person now."""
        ...

    def sessions_of(self, person_id: str) -> list[Session]:
        """Return the sessions of a person, the last used one first. Some may have ended and not been deleted yet."""
        ...

    def end_others(self, person_id: str, session: str) -> None:
        """Delete all sessions of a person but one, which is named by its public id."""
        ...

    def see(self, token_digest: str, at: datetime) -> None:
        """Write the time of a session's last request."""
        ...

    def end(self, token_digest: str) -> None:
        """Delete a session."""
        ...
