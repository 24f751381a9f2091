"""Accounts of the operating system, and a check that this process's own account can be trusted."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

IDENTITY = ["0", "0", "4294967295"]
"""Content of ``uid_map`` if no user namespace was made: every number stands for itself."""


def account_of(uid: int) -> str:
    """Return the name of a user, or the number if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def account() -> str:
    """Return the account of the process's real user. Environment variables do not count."""
    return account_of(os.getuid())


def assert_own_account(uid_map: Path = Path("/proc/self/uid_map")) -> None:
    """Raise `GatewayError` ``act.user-namespace`` if this process may have chosen its own user.

    In a user namespace everybody can choose a user (``unshare --user --map-user``, user_namespaces(7)). A person who
    can hide the file may have made one, so an unreadable file is refused too. Other systems than Linux have none.
    """
    if sys.platform != "linux":
        return
    try:
        told = uid_map.read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        raise GatewayError("act.user-namespace", where=str(uid_map), detail=words_of(error)) from error
    if told != IDENTITY:
        raise GatewayError("act.user-namespace", where=str(uid_map), detail=" ".join(told[:3]))
