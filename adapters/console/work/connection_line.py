"""Endpoints and seals of bodies as lines of a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.console.notices.notice_labels import body_words
from adapters.console.site import context
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
    """Endpoint, or the seals of one body at it: then ``body`` is the body's title."""

    name: str
    body: Words | None
    view: EndpointView
    words: Words
    tone: str
    cause: Words | None

    @property
    def ration(self) -> int | None:
        """Used part of the rate limit in hundredths; None without a limit."""
        return None if self.view.ration_used is None else round(self.view.ration_used * 100)


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
