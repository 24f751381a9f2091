"""Names of bodies, kinds and states for people, and the tone of a state's label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.console.site import context
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice_kinds import KINDS
from gateway.overview.notice_words import STATES
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words

_S = DeliveryState

TONES: Final[Mapping[DeliveryState, str]] = {
    _S.QUEUED: "busy",
    _S.SENDING: "busy",
    _S.PENDING: "busy",
    _S.SUBMITTED: "busy",
    _S.IN_DOUBT: "wait",
    _S.DELIVERED: "good",
    _S.VIEWED: "good",
    _S.OTHER_CHANNEL: "wait",
    _S.WITHDRAWN: "wait",
    _S.REJECTED: "bad",
    _S.NO_ACCOUNT: "bad",
    _S.UNDELIVERABLE: "bad",
    _S.DEAD_LETTER: "bad",
}
"""State of a notice → tone of its label."""


def state_words(state: str) -> Words:
    return STATES[DeliveryState(state)]


def state_tone(state: str) -> str:
    return TONES[DeliveryState(state)]


def body_words(code: str) -> Words:
    """Return a body's title; its code if no configuration knows it any more."""
    known = context.installation().settings.bodies.get(code)
    title = known.title if known else code
    return Words(en=title, fa=title)


def kind_words(code: str) -> Words:
    """Return a kind's title: as delivered, else as a visible body's configuration has it, else its code."""
    own = next((kinds[code] for kinds in _kinds().values() if code in kinds), code)
    return KINDS.get(code) or Words(en=own, fa=own)


def configured_kind(code: str, title: str) -> Words:
    """Return the title of a kind as its body's configuration has it; in English as delivered, if it is."""
    known = KINDS.get(code)
    return Words(en=known.en if known else title, fa=title)


def visible_titles() -> dict[str, Words]:
    """Return the titles of the bodies that the person may see, by their codes."""
    return {code: body_words(code) for code in _kinds()}


def visible_kinds() -> dict[str, Words]:
    """Return the titles of the kinds that these bodies issue, by their codes."""
    return {code: kind_words(code) for kinds in _kinds().values() for code in kinds}


def _kinds() -> Mapping[str, Mapping[str, str]]:
    """Return the kinds of each body that the person may see."""
    bodies = context.installation().settings.bodies
    person = context.person()
    return {code: body.kinds for code, body in bodies.items() if person.may(Permission.SEE_NOTICES, code)}
