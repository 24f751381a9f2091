"""Views that are bound at a time: their files, verifications and previews take long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from flask import Response, make_response

from adapters.console.site import context
from adapters.console.site.heavy_requests import Slot

View = Callable[..., Any]


def heavy(view: View) -> View:
    """Bound a view: 429 for too many requests of this person, 503 for too many of all, each with Retry-After."""

    @wraps(view)
    def bounded(*arguments: Any, **named: Any) -> Response:
        slot = context.parts().heavy.take(context.person().id)
        try:
            response = make_response(view(*arguments, **named))
        except BaseException:
            slot.give_back()
            raise
        if response.is_streamed:  # its rows are made while it is sent
            response.response = _until_sent(response.iter_encoded(), slot)
            response.call_on_close(slot.give_back)
        else:
            slot.give_back()
        return response

    return bounded


def _until_sent(parts: Iterable[bytes], slot: Slot) -> Iterator[bytes]:
    try:
        yield from parts
    finally:
        slot.give_back()
