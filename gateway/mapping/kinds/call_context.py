"""Namespaces of a call, beside the document of a mapping: ``$call``, ``$config``, ``$session`` and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from gateway.mapping.model.paths import ANSWER, CALL, CONFIG, REQUEST, SESSION
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.clock import TEHRAN

Context = Mapping[str, Group]
"""Namespaces of a kind, by name."""

CONFIG_NAME: Final = r"[A-Za-z][A-Za-z0-9_]*"
"""Form of a configured value's name."""

_OF_CALL = Group(
    members={
        "id": Leaf(required=True, note="a UUID, new for each call: that of the message's id, without urn:uuid:"),
        "now": Leaf(type=Type.TIME, required=True, note="when the message is made"),
        "today": Leaf(type=Type.DATE, required=True, note="the day of that time in Tehran"),
    }
)
_OF_SESSION = Group(
    members={"token": Leaf(required=True, note='that of the login; under `[session] kind = "login"` alone')}
)
_CALL_ID = Leaf(required=True, note="`$call.id` of the request")
_REFERENCE = Leaf(note="of the only notice that the request was about; nothing, if it was about several")
_NUMBER = Leaf(note="of that notice, where it is known")
_OF_ANSWER = Group(
    members={"status": Leaf(type=Type.INTEGER, required=True, note="HTTP status; under rest-json alone")}
)
_CONFIGURED = Leaf(required=True, note="the text NAME of [judiciary.values] of the configuration")
_ANY_VALUE = Group(is_open=True, others=_CONFIGURED)

_ANSWERED: Context = {CONFIG: _ANY_VALUE, ANSWER: _OF_ANSWER}

CONFIGURED: Final[Context] = {CONFIG: _ANY_VALUE}
"""Namespaces of an answer that we give."""

OF_LOGIN: Final[Context] = {CALL: _OF_CALL, CONFIG: _ANY_VALUE}
"""Namespaces of a login, which has no session yet."""

OF_REQUEST: Final[Context] = {**OF_LOGIN, SESSION: _OF_SESSION}
"""Namespaces of a request."""

OF_ANSWER: Final[Context] = {REQUEST: Group(members={"call_id": _CALL_ID}), **_ANSWERED}
"""Namespaces of an answer to a request that is about no notice."""

OF_ANSWER_ABOUT: Final[Context] = {
    REQUEST: Group(members={"call_id": _CALL_ID, "reference": _REFERENCE}),
    **_ANSWERED,
}
"""Namespaces of an answer to a request about notices by our references."""

OF_ANSWER_TO_POLL: Final[Context] = {
    REQUEST: Group(members={"call_id": _CALL_ID, "reference": _REFERENCE, "tracking_number": _NUMBER}),
    **_ANSWERED,
}
"""Namespaces of an answer to a request about notices by our references and the judiciary's numbers."""


def context_under(
    context: Context, names: Iterable[str] | None, *, has_status: bool = True, has_session: bool = True
) -> Context:
    """Return the namespaces of a kind with a configuration's values, or with any if ``names`` is None.

    Without ``has_status`` the HTTP status of an answer says nothing under this protocol. Without ``has_session`` no
    login gives a token.
    """
    left_out = {name for name, is_there in ((ANSWER, has_status), (SESSION, has_session)) if not is_there}
    found = {name: group for name, group in context.items() if name not in left_out}
    if names is not None and CONFIG in found:
        found[CONFIG] = Group(members=dict.fromkeys(names, _CONFIGURED))
    return found


def request_tree(call_id: str, now: datetime, values: Mapping[str, str], token: str | None = None) -> dict[str, Any]:
    """Return the namespaces of a request; ``call_id`` is the UUID alone, ``token`` that of the session."""
    of_call = {CALL: {"id": call_id, "now": now, "today": now.astimezone(TEHRAN).date()}, **config_tree(values)}
    return of_call if token is None else {**of_call, SESSION: {"token": token}}


def answer_tree(
    call_id: str,
    values: Mapping[str, str],
    *,
    reference: str | None = None,
    tracking_number: str | None = None,
    status: int | None = None,
) -> dict[str, Any]:
    """Return the namespaces of an answer: of the request's call and its only notice, and the HTTP status."""
    request = {"call_id": call_id, "reference": reference, "tracking_number": tracking_number}
    return {REQUEST: request, ANSWER: {"status": status}, **config_tree(values)}


def config_tree(values: Mapping[str, str]) -> dict[str, Any]:
    return {CONFIG: values}
