"""Who acts, and why: the account of the operating system is all that the gateway knows of a person."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from adapters.acts import client
from adapters.acts.account import account
from adapters.acts.wire import Facts
from adapters.wiring import Installation

ReasonOption = Annotated[str, typer.Option(help="Why, in your words; recorded with your account.")]

__all__ = ["ReasonOption", "account", "by", "look", "perform"]


def perform(installation: Installation, name: str, reason: str, /, **arguments: Any) -> Facts:
    """Have an act done, as `adapters.acts.client.perform`. An empty reason is wrong usage."""
    if not reason.strip():
        raise typer.BadParameter("a reason is wanted", param_hint="--reason")
    return client.perform(installation, name, reason, **arguments)


def look(installation: Installation, name: str, /, **arguments: Any) -> Facts:
    """Have something shown, as `perform`; nothing is recorded."""
    return client.perform(installation, name, "", **arguments)


def by(facts: Facts) -> str:
    """Return who did an act, and how that is known."""
    return f"{facts['account']} ({facts['authentication']})"
