"""File with the key that encrypts tokens of sessions in the store (`gateway.judiciary.session_token`).

AES-256-GCM (NIST SP 800-38D) with a random nonce; whatever else stands in the row is authenticated with it. The file is
made at its first use. A lost key costs one login and no more.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.crypto.keys.secret_file import write_secret
from gateway.judiciary.session_token import SessionToken, StoredToken
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * _KEY_OCTETS}}}")
_NOTE: Final = (
    "# Key of the session tokens in the store. Secret: the same file on every machine of this store, never beside a"
    " copy of the database.\n"
)


@dataclass(frozen=True)
class TokenKeyFile:
    """Cipher (`gateway.judiciary.session_token.TokenCipher`) with the key in a file, which is read once.

    A token is bound to our ``password``: one that was given for another is not opened, so a changed password is tried.
    Without the key nobody can try passwords against a row.
    """

    path: Path
    password: bytes = field(default=b"", repr=False)

    def closed(self, subject: str, token: SessionToken) -> StoredToken:
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        bound = self._bound(subject, token.id, timestamp(token.usable_until))
        octets = nonce + AESGCM(self._key).encrypt(nonce, token.value.encode(), bound)
        return StoredToken(
            subject=subject, id=token.id, key_id=self._key_id, octets=octets, usable_until=token.usable_until
        )

    def opened(self, stored: StoredToken) -> SessionToken:
        if stored.key_id != self._key_id:
            raise self._unreadable("another key closed it")
        nonce, octets = stored.octets[:_NONCE_OCTETS], stored.octets[_NONCE_OCTETS:]
        bound = self._bound(stored.subject, stored.id, timestamp(stored.usable_until))
        try:
            value = AESGCM(self._key).decrypt(nonce, octets, bound).decode()
        except (InvalidTag, ValueError) as error:
            raise self._unreadable("it was given for another password, or was changed") from error
        return SessionToken(id=stored.id, value=value, usable_until=stored.usable_until)

    @cached_property
    def _key(self) -> bytes:
        try:
            self._make()
            lines = self.path.read_text(encoding="ascii").splitlines()
        except (OSError, ValueError) as error:
            raise GatewayError("session.key", where=str(self.path), detail=words_of(error)) from error
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        if len(keys) != 1 or not _KEY.fullmatch(keys[0]):
            detail = f"one line of {2 * _KEY_OCTETS} hex digits is wanted"
            raise GatewayError("session.key", where=str(self.path), detail=detail)
        return bytes.fromhex(keys[0])

    @property
    def _key_id(self) -> str:
        return hashlib.sha256(b"eblagh session key id\0" + self._key).hexdigest()[:16]

    def _make(self) -> None:
        """Make the file if there is none, and never over another process's."""
        if not self.path.exists():
            with suppress(FileExistsError):  # another process was quicker
                write_secret(self.path, f"{_NOTE}{secrets.token_hex(_KEY_OCTETS)}\n", new=True)

    def _bound(self, *parts: str) -> bytes:
        return b"\0".join([*(part.encode() for part in parts), self.password])

    def _unreadable(self, detail: str) -> GatewayError:
        return GatewayError("session.unreadable", where=str(self.path), detail=detail)
