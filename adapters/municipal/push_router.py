"""Router of the municipal listener: rows pushed by REST or by SOAP, and readings of other bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.http.http_service import HttpRequest, HttpResponse, HttpService, refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRouter(HttpService):
    """Service of all pushed sources and of data sharing. ``endpoints`` are by path."""

    rest: HttpService
    endpoints: Mapping[str, HttpService]
    sharing: HttpService | None = None

    def handle(self, request: HttpRequest) -> HttpResponse:
        endpoint = self._endpoint(request.path)
        return refusal(404) if endpoint is None else endpoint.handle(request)

    def before_body(self, head: HttpRequest) -> HttpResponse | None:
        """Return a refusal that the head alone decides. A message of SOAP is judged by its signature."""
        endpoint = self._endpoint(head.path)
        return refusal(404) if endpoint is None else endpoint.before_body(head)

    def _endpoint(self, path: str) -> HttpService | None:
        if path.startswith("/rest/"):
            return self.rest
        if path.startswith("/sharing/"):
            return self.sharing
        if path == "/soap/messages-1.xsd":
            return next(iter(self.endpoints.values()), None)
        return self.endpoints.get(path)
