"""Codes of the error catalogue for a file system's refusals, and the number of files that a process may still open."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.exhaustion import FILES, exhausted

SPARE_FILES = 16
"""Number of open files that a pass and a health check need."""

_OPEN = Path("/proc/self/fd")

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def code_of_write(error: OSError, otherwise: str) -> str:
    """Return the code of an error that ended a write."""
    if (code := exhausted(error)) is not None:
        return code
    if error.errno in _FULL:
        return "store.full"
    return "store.read-only" if error.errno in _READ_ONLY else otherwise


def no_spare_files() -> GatewayError | None:
    """Return ``machine.files`` if this process may open fewer than `SPARE_FILES` more files, or the machine none."""
    try:
        is_open = len(list(_OPEN.iterdir())) if _OPEN.exists() else 0
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return GatewayError(FILES, detail=str(error.strerror)) if exhausted(error) == FILES else None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit - is_open >= SPARE_FILES:
        return None
    return GatewayError(FILES, detail=f"{is_open} of {limit} are open")
