"""The function from request to response in front of a SOAP service of ours, free of any server. In this order:

 1. HTTP: POST to the endpoint, the media type of the version of SOAP (so no multipart) in UTF-8 and in no content
    coding. GET serves the contract.
 2. The verifier's own order (`adapters/crypto/xml/signature_verifier.py`), from size and octets to the signed parts.
 3. The partner's certificate; Body, Timestamp, To, Action, MessageID covered.
 4. Acted on before: ``verify.replay``. Before freshness, since the other side may take "stale" for "not acted on".
 5. Fresh; the certificate not revoked; To is this endpoint; the Action is that of the Body's element; the schema.
 6. The service gets the element that was parsed from the verified octets, and nothing else of the request.
 7. The service's transaction records the message, so that it is acted on once whatever came between 4 and here.

A refusal from 2 on, and every answer, is a signed message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from lxml import etree

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.username_token import KnowsPassword
from adapters.crypto.xml.partner_profile import REQUEST_PARTS
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, conforms
from adapters.http.http_service import HttpRequest, HttpResponse, HttpService, refusal
from adapters.soap.answers import Answerer, Origin
from gateway.judiciary.courier import SealSlice
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, Facts, Fresh, IssuedBy, Rejection

_XML: Final = "text/xml; charset=utf-8"
_ANSWERED: Final = {SOAP: _XML, SOAP12: "application/soap+xml; charset=utf-8"}
_READ: Final = {
    SOAP: re.compile(r"""[ \t]*text/xml[ \t]*(;[ \t]*(charset=("utf-8"|utf-8)[ \t]*)?)?""", re.IGNORECASE | re.ASCII),
    # The action is a hint that nobody signed (RFC 3902, 3.2): it may be present, but the message's own counts.
    SOAP12: re.compile(
        r"""[ \t]*application/soap\+xml[ \t]*(;[ \t]*((charset=("utf-8"|utf-8)|action="[!#-\[\]-~]*")[ \t]*)?)*""",
        re.IGNORECASE | re.ASCII,
    ),
}
"""Media types of a version, by which it is recognized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Verified request: the ``body`` was parsed from signed ``octets``, and the schema holds for it.

    ``passed`` are the checks that it passed.
    """

    octets: bytes = field(repr=False)
    facts: Facts
    operation: str
    body: etree._Element
    received_at: datetime
    passed: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Payload of an answer; ``slices`` are the sealed octets that replace its slots."""

    body: etree._Element
    slices: Sequence[SealSlice] = ()


class HandlerFailed(Exception):
    """An operation failed by a defect of ours, which has been logged."""

    literal_name = "HandlerFailed"


class TurnedAway(Exception):
    """A verified request is not acted on, by no fault of its sender."""

    literal_name = "TurnedAway"

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class RequestHandler(Protocol):
    """Handler of an endpoint's requests."""

    def knows(self, replay_key: str) -> bool:
        """Return True if this message, whose signature is valid, was acted on. Raises `TurnedAway`."""
        ...

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        """Note a refused message. Raises nothing: the refusal is answered even if the note fails."""
        ...

    def serve(self, admitted: Admitted) -> Reply:
        """Act on a request, once. Raises `GatewayError` and `HandlerFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapEndpoint(HttpService):
    """Endpoint of one SOAP service.

    ``address`` is the endpoint's URL, ``path`` its path. GET serves ``documents``, by path and query. ``actions`` has
    the Action of each element, ``{namespace}Name``, that a Body may hold; by default it is the element's name behind
    the contract's ``namespace``. The version of SOAP is the ``answerer``'s. ``credentials`` are those of the sender's
    username token, if ``verifier`` expects one.
    """

    address: str
    path: str
    documents: Mapping[str, bytes]
    namespace: str
    schema: etree.XMLSchema
    verifier: MessageVerifier
    issuers: frozenset[str]
    skew: timedelta
    clock: Clock
    handler: RequestHandler
    answerer: Answerer
    actions: Mapping[str, str] | None = None
    revocations: Revocations = UNASKED
    credentials: Credentials | None = None

    def handle(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            document = self.documents.get(request.target)
            return HttpResponse(body=document, media_type=_XML) if document else refusal(404)
        if request.path != self.path:
            return refusal(404)
        if request.method != "POST":
            return refusal(405)
        # The HTTP header on the encoding overrides the octets' own (RFC 7303, 3.2): it must be the same.
        if not _READ[self.answerer.soap].fullmatch(request.media_type) or request.is_encoded:
            return refusal(415)
        status, wire = self._exchange(request.body)
        return HttpResponse(status=status, body=wire, media_type=_ANSWERED[self.answerer.soap])

    def _exchange(self, octets: bytes) -> tuple[int, bytes]:
        """Return the status, and the signed answer or fault."""
        origin: Origin | None = None
        try:
            facts, passed = self._verified(octets)
            origin = Origin(message_id=facts.claims["MessageID"], action=facts.claims["Action"])
            reply = self.handler.serve(self._admitted(octets, facts, passed))
            return 200, self.answerer.answer(reply.body, origin, reply.slices)
        except TurnedAway as turned:
            return self._fault(turned.code, turned.text, origin, sender_at_fault=False)
        except GatewayError as error:
            refused = isinstance(error, Rejection)
            if isinstance(error, Rejection) and 0 < len(octets) <= MESSAGE_LIMITS.max_bytes:
                self.handler.set_aside(octets, error, self.clock())
            # Any other error is ours, and its place (a path) is not shown to others.
            text = str(error) if refused else error.entry.en
            return self._fault(error.code, text, origin, sender_at_fault=refused)
        except HandlerFailed:
            return self._fault("internal", "this service has a defect", origin, sender_at_fault=False)

    def _fault(self, code: str, text: str, origin: Origin | None, *, sender_at_fault: bool) -> tuple[int, bytes]:
        wire = self.answerer.fault(code, text, origin, sender_at_fault=sender_at_fault)
        # SOAP 1.1 carries every fault with 500; 1.2 those of the sender with 400 (Part 2, 7.5.2.2).
        return (400 if sender_at_fault and self.answerer.soap == SOAP12 else 500), wire

    def _verified(self, octets: bytes) -> tuple[Facts, list[str]]:
        """Return the facts that the partner signed, and the checks that they passed. Raises `Rejection`."""
        facts = self.verifier.examine(octets)
        return facts, AllOf(IssuedBy(self.issuers), Covers(*REQUEST_PARTS)).check(facts)

    def _admitted(self, octets: bytes, facts: Facts, passed: Sequence[str]) -> Admitted:
        """Return the request to act on. Raises `Rejection`."""
        now = self.clock()
        if self.handler.knows(facts.replay_key):
            raise Rejection("verify.replay", where=facts.claims["MessageID"])
        now_passed = AllOf(Fresh(now, skew=self.skew), self.revocations.now(now)).check(facts)
        if self.credentials is not None:
            now_passed += KnowsPassword(credentials=self.credentials, now=now, skew=self.skew).check(facts)
        body = payload(facts)
        operation = etree.QName(body).localname
        if facts.claims["To"] != self.address or facts.claims["Action"] != self._action_of(body):
            raise Rejection("verify.addressing", where=operation, detail="To or Action")
        conforms(self.schema, body)
        return Admitted(
            octets=octets,
            facts=facts,
            operation=operation,
            body=body,
            received_at=now,
            passed=[*passed, *now_passed],
        )

    def _action_of(self, body: etree._Element) -> str | None:
        if self.actions is None:
            return f"{self.namespace}:{etree.QName(body).localname}"
        return self.actions.get(str(body.tag))
