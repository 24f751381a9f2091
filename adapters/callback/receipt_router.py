"""Router of receipts to the endpoint of the judiciary's profile in force when a message arrives."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from adapters.http.http_service import HttpRequest, HttpResponse, HttpService, refusal


class CallbackRouter(HttpService):
    """Service of pushed receipts. ``present`` returns the endpoint in force, or None if the judiciary pushes no
    receipts under the profile in force.
    """

    def __init__(self, present: Callable[[], HttpService | None]) -> None:
        self._present, self._lock = present, Lock()

    def handle(self, request: HttpRequest) -> HttpResponse:
        with self._lock:  # a profile is compiled once
            endpoint = self._present()
        return refusal(404) if endpoint is None else endpoint.handle(request)
