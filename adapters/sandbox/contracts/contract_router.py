"""Router of the sandbox's contracts, side by side on one port, over one judiciary."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from adapters.http.http_service import HttpRequest, HttpResponse
from adapters.sandbox.contracts.rest_endpoint import RestEndpoint
from adapters.sandbox.contracts.rpc_service import OPERATIONS
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.request_handler import SandboxRequestHandler
from adapters.soap.endpoint import SoapEndpoint

_ACTION: Final = re.compile(r'action="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Service of all contracts. A request for neither of the two others goes to the SOAP endpoint."""

    rest: RestEndpoint
    rpc: SoapEndpoint | None
    soap: SoapEndpoint

    def handle(self, request: HttpRequest, fault: Fault | None = None) -> HttpResponse:
        """Answer a request, with its fault on demand."""
        if self.rest.serves(request.path):
            return self.rest.handle(request, fault)
        rpc = self.rpc if self.rpc and (request.path == self.rpc.path or request.target in self.rpc.documents) else None
        endpoint = rpc or self.soap
        if fault is not None and isinstance(endpoint.handler, SandboxRequestHandler):
            endpoint = replace(endpoint, handler=replace(endpoint.handler, fault=fault))
        return endpoint.handle(request)

    def operation(self, request: HttpRequest) -> str:
        """Return the operation of a request, as far as HTTP shows it."""
        if self.rest.serves(request.path):
            return self.rest.operations.get(request.path.removeprefix(self.rest.path), "")
        if self.rpc and request.path == self.rpc.path:
            told = _ACTION.search(request.media_type)
            return OPERATIONS.get(told[1].rpartition(":")[2], "") if told else ""
        return request.headers.get("soapaction", "").strip('"').rpartition(":")[2]
