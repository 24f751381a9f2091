"""Views that are bound at a time: their files, verifications and previews take long."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response

from adapters.console.site import context

View = Callable[..., Any]


def heavy(view: View) -> View:
    """Bound a view: 429 for too many requests of this person, 503 for too many of all, each with Retry-After."""

    @wraps(view)
    def bounded(*arguments: Any, **named: Any) -> Response:
        with context.parts().heavy.slot(context.person().id):
            response = make_response(view(*arguments, **named))
            response.make_sequence()  # rows that are made while they are sent belong to the work
            return response

    return bounded
