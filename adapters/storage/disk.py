"""What a file system's refusals mean in the error catalogue."""

from __future__ import annotations

import errno

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def code_of_write(error: OSError, otherwise: str) -> str:
    """Return the code of an error that ended a write."""
    if error.errno in _FULL:
        return "store.full"
    return "store.read-only" if error.errno in _READ_ONLY else otherwise
