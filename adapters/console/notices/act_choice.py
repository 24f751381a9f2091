"""Acts on one notice as its page offers them to the person of the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, request

from adapters.acts.upkeep_facts import text_of_act
from adapters.console.site import context
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.overview.doubts.doubt_kind import is_undecided
from gateway.overview.notices.possible_act import NoticeAct, PossibleAct, held_by, possible_acts
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.waiting_receipt import disputed


@dataclass(frozen=True, slots=True, kw_only=True)
class ActChoice:
    """Choice of an act. ``chosen`` and ``reason`` are what the person sent last, with the ``error`` that it met.

    ``in_doubt`` is True if a person can decide the notice's doubt, on a page of its own; ``undecided`` if one must.
    """

    possible: Sequence[PossibleAct]
    impossible: Sequence[PossibleAct]
    in_doubt: bool
    undecided: bool
    chosen: str = ""
    reason: str = ""
    error: GatewayError | None = None


def act_choice(entry: OutboxEntry, error: GatewayError | None = None) -> ActChoice:
    """Return the acts on a notice as it is now."""
    acts = _acts(entry)
    return ActChoice(
        possible=[each for each in acts if each.refusal is None],
        impossible=[each for each in acts if each.refusal is not None],
        in_doubt=entry.state is DeliveryState.IN_DOUBT,
        undecided=is_undecided(entry),
        chosen=request.form.get("act", ""),
        reason=request.form.get("reason", ""),
        error=error,
    )


def chosen_act(entry: OutboxEntry) -> PossibleAct:
    """Return the act in the form. Raises `GatewayError` ``act.none`` if none was chosen; 404 for an unknown one."""
    name = request.form.get("act", "")
    if not name:
        raise GatewayError("act.none")
    if name not in list(NoticeAct):
        abort(404)
    return next(each for each in _acts(entry) if each.act == name)


def seen_in_form() -> dict[str, int | bool | str | None] | None:
    """Return the notice as the person saw it on the page of the form, for the argument ``seen``; None if unsaid."""
    seq, held = request.form.get("seq", ""), request.form.get("held", "")
    if not (seq.isascii() and seq.isdecimal() and len(seq) < 10):
        return None
    return {"seq": int(seq), "held": held == "1", "held_by": request.form.get("hold") or None}


def hold_in_words(entry: OutboxEntry) -> list[Words]:
    """Return the act by which a person holds a notice; none if it is not known, or its text cannot be read."""
    told = {} if entry.held_by is None else text_of_act(context.store().evidence, entry.held_by)
    if not told:
        return []
    return [held_by(parse_timestamp(told["at"]), told["account"], told["reason"])]


def is_unasked(entry: OutboxEntry) -> bool:
    """Return True if a recovery forgot the notice: then nobody decides before an inquiry."""
    return any(recovery.forgot(entry) for recovery in context.store().recovery.all())


def _acts(entry: OutboxEntry) -> list[PossibleAct]:
    signed = bool(disputed(context.store().quarantine, [entry.reference]))
    return possible_acts(entry, context.now(), unasked=is_unasked(entry), disputed=signed)
