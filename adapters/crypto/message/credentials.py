"""User name and password for another party's service, and the token that proves them in a message.

The settings read them, and need no XML and no cryptography for it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from gateway.runtime.clock import timestamp

MAX_USERNAME: Final = 256
"""Maximum length in characters."""

_NONCE_OCTETS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class UsernameToken:
    """Username token; ``digest`` is SHA-1 over ``nonce``, ``created`` as written, and the password (Profile 1.1, 3.1).

    The standard knows no other digest. Collisions of SHA-1 do not help to find this password.
    """

    username: str
    digest: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    created: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Credentials; ``password`` has its octets in UTF-8."""

    username: str
    password: bytes = field(repr=False)

    def token(self, created: datetime) -> UsernameToken:
        """Return a token with a fresh nonce."""
        nonce, written = secrets.token_bytes(_NONCE_OCTETS), timestamp(created)
        return UsernameToken(
            username=self.username,
            digest=self.digest(nonce, written),
            nonce=nonce,
            created=written,
            created_at=created,
        )

    def digest(self, nonce: bytes, created: str) -> bytes:
        return hashlib.sha1(nonce + created.encode() + self.password, usedforsecurity=False).digest()
