"""The queue: what waits and for how long, as a table of ages for each destination; and the notices of one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.filters import asked
from adapters.console.work.notice_line import notice_lines
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.notice_words import STATES
from gateway.overview.queue_age import AGES, COLUMN_WORDS, COLUMNS, bounds
from gateway.people.permissions import Permission
from gateway.store.among import Among
from gateway.store.stored import Backlog

blueprint = Blueprint("queue", __name__)

_S = DeliveryState

SHOWN: Final = (_S.QUEUED, _S.SENDING, _S.PENDING, _S.IN_DOUBT, _S.DEAD_LETTER, _S.SUBMITTED)
"""States of the table: of all notices that the judiciary owes something, or that are not sent. Served ones are not
read, so the table costs as much as the queue is long."""

PAGE: Final = 50

_HEAT: Final = (0, 10, 100, 1000)
"""Numbers above which a cell is one degree darker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Number of notices of one age; ``heat`` is 0 for none, up to 4. ``address`` lists them."""

    column: str
    count: int
    heat: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Notices of one destination in one state by age."""

    line: Backlog
    cells: Sequence[Cell]
    address: str
    held_address: str


@blueprint.get("/queue")
@needs(Permission.SEE_QUEUE)
def ages() -> str:
    """Show how many notices wait in each state, by their age there."""
    backlog = context.store().tallies.backlog(now=context.now(), ages=list(AGES.values()), states=SHOWN)
    destinations = sorted({line.destination for line in backlog})
    return render_template(
        "work/queue.html",
        strips={
            destination: [_strip(line) for line in backlog if line.destination == destination]
            for destination in destinations
        },
        columns=[(name, COLUMN_WORDS[name]) for name in COLUMNS],
        states=STATES,
        now=context.now(),
    )


@blueprint.get("/queue/notices")
@needs(Permission.SEE_QUEUE)
def notices() -> str | Response:
    """Show the notices of one cell of the table, by reference; without a cell, lead to the table."""
    if asked("state") is None:
        return redirect(url_for("queue.ages"))  # type: ignore[return-value]
    state, column = _state(), asked("age")
    if column is not None and column not in COLUMNS:
        abort(404)
    since, before = (None, None) if column is None else bounds(column, context.now())
    destination, held = asked("destination"), request.args.get("held") == "1"
    among = Among(destination=destination, since=since, before=before, held=True if held else None)
    found = context.store().notices.find(state=state, limit=PAGE + 1, after=asked("after"), among=among)
    address: dict[str, Any] = {
        "state": state.value,
        "age": column,
        "destination": destination,
        "held": "1" if held else None,
    }
    shown = [each for each in found[:PAGE] if context.person().sees(each.body)]
    return render_template(
        "work/queue_notices.html",
        lines=[(line, None) for line in notice_lines(shown)],
        state=STATES[state],
        column=None if column is None else COLUMN_WORDS[column],
        held=held,
        further=url_for("queue.notices", after=found[PAGE - 1].entry.reference, **address)
        if len(found) > PAGE
        else None,
    )


def _state() -> DeliveryState:
    try:
        return DeliveryState(request.args.get("state", ""))
    except ValueError:
        abort(404)


def _strip(line: Backlog) -> Strip:
    here: dict[str, Any] = {"state": line.state.value, "destination": line.destination}
    cells = [
        Cell(
            column=column,
            count=count,
            heat=sum(count > least for least in _HEAT),
            address=url_for("queue.notices", age=column, **here),
        )
        for column, count in zip(COLUMNS, line.by_age, strict=True)
    ]
    return Strip(
        line=line,
        cells=cells,
        address=url_for("queue.notices", **here),
        held_address=url_for("queue.notices", held="1", **here),
    )
