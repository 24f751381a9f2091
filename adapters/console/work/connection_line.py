"""Endpoints and seals of bodies as lines of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from adapters.composition.overview.installation_overview import endpoint_views
from adapters.console.notices.notice_labels import body_words
from adapters.console.site import context
from gateway.judiciary.call_durations import CallSpeed, hour_of, speed_of
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.overview.endpoint_line import cause_in_words, endpoint_in_words
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import Permit
from gateway.sending.sealing_breaker import line_of

TONES: Final[Mapping[str, str]] = {
    Permit.CLOSED.value: "good",
    Permit.PROBE.value: "busy",
    Permit.OPEN.value: "bad",
    MAINTENANCE: "wait",
}
"""State of an endpoint → tone of its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLine:
    """Endpoint, or the seals of one body at it: then ``body`` is the body's title.

    ``speeds`` are those of its calls, each with the words of its period; periods without a call are left out.
    """

    name: str
    body: Words | None
    view: EndpointView
    words: Words
    tone: str
    cause: Words | None
    speeds: Sequence[tuple[Words, CallSpeed]] = ()

    @property
    def ration(self) -> int | None:
        """Used part of the rate limit in hundredths; None without a limit."""
        return None if self.view.ration_used is None else round(self.view.ration_used * 100)


_PERIODS: Final = (
    (timedelta(hours=1), Words(en="since the hour before this one", fa="از ابتدای ساعت پیش")),
    (timedelta(hours=24), Words(en="in the last 24 hours", fa="در ۲۴ ساعت گذشته")),
)


def call_speeds(destination: str) -> Iterator[tuple[Words, CallSpeed]]:
    """Yield the speed of an endpoint's calls in each period that has any, with the words of the period."""
    this = hour_of(context.now())
    longest = max(period for period, _ in _PERIODS)
    counted = [each for each in context.store().call_durations.since(this - longest) if each.destination == destination]
    for period, words in _PERIODS:
        speed = speed_of(each for each in counted if each.hour >= this - period)
        if speed.calls:
            yield words, speed


def connection_lines() -> Iterator[ConnectionLine]:
    """Yield the endpoints that the person of the request sees: seals of other bodies are left out."""
    installation, now, bodies = context.installation(), context.now(), context.visible_bodies()
    start = line_of(installation.settings.judiciary.destination, "")
    for view in endpoint_views(installation, now):
        name = view.breaker.destination
        code = name.removeprefix(start) if name.startswith(start) else None
        if (
            code is not None
            and bodies is not None
            and code not in bodies
            and not context.person().may(Permission.SEE_ENDPOINTS)
        ):
            continue
        yield ConnectionLine(
            name=name,
            body=None if code is None else body_words(code),
            view=view,
            words=endpoint_in_words(view, now),
            tone=TONES[view.state],
            cause=cause_in_words(view, on_page=True),
        )
