"""File with the key that encrypts tokens of sessions in the store (`gateway.judiciary.session_token`).

A lost key costs one login and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from adapters.crypto.keys.key_file import KeyFile, Unopened
from gateway.judiciary.session_token import SessionToken, StoredToken
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

_NOTE: Final = (
    "Key of the session tokens in the store. Secret: the same file on every machine of this store, never beside a"
    " copy of the database."
)


@dataclass(frozen=True)
class TokenKeyFile:
    """Cipher (`gateway.judiciary.session_token.TokenCipher`) with the key in a file.

    A token is bound to our ``password``: one that was given for another is not opened, so a changed password is tried.
    Without the key nobody can try passwords against a row.
    """

    path: Path
    password: bytes = field(default=b"", repr=False)

    def closed(self, subject: str, token: SessionToken) -> StoredToken:
        bound = self._bound(subject, token.id, timestamp(token.usable_until))
        octets = self._file.closed(token.value.encode(), bound)
        return StoredToken(
            subject=subject, id=token.id, key_id=self._file.id, octets=octets, usable_until=token.usable_until
        )

    def opened(self, stored: StoredToken) -> SessionToken:
        if stored.key_id != self._file.id:
            raise self._unreadable("another key closed it")
        bound = self._bound(stored.subject, stored.id, timestamp(stored.usable_until))
        try:
            value = self._file.opened(stored.octets, bound).decode()
        except (Unopened, ValueError) as error:
            raise self._unreadable("it was given for another password, or was changed") from error
        return SessionToken(id=stored.id, value=value, usable_until=stored.usable_until)

    @cached_property
    def _file(self) -> KeyFile:
        return KeyFile(self.path, use="session", note=_NOTE, code="session.key")

    def _bound(self, *parts: str) -> list[bytes]:
        return [*(part.encode() for part in parts), self.password]

    def _unreadable(self, detail: str) -> GatewayError:
        return GatewayError("session.unreadable", where=str(self.path), detail=detail)
