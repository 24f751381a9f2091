"""Hashes of passwords: argon2id (RFC 9106), with parameters that may change later."""

from __future__ import annotations

import secrets
from base64 import b64encode
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
        self._nobody = _hash_of_nothing(parameters)

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


def _hash_of_nothing(parameters: Parameters) -> str:
    """Return a random salt and tag in the form of a hash: to verify a password by it takes as long as by any other."""
    salt, tag = (
        b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (parameters.salt_len, parameters.hash_len)
    )
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${costs}${salt}${tag}"
