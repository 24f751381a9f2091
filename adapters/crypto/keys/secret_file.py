"""Writing of files that their owner alone may read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def new_file(path: Path) -> BinaryIO:
    """Open a new file with mode 0600 in place of a file of that name.

    Raises `OSError`, of these `FileExistsError` if the name is that of a link or a device: neither is followed.
    """
    if path.is_file() and not path.is_symlink():
        # A file that is there keeps its owner and mode, and may be open elsewhere.
        path.unlink()
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


@contextmanager
def file_beside(path: Path) -> Iterator[BinaryIO]:
    """Open a new file with mode 0600 that gets the name ``path`` when it is complete. Raises `OSError`."""
    partial = path.with_name(f"{path.name}.partial")
    with new_file(partial) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)


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
