"""Session of a signed-in person: its two ends, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from gateway.people.person import Person

SEEN_EVERY: Final = timedelta(minutes=1)
"""The time of the last request is written no more often than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Ends of a session: so long after its last request, and so long after it began."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Session of a ``person`` as the store has the person now.

    ``id`` is public, and not the token. ``csrf`` is repeated in each form. ``issuer`` names the OpenID provider at
    which the person signed in; it is None for a local account.
    """

    id: str
    person: Person
    csrf: str = field(repr=False)
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    issuer: str | None = None

    def is_over(self, now: datetime, limits: SessionLimits) -> bool:
        """Return True if the session has ended, or its person is not active any more."""
        return not self.person.active or now >= self.ends_at or now >= self.seen_at + limits.idle


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """Session that has just begun, with its token, which is known to the browser alone.

    ``device`` recognizes this browser at later sign-ins: failures elsewhere then do not lock it out. It is None for a
    person who signs in at an OpenID provider.
    """

    token: str = field(repr=False)
    device: str | None = field(repr=False)
    session: Session
