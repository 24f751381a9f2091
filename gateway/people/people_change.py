"""Changes of people, as one commit writes them: persons, invitations, credentials and linked accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.people.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedSecret:
    """Secret that is encrypted with a key outside the database; ``key_id`` names that key."""

    key_id: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Invitation of a person, to enrol once until ``ends_at``. The store has the SHA-256 of its one-time code.

    ``second_factor`` is the secret that the person's authenticator will have. Writing an invitation ends all sessions
    of the person, and deletes the password and the link to an OpenID provider.
    """

    person: str
    code_digest: str
    second_factor: EncryptedSecret
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Credential that the invitation with ``code_digest`` becomes.

    ``last_step`` is the time step of the code that was shown; None if the person uses no second factor.
    """

    person: str
    code_digest: str
    password_hash: str = field(repr=False)
    last_step: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """Credential in the place of the one with the hash ``before``; all sessions of the person but ``session`` end.

    Without a ``second_factor`` the present one stays. ``last_step`` is the time step of the code that the new one
    showed. No browser is known any more.
    """

    person: str
    before: str = field(repr=False)
    session: str
    password_hash: str = field(repr=False)
    second_factor: EncryptedSecret | None = None
    last_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """Account of the operating system that is a person's."""

    account: str
    person: str
    linked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLink:
    """Account at an OpenID provider that is a person's, in the place of a local account.

    ``subject`` names the account at ``issuer``. Writing a link ends all sessions of the person, and deletes password
    and invitation.
    """

    person: str
    issuer: str
    subject: str = field(repr=False)
    linked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEnrolment:
    """Link that the invitation with ``code_digest`` becomes."""

    link: ProviderLink
    code_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChange:
    """Changes of people.

    A person is stale unless the stored one has the revision before, and the login is free; an enrolment if its
    invitation is gone; a renewal if the credential is another one by now; a link if the account is another person's, or
    the person has another account at a provider. With ``first``, a person is stale as well if another active one
    manages people; with ``managed``, if none does. A person that becomes inactive loses all sessions, all known
    browsers and any invitation.
    """

    persons: Sequence[Person] = ()
    invitations: Sequence[Invitation] = ()
    enrolled: Sequence[Enrolled] = ()
    renewed: Sequence[Renewed] = ()
    links: Sequence[AccountLink] = ()
    unlinked: Sequence[AccountLink] = ()
    provider_enrolled: Sequence[ProviderEnrolment] = ()
    provider_links: Sequence[ProviderLink] = ()
    provider_unlinked: Sequence[ProviderLink] = ()
    first: bool = False
    managed: bool = False
