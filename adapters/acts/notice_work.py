"""Acts of work on one notice: claim, release, hand over, comment. Each is of a person of the console.

At the console that is who signed in; at the service's socket, the person to whom the account is linked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.settings.values import Section
from gateway.operations import notice_work
from gateway.operations.operator_action import OperatorAction, is_by_console
from gateway.people.person import Person, login_of
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

Login = Annotated[str, Field(min_length=1, max_length=100)]


class OneNotice(Section):
    reference: str = Field(min_length=1, max_length=100)


class HandOver(OneNotice):
    """Notice, and the login ``to`` whose person it goes."""

    to: Login


def claim(installation: Installation, act: OperatorAction, asked: OneNotice) -> Facts:
    store, origin = installation.store(), installation.settings.gateway.name
    changed = notice_work.claim(store, asked.reference, _actor(installation, act), act, origin)
    return _facts(installation, asked, changed=changed)


def unclaim(installation: Installation, act: OperatorAction, asked: OneNotice) -> Facts:
    store, origin = installation.store(), installation.settings.gateway.name
    changed = notice_work.unclaim(store, asked.reference, _actor(installation, act), act, origin)
    return _facts(installation, asked, changed=changed)


def hand_over(installation: Installation, act: OperatorAction, asked: HandOver) -> Facts:
    store, origin = installation.store(), installation.settings.gateway.name
    to = store.people.by_login(login_of(asked.to))
    changed = notice_work.hand_over(store, asked.reference, _actor(installation, act), to, act, origin)
    return _facts(installation, asked, changed=changed)


def comment(installation: Installation, act: OperatorAction, asked: OneNotice) -> Facts:
    """Record a comment, whose text is the reason of the act."""
    store, origin = installation.store(), installation.settings.gateway.name
    notice_work.comment(store, asked.reference, _actor(installation, act), act, origin)
    return _facts(installation, asked, changed=True)


def _actor(installation: Installation, act: OperatorAction) -> Person:
    """Return the person of an act. Raises `GatewayError` ``claim.no-person`` for an account that is nobody's."""
    people = installation.store().people
    if is_by_console(act.authentication):
        found = people.by_login(act.account)
    else:
        link = people.link(act.account)
        found = None if link is None else people.get(link.person)
    if found is None:
        raise GatewayError("claim.no-person")
    return found


def _facts(installation: Installation, asked: OneNotice, *, changed: bool) -> Facts:
    present = installation.store().claims.standing(asked.reference).claim
    return {
        "reference": asked.reference,
        "changed": changed,
        "claimed_by": None if present is None else present.person,
    }
