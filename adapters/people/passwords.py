"""Hashes of passwords: argon2id (RFC 9106), with parameters that may change later."""

from __future__ import annotations

import secrets
from threading import BoundedSemaphore
from typing import Final

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

PARAMETERS: Final = RFC_9106_LOW_MEMORY
"""Second recommended option of RFC 9106, 4: 3 passes over 64 MiB in 4 lanes, a salt of 16 octets, a tag of 32."""

AT_A_TIME: Final = 2
"""Hashes that are computed at a time: each needs the memory of `PARAMETERS`, and a flood must not take all of it."""


class Passwords:
    """Hash passwords and verify them. May be used from several threads."""

    def __init__(self, parameters: Parameters = PARAMETERS) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._few = BoundedSemaphore(AT_A_TIME)
        # Made now: the first unknown login must not take longer than the others.
        self._nobody = self.hashed(secrets.token_urlsafe())

    def hashed(self, password: str) -> str:
        """Return the hash of a password in its normal form, with its parameters and salt (PHC string)."""
        with self._few:
            return self._hasher.hash(password)

    def is_right(self, password: str, stored: str | None) -> bool:
        """Return True if a password is that of a hash.

        Without a hash the work is the same, so that the time of an answer does not show which logins exist.
        """
        with self._few:
            try:
                return self._hasher.verify(self._nobody if stored is None else stored, password) and stored is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, stored: str) -> bool:
        """Return True if a hash has other parameters than a new one would have."""
        return self._hasher.check_needs_rehash(stored)
