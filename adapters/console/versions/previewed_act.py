"""Preview of an act on versions, and the act itself once its person has confirmed it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import request

from adapters.acts import registry
from adapters.acts.act_message import Facts, Request
from adapters.console.site import context
from gateway.operations.operator_action import BY_CONSOLE, Confirmation
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.stored import Changes
from gateway.store.version import Activation
from gateway.store.version_state import MappingEvent
from gateway.versions.succession import in_force, planned

CONFIRMATION: Final = "confirmation"
SHOWN: Final = "shown"
_ID: Final = re.compile(r"[0-9a-f]{32}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDecision:
    """Version that comes into force for a place: ``now`` is the label of the one in force there, None for the file.

    ``begins_at`` is None for at once. ``dropped`` are planned decisions that will not begin.
    """

    place: str
    now: str | None
    label: str
    begins_at: datetime | None
    dropped: Sequence[Activation]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedAct:
    """Act as a page shows it before it is confirmed: its exact record, and what comes into force where."""

    record: str
    confirmation: Confirmation
    decisions: Sequence[ShownDecision]
    events: Sequence[MappingEvent]
    label: str


def previewed(name: str, /, **arguments: Any) -> PreviewedAct | None:
    """Return an act as it would be recorded now, for the reason in the form; None if it would change nothing.

    Raises `GatewayError` as `adapters.acts.registry.preview`.
    """
    with closing(context.installation().again()) as installation:
        found = registry.preview(installation, _asked(name, arguments), context.person().login, BY_CONSOLE)
    if found is None:
        return None
    return PreviewedAct(
        record=found.octets.decode(),
        confirmation=found.confirmation,
        decisions=[_decision(each) for each in found.changes.mappings.activations],
        events=[each.event for each in found.changes.mappings.steps],
        label=_label(found.changes),
    )


def confirmation_in_form() -> Confirmation | None:
    """Return the confirmation that the form brings back; None if the act is to be previewed."""
    id, shown = request.form.get(CONFIRMATION, ""), request.form.get(SHOWN, "")
    return Confirmation(id=id, shown=shown) if _ID.fullmatch(id) and _DIGEST.fullmatch(shown) else None


def confirmed(confirmation: Confirmation, name: str, /, **arguments: Any) -> Facts:
    """Do a confirmed act once, however often it is sent. Raises `GatewayError` as `adapters.acts.registry.perform`."""
    with closing(context.installation().again()) as installation:
        asked = _asked(name, arguments)
        return registry.perform(installation, asked, context.person().login, BY_CONSOLE, confirmation)


def is_shown_in_form(error: GatewayError) -> bool:
    """Return True for an error that the person reads beside the form: every one but a store that cannot be used."""
    return error.scope is not ErrorScope.SYSTEM


def _asked(name: str, arguments: dict[str, Any]) -> Request:
    return Request(name=name, reason=request.form.get("reason", ""), arguments=arguments)


def _label(changes: Changes) -> str:
    return changes.mappings.steps[-1].after.label


def _decision(each: Activation) -> ShownDecision:
    decided = context.store().versions.activations(each.source, each.subject)
    present, at = in_force(decided, each.decided_at), each.decided_at
    return ShownDecision(
        place=each.source,
        now=None if present is None else present.label,
        label=each.label,
        begins_at=None if each.begins_at <= at else each.begins_at,
        dropped=[later for later in planned(decided, at) if later.begins_at >= each.begins_at],
    )
