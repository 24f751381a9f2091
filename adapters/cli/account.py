"""Who acts: the account of the operating system, which is all that the gateway knows of a person."""

from __future__ import annotations

import os
import pwd
from typing import Annotated

import typer

from gateway.act import Act
from gateway.clock import Clock

ReasonOption = Annotated[str, typer.Option(help="Why, in your words; recorded with your account.")]


def account() -> str:
    """Return the name of the process's real user, or its number where it has none. Variables are not asked."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def act(name: str, reason: str, clock: Clock) -> Act:
    """Return what this account does now. An empty reason is wrong usage."""
    if not reason.strip():
        raise typer.BadParameter("a reason is wanted", param_hint="--reason")
    return Act(name=name, account=account(), reason=reason.strip(), at=clock())
