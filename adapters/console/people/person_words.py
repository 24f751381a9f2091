"""Words on people: how their account stands, their bodies' titles, and the roles that a form names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request

from adapters.console.language.languages import _
from adapters.console.site import context
from gateway.store.ports.people_store import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingWords:
    """State of an account as a small label, its tone, and a time that belongs to it."""

    label: str
    tone: str
    until: datetime | None = None


def standing_words(standing: Standing, now: datetime) -> StandingWords:
    """Return how a person's account stands."""
    if not standing.person.active:
        return StandingWords(label=_("Deactivated"), tone="wait")
    if standing.enrolled:
        return StandingWords(label=_("Active"), tone="good")
    if standing.invited_until is not None and now < standing.invited_until:
        return StandingWords(label=_("Invited until"), tone="busy", until=standing.invited_until)
    return StandingWords(label=_("Invitation has ended"), tone="bad", until=standing.invited_until)


def body_titles() -> dict[str, str]:
    """Return the titles of all bodies by code."""
    return {code: body.title for code, body in context.installation().settings.bodies.items()}


def roles_in_form() -> list[str]:
    """Return the roles that a form names. An unknown one is left to the act, which refuses it."""
    return request.form.getlist("role")
