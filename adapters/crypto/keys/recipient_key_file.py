"""File with the keys of `gateway.notice.recipient_index`: the current one first, then earlier ones.

Each is on a line of its own as 64 hex digits; lines that begin with ``#`` are notes. Only its owner may read it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.crypto.keys.secret_file import write_secret
from gateway.notice.recipient_index import KEY_OCTETS, RecipientKey
from gateway.runtime.errors import GatewayError

_KEY = re.compile(rf"[0-9a-f]{{{2 * KEY_OCTETS}}}")
_NOTE = (
    "# Keys by which notices are found by their recipient's identifier; the first one is in use.\n"
    "# Secret: keep a copy with the other keys, not with the database. docs/operate/search.md\n"
)


@dataclass(frozen=True, slots=True)
class RecipientKeyFile:
    """Key file, read again each time, so that a rotation needs no restart."""

    path: Path

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def known(self) -> list[RecipientKey]:
        """Return the keys, the current one first; none without a file.

        Raises `GatewayError` ``search.key-unreadable``.
        """
        try:
            lines = self.path.read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise self._unreadable(_reason(error)) from error
        found = []
        for number, line in enumerate(lines, start=1):
            if line.startswith("#") or not line.strip():
                continue
            if not _KEY.fullmatch(line.strip()):
                raise self._unreadable(f"line {number} is not a key of {2 * KEY_OCTETS} hex digits")
            found.append(RecipientKey(bytes.fromhex(line.strip())))
        if not found:
            raise self._unreadable("no key in it")
        return found

    def current(self) -> RecipientKey | None:
        """Return the key in use; None without a file."""
        return next(iter(self.known()), None)

    def assert_private(self) -> None:
        """Raise `GatewayError` ``search.key-open`` if anybody but the owner may read or change the file."""
        mode = self.path.stat().st_mode & 0o777
        if mode & 0o077:
            raise GatewayError("search.key-open", where=str(self.path), detail=f"mode {mode:04o}")

    def create(self) -> RecipientKey:
        """Create the file with a first key. Raises `GatewayError` ``search.key-exists``, ``search.key-unwritable``."""
        key = _made()
        self._write([key], new=True)
        return key

    def rotate(self) -> RecipientKey:
        """Insert a new key as the first and return it. Raises `GatewayError` ``search.*``."""
        key, before = _made(), self._some()
        self._write([key, *before], new=False)
        return key

    def retire(self) -> list[RecipientKey]:
        """Remove all keys but the current one and return them. Raises `GatewayError` ``search.*``."""
        present, *earlier = self._some()
        if earlier:
            self._write([present], new=False)
        return earlier

    def _some(self) -> list[RecipientKey]:
        found = self.known()
        if not found:
            raise GatewayError("search.no-key", where=str(self.path))
        return found

    def _write(self, keys: Sequence[RecipientKey], *, new: bool) -> None:
        """Write the file completely or not at all; a ``new`` one replaces no other."""
        try:
            write_secret(self.path, _NOTE + "".join(f"{key.octets.hex()}\n" for key in keys), new=new)
        except FileExistsError as error:
            raise GatewayError("search.key-exists", where=str(self.path)) from error
        except OSError as error:
            raise GatewayError("search.key-unwritable", where=str(self.path), detail=_reason(error)) from error

    def _unreadable(self, detail: str) -> GatewayError:
        return GatewayError("search.key-unreadable", where=str(self.path), detail=detail)


def _made() -> RecipientKey:
    return RecipientKey(secrets.token_bytes(KEY_OCTETS))


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "it is not a text of hex digits"
