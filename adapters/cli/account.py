"""Who acts: the account of the operating system, which is all that the gateway knows of a person."""

from __future__ import annotations

import os
import pwd


def account() -> str:
    """Return the name of the process's real user, or its number where it has none. Variables are not asked."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
