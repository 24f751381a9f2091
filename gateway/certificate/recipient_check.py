"""Check value of a recipient: it binds name, identifier and case number to a certificate, and tells none of them.

A reader types the three as they are printed, and compares. One value covers all three and is slow to compute, so that a
guess of one of them cannot be tried alone, and a list of guesses costs years.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from gateway.notice.text import fold
from gateway.runtime.randomness import random_octets

ITERATIONS: Final = 600_000
"""Iterations of PBKDF2 with SHA-256 (OWASP Password Storage Cheat Sheet)."""

OCTETS: Final = 16
"""Octets of salt and of value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientCheck:
    """Salt and check value."""

    salt: bytes = field(repr=False)
    value: bytes = field(repr=False)

    @classmethod
    def new(cls, name: str, identifier: str, case_number: str) -> RecipientCheck:
        """Return the check value of a recipient, with fresh salt."""
        salt = random_octets(OCTETS)
        return cls(salt=salt, value=_value(salt, name, identifier, case_number))

    @property
    def is_well_formed(self) -> bool:
        return len(self.salt) == len(self.value) == OCTETS

    def fits(self, name: str, identifier: str, case_number: str) -> bool:
        """Return True if these are the recipient's; spellings that `gateway.notice.text.fold` unites are the same."""
        return _value(self.salt, name, identifier, case_number) == self.value


def _value(salt: bytes, *texts: str) -> bytes:
    told = "\n".join(fold(text) for text in texts).encode()
    return hashlib.pbkdf2_hmac("sha256", told, salt, ITERATIONS, OCTETS)
