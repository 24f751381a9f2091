"""Writing of files that their owner alone may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_secret(path: Path, text: str, *, new: bool) -> None:
    """Write a file with mode 0600, completely or not at all; it is durable afterwards.

    A ``new`` one replaces no other. Raises `OSError`, of these `FileExistsError` if there is another one.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if new:
            os.link(partial, path)
        else:
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
