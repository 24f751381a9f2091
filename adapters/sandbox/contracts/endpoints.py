"""Router of the sandbox's contracts, side by side on one port, over one judiciary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.sandbox.contracts.rest_endpoint import RestEndpoint
from adapters.sandbox.contracts.rpc_service import OPERATIONS
from adapters.soap.endpoint import SoapEndpoint, StartResponse

_ACTION: Final = re.compile(r'action="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Endpoints:
    """WSGI application of all contracts. A request for neither of the two others goes to the SOAP endpoint."""

    rest: RestEndpoint
    rpc: SoapEndpoint | None
    soap: SoapEndpoint

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if self.rest.serves(path):
            return self.rest(environ, start_response)
        whole = f"{path}?{query}" if query else path
        rpc = self.rpc if self.rpc and (path == self.rpc.path or whole in self.rpc.documents) else None
        return (rpc or self.soap)(environ, start_response)

    def operation(self, path: str, headers: Mapping[str, str]) -> str:
        """Return the operation of a request, as far as HTTP shows it. ``headers`` are by names in small letters."""
        if self.rest.serves(path):
            return self.rest.operations.get(path.removeprefix(self.rest.path), "")
        if self.rpc and path == self.rpc.path:
            told = _ACTION.search(headers.get("content-type", ""))
            return OPERATIONS.get(told[1].rpartition(":")[2], "") if told else ""
        return headers.get("soapaction", "").strip('"').rpartition(":")[2]
