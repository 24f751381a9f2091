"""Exhaustion of files or memory, of the machine or of this process.

Such an error can occur anywhere and always means the same: the operator must act, and the interrupted work is tried
again.
"""

from __future__ import annotations

import errno
from datetime import timedelta

from gateway.runtime.errors import GatewayError

FILES, MEMORY = "machine.files", "machine.memory"
CODES = frozenset({FILES, MEMORY})

KEPT = timedelta(minutes=2)
"""Time after the last occurrence during which the service reports itself as not fit."""

_ERRNO = {errno.EMFILE: FILES, errno.ENFILE: FILES, errno.ENOMEM: MEMORY}


def exhausted(error: BaseException) -> str | None:
    """Return the code if exhaustion caused the error, directly or not; None otherwise."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError):
            return MEMORY
        if isinstance(seen, OSError) and seen.errno in _ERRNO:
            return _ERRNO[seen.errno]
        seen = seen.__cause__ or seen.__context__
    return None


def named(error: GatewayError) -> GatewayError:
    """Return the error, renamed to the exhausted resource if that caused it."""
    code = exhausted(error)
    return error if code is None or code == error.code else GatewayError(code, where=error.where, detail=error.code)
