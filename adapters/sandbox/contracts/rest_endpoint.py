"""The function from request to response in front of the REST service. In this order:

 1. HTTP: POST to an operation's path, ``application/jose`` in no content coding, not larger than a message may be.
    GET serves the published contract.
 2. The verifier's own order (`adapters/crypto/message/jws.py`), from octets to claims.
 3. The partner's certificate.
 4. This nonce acted on before: ``verify.replay``. Before freshness, as in `adapters/soap/endpoint.py`.
 5. Fresh; ``aud`` is this endpoint; ``op`` is the operation of the path; the schema.
 6. The service's transaction records the message first and looks at the clock last (`request.py`).

A refusal from 2 on, and every answer, is a signed message. A refused message is kept raw in the ledger, within bounds.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.jws import MAX_JWS_BYTES, Claims, JwsVerifier, body_of, sign_jws
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.http.http_service import HttpRequest, HttpResponse, refusal
from adapters.sandbox.contracts.rest_service import HANDLERS, Body
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.judiciary_service import JudiciaryService
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.request import Request
from adapters.soap.answers import LIFETIME
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import AllOf, Covers, Facts, Fresh, IssuedBy, Rejection

JOSE: Final = "application/jose"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestEndpoint:
    """Endpoint of the service.

    ``address`` is the service's URL, ``path`` its path. ``operations`` are by their path below it; ``documents`` are
    served by GET there.
    """

    address: str
    path: str
    operations: Mapping[str, str]
    documents: Mapping[str, bytes]
    schema: MessageSchema
    verifier: JwsVerifier
    issuers: frozenset[str]
    skew: timedelta
    clock: Clock
    ledger: Ledger
    judiciary: JudiciaryService
    signer: Signer

    def serves(self, path: str) -> bool:
        """Return True if a path is below this service."""
        return path.startswith(f"{self.path}/")

    def handle(self, request: HttpRequest, fault: Fault | None = None) -> HttpResponse:
        """Answer a request, with its fault on demand."""
        path = request.path.removeprefix(self.path)
        if request.method == "GET" and path in self.documents:
            return HttpResponse(body=self.documents[path], media_type="application/json")
        if path not in self.operations:
            return refusal(404)
        if request.method != "POST":
            return refusal(405)
        if request.media_type.strip().lower() != JOSE or request.is_encoded:
            return refusal(415)
        if len(request.body) > MAX_JWS_BYTES:
            return refusal(413)
        status, wire = self._exchange(request.body, self.operations[path], fault)
        return HttpResponse(status=status, body=wire, media_type=JOSE)

    def _exchange(self, octets: bytes, operation: str, fault: Fault | None) -> tuple[int, bytes]:
        """Return the status and the signed answer or fault."""
        origin: str | None = None
        try:
            facts = self.verifier.examine(octets)
            AllOf(IssuedBy(self.issuers), Covers("Body")).check(facts)
            origin = facts.claims["MessageID"]
            if fault is Fault.BUSY:
                return 500, self._fault("busy", "try again later", origin, operation)
            request, body = self._admitted(facts, operation, fault)
            return 200, self._answer(HANDLERS[operation](self.judiciary, request, body), origin, operation)
        except Rejection as rejection:
            self._set_aside(octets, rejection)
            return 400, self._fault(rejection.code, str(rejection), origin, operation)
        except GatewayError as error:
            # Any other error is ours, and its place (a path) is not shown to others.
            return 500, self._fault(error.code, error.entry.en, origin, operation)

    def _admitted(self, facts: Facts, operation: str, fault: Fault | None) -> tuple[Request, Body]:
        """Return the request and its body. Raises `Rejection`."""
        now = self.clock()
        with self.ledger.transaction() as transaction:
            if transaction.knows(facts.replay_key):
                raise Rejection("verify.replay", where=facts.claims["MessageID"])
        Fresh(now, skew=self.skew).check(facts)
        if facts.claims.get("To") != self.address or facts.claims["Action"] != operation:
            raise Rejection("verify.addressing", where=operation, detail="aud or op")
        body = body_of(facts)
        self.schema.assert_fits(operation, body)
        return self._request(facts, operation, now, fault), body

    def _request(self, facts: Facts, operation: str, now: datetime, fault: Fault | None) -> Request:
        return Request(
            facts=facts,
            operation=operation,
            received_at=now,
            ledger=self.ledger,
            clock=self.clock,
            skew=self.skew,
            fault=fault,
        )

    def _answer(self, body: Body, origin: str | None, operation: str) -> bytes:
        claims = Claims(operation=f"{operation}Response", message_id=f"urn:uuid:{uuid.uuid4()}", relates_to=origin)
        return sign_jws(body, claims, self.signer, self.clock(), LIFETIME)

    def _fault(self, code: str, text: str, origin: str | None, operation: str) -> bytes:
        """Return a signed fault. It relates to a request only if that request was verified.

        A stranger who knows a message's id must not get a fault about it.
        """
        return self._answer({"fault": {"code": code, "text": text}}, origin, operation)

    def _set_aside(self, octets: bytes, rejection: Rejection) -> None:
        # A refusal is answered even if its copy is not kept; the next request reports a failing ledger.
        with suppress(GatewayError), self.ledger.transaction() as transaction:
            transaction.set_aside(octets, rejection, received_at=self.clock())
