"""The account that acts, and its reason: the gateway knows no more of a person than the operating system does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.acts.account import account
from adapters.terminal.printing import screen
from gateway.notice.text import own_words
from gateway.operations.operator_action import NOT_AUTHENTICATED, OperatorAction
from gateway.overview.gateway_act import NOT_READABLE
from gateway.runtime.clock import Clock

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts
    from adapters.composition.installation import Installation

ReasonOption = Annotated[str, typer.Option(help="Why, in your words; recorded with your account.")]

__all__ = ["ReasonOption", "account", "act", "by", "by_whom", "look", "perform"]


def perform(installation: Installation, name: str, reason: str, /, **arguments: Any) -> Facts:
    """Request an act, as `adapters.acts.act_client.perform`. An empty reason is wrong usage."""
    if not own_words(reason):
        raise typer.BadParameter("a reason is wanted", param_hint="--reason")
    from adapters.acts import act_client

    return act_client.perform(installation, name, reason, **arguments)


def act(name: str, reason: str, clock: Clock) -> OperatorAction:
    """Return an act that the verb does itself, on files of this machine or by a configuration that no service has yet.

    Any other act goes to the service: `perform`.
    """
    words = own_words(reason)
    if not words:
        raise typer.BadParameter("a reason is wanted", param_hint="--reason")
    return OperatorAction(name=name, account=account(), reason=words, at=clock())


def look(installation: Installation, name: str, /, **arguments: Any) -> Facts:
    """Request a view, as `perform`; nothing is recorded."""
    from adapters.acts import act_client

    return act_client.perform(installation, name, "", **arguments)


def by(facts: Facts) -> str:
    """Return the account of an act, and the proof of it."""
    return f"{facts['account']} ({facts['authentication']})"


def by_whom(facts: Facts) -> str:
    """Return a line for `status`: the account and the reason of an act, or that they cannot be read."""
    if facts["account"] is None:
        return f"  {screen.words(NOT_READABLE)}"
    known = facts["authentication"] != NOT_AUTHENTICATED
    fa = "هویت آن را سیستم‌عامل احراز کرده است" if known else "درگاه هویت آن را احراز نکرده است"
    return screen.say(f"  by {by(facts)}: {facts['reason']}", f"  حساب {facts['account']} ({fa}): {facts['reason']}")
