"""Refusal of a file that a verb is to write and cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise `GatewayError` ``program.output`` for an `OSError` while a file or folder is written."""
    try:
        yield
    except OSError as error:
        raise GatewayError("program.output", where=str(path), detail=words_of(error)) from error
