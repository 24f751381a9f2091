"""The folder of a configuration file; resolves its paths, texts, passwords and URLs."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from adapters.crypto.message.credentials import Credentials
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


def status_of(path: Path) -> os.stat_result | None:
    """Return a file's status, or None if nothing is there.

    Raises `GatewayError` ``config.unreadable`` if this account cannot find out, as below a folder of another account.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise GatewayError("config.unreadable", where=str(path), detail=words_of(error)) from error


def is_file(path: Path) -> bool:
    """Return True if a regular file is there. Raises `GatewayError` ``config.unreadable`` as `status_of` does."""
    return (status := status_of(path)) is not None and stat.S_ISREG(status.st_mode)


@dataclass(frozen=True, slots=True)
class ConfigFolder:
    """Folder at which relative paths begin."""

    base: Path

    def path(self, relative: str) -> Path:
        return self.base / relative

    def text(self, file: str | None) -> str | None:
        """Return a file's text. Raises `GatewayError` ``config.unreadable``."""
        if file is None:
            return None
        path = self.path(file)
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise GatewayError("config.unreadable", where=str(path), detail=words_of(error)) from error

    def secret(self, file: str | None, code: str) -> bytes | None:
        """Return the password in a file, without the line's end. Raises `GatewayError` with ``code``."""
        if file is None:
            return None
        path = self.path(file)
        try:
            return path.read_bytes().rstrip(b"\r\n")
        except (OSError, ValueError) as error:
            raise GatewayError(code, where=str(path), detail=words_of(error)) from error

    def credentials(self, username: str, password_file: str) -> Credentials:
        """Return a user name with the password in a file. Raises `GatewayError` ``config.unreadable``."""
        password = self.secret(password_file, "config.unreadable")
        if not password:
            raise GatewayError("config.unreadable", where=str(self.path(password_file)), detail="no password in it")
        return Credentials(username=username, password=password)

    def header(self, file: str, code: str = "config.unreadable") -> str:
        """Return the secret value of an HTTP header in a file. Raises `GatewayError` with ``code``."""
        value = self.secret(file, code) or b""
        if not value or not value.isascii() or not value.decode("ascii").isprintable():
            detail = "one line of printable ASCII is wanted"
            raise GatewayError(code, where=str(self.path(file)), detail=detail)
        return value.decode("ascii")

    def url(self, url: str, password_file: str | None = None) -> str:
        """Return a database's URL with its password. A SQLite file's path is relative, as every other path is."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            parsed = parsed.set(database=str(self.path(parsed.database)))
        password = self.text(password_file)
        if password is not None:
            parsed = parsed.set(password=password.rstrip("\r\n"))
        return parsed.render_as_string(hide_password=False)
