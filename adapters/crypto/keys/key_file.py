"""File with one key that encrypts secrets in the store, and hashes what the store may not show.

AES-256-GCM (NIST SP 800-38D) with a random nonce; whatever else stands in the row is authenticated with it. The file
stands outside the database, so that a copy of the database alone opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.crypto.keys.secret_file import write_secret
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * _KEY_OCTETS}}}")


class Unopened(Exception):
    """Octets that another key closed, or that were changed, or that are bound to something else."""

    literal_name = "Unopened"


@dataclass(frozen=True)
class KeyFile:
    """Key in the file ``path``, which is read once, and made at the first use.

    ``use`` separates the keys of two uses; ``note`` is the comment in a new file; ``code`` is the error if the file
    cannot be used.
    """

    path: Path
    use: str
    note: str
    code: str

    @cached_property
    def id(self) -> str:
        """Name of the key, which says nothing of it. Raises `GatewayError` with ``code``, as the methods do."""
        return hashlib.sha256(f"eblagh {self.use} key id\0".encode() + self._key).hexdigest()[:16]

    def closed(self, octets: bytes, bound: Sequence[bytes]) -> bytes:
        """Encrypt octets, bound to other parts of their row."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        return nonce + AESGCM(self._key).encrypt(nonce, octets, b"\0".join(bound))

    def opened(self, closed: bytes, bound: Sequence[bytes]) -> bytes:
        """Decrypt octets. Raises `Unopened`."""
        try:
            nonce, octets = closed[:_NONCE_OCTETS], closed[_NONCE_OCTETS:]
            return AESGCM(self._key).decrypt(nonce, octets, b"\0".join(bound))
        except (InvalidTag, ValueError) as error:
            raise Unopened from error

    def keyed_hash(self, *parts: str) -> bytes:
        """Return the HMAC-SHA-256 of these parts by a key derived from this one."""
        derived = hmac.digest(self._key, f"eblagh {self.use} hash".encode(), "sha256")
        return hmac.digest(derived, b"\0".join(part.encode("utf-8", "surrogatepass") for part in parts), "sha256")

    @cached_property
    def _key(self) -> bytes:
        try:
            self._make()
            lines = self.path.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError) as error:
            raise GatewayError(self.code, where=str(self.path), detail=words_of(error)) from error
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
            detail = f"one line of {2 * _KEY_OCTETS} hex digits is wanted"
            raise GatewayError(self.code, where=str(self.path), detail=detail)
        return bytes.fromhex(keys[0])

    def _make(self) -> None:
        """Make the file if there is none, and never over another process's."""
        if not self.path.exists():
            with suppress(FileExistsError):  # another process was quicker
                write_secret(self.path, f"# {self.note}\n{secrets.token_hex(_KEY_OCTETS)}\n", new=True)
