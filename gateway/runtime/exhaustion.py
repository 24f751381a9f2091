"""Errors that say that the machine, or this process, has no more files or memory to give.

They come up in any place, and mean the same in each: the operator must act, and whatever was under way is tried again.
"""

from __future__ import annotations

import errno
from datetime import timedelta

from gateway.runtime.errors import GatewayError

FILES, MEMORY = "machine.files", "machine.memory"
CODES = frozenset({FILES, MEMORY})

KEPT = timedelta(minutes=2)
"""For so long after it was met last, a service is not fit for want of it."""

_ERRNO = {errno.EMFILE: FILES, errno.ENFILE: FILES, errno.ENOMEM: MEMORY}


def exhausted(error: BaseException) -> str | None:
    """Return the code of an error that came of exhaustion, at first or in the end; None for every other one."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, MemoryError):
            return MEMORY
        if isinstance(seen, OSError) and seen.errno in _ERRNO:
            return _ERRNO[seen.errno]
        seen = seen.__cause__ or seen.__context__
    return None


def named(error: GatewayError) -> GatewayError:
    """Return the error by the name of what was exhausted, where it came of that."""
    code = exhausted(error)
    return error if code is None or code == error.code else GatewayError(code, where=error.where, detail=error.code)
