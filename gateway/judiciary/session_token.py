"""Token of a session with a judiciary's service: shared by all processes through the store, where nobody can read it.

The store has it encrypted with a key that is kept outside the database. A row that cannot be read is no token: the
next process logs in again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

RESERVE: Final = timedelta(seconds=30)
"""Time before its end in which a token is not used any more, or a quarter of its life if that is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """Token that the service gave when it was ``asked_at``. Both times are by our clock."""

    value: str = field(repr=False)
    asked_at: datetime
    ends_at: datetime

    @property
    def usable_until(self) -> datetime:
        return self.ends_at - min(RESERVE, (self.ends_at - self.asked_at) / 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """Token in use; ``id`` is ours, and says nothing of its ``value``."""

    id: str
    value: str = field(repr=False)
    usable_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """Row of a token. ``subject`` names service, user and settings of the session, ``key_id`` the key of ``octets``."""

    subject: str
    id: str
    key_id: str
    octets: bytes = field(repr=False)
    usable_until: datetime


class TokenStore(Protocol):
    """Store of tokens, one for each subject. Each method is one transaction. Raises `GatewayError` ``store.*``."""

    def read(self, subject: str) -> StoredToken | None: ...

    def keep(self, token: StoredToken, now: datetime) -> None:
        """Write a token in the place of any other of its subject; delete those that ended before ``now``."""
        ...

    def forget(self, subject: str, id: str) -> None:
        """Delete this token; a newer one stays."""
        ...


class TokenCipher(Protocol):
    """Encryption of tokens with a key outside the database."""

    def closed(self, subject: str, token: SessionToken) -> StoredToken:
        """Return a token as it is stored. Raises `GatewayError` ``session.key``."""
        ...

    def opened(self, stored: StoredToken) -> SessionToken:
        """Return a stored token.

        Raises `GatewayError` ``session.unreadable`` if another key closed it or anybody changed the row,
        ``session.key`` if there is no key to be had.
        """
        ...
