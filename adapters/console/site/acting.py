"""Acts of signed-in people: the same acts as those of the command line, with the person's login as the account."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import request

from adapters.acts.act_message import Facts, Request
from adapters.acts.registry import perform
from adapters.console.site import context
from gateway.runtime.errors import ErrorScope, GatewayError


def act(name: str, /, **arguments: Any) -> Facts:
    """Do an act for the reason in the form, as the person of the session; return its facts.

    Raises `GatewayError` as `adapters.acts.registry.perform`.
    """
    asked = Request(name=name, reason=request.form.get("reason", ""), arguments=arguments)
    # In parts of its own: a reload in between closes none of them.
    with closing(context.installation().again()) as installation:
        return perform(installation, asked, context.person().login, context.authentication())


def is_of_the_form(error: GatewayError) -> bool:
    """Return True for an error that the person corrects in the form, such as a missing reason."""
    return error.scope is ErrorScope.ROW or error.code == "act.request"
