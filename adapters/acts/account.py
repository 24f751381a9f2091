"""Accounts of the operating system, and whether what this process says of its own can be believed."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

IDENTITY = ["0", "0", "4294967295"]
"""Content of ``uid_map`` where no user namespace was made: every number stands for itself."""


def account_of(uid: int) -> str:
    """Return the name of a user, or the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def account() -> str:
    """Return the account of the process's real user. Variables are not asked."""
    return account_of(os.getuid())


def assert_own_account(uid_map: Path = Path("/proc/self/uid_map")) -> None:
    """Raise `GatewayError` ``act.user-namespace`` where this process may have given itself its user.

    In a user namespace anybody is whoever they say (``unshare --user --map-user``, user_namespaces(7)). Whoever can
    hide the file may have made one, so a file that cannot be read is refused too. Other systems than Linux have none.
    """
    if sys.platform != "linux":
        return
    try:
        told = uid_map.read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        raise GatewayError("act.user-namespace", where=str(uid_map), detail=words_of(error)) from error
    if told != IDENTITY:
        raise GatewayError("act.user-namespace", where=str(uid_map), detail=" ".join(told[:3]))
