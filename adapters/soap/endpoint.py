"""The WSGI application in front of a SOAP service of ours. In this order:

 1. HTTP: POST to the endpoint, the media type of the version of SOAP (so no multipart) in UTF-8 and in no content
    coding, not larger than a message may be. The size is checked before the body is read. GET serves the contract.
 2. The verifier's own order (`adapters/crypto/xml/signature_verifier.py`), from octets to the signed parts.
 3. The partner's certificate; Body, Timestamp, To, Action, MessageID covered.
 4. Acted on before: ``verify.replay``. Before freshness, since the other side may take "stale" for "not acted on".
 5. Fresh; the certificate not revoked; To is this endpoint; the Action is that of the Body's element; the schema.
 6. The service gets the element that was parsed from the verified octets, and nothing else of the request.
 7. The service's transaction records the message, so that it is acted on once whatever came between 4 and here.

A refusal from 2 on, and every answer, is a signed message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from lxml import etree

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.username_token import Credentials, KnowsPassword
from adapters.crypto.xml.partner_profile import REQUEST_PARTS
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, conforms
from adapters.soap.answers import Answerer, Origin
from gateway.judiciary.courier import SealSlice
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Covers, Facts, Fresh, IssuedBy, Rejection

StartResponse = Callable[[str, list[tuple[str, str]]], object]

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
    environ: Mapping[str, Any]
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

    def greet(self, environ: Mapping[str, Any]) -> None:
        """Check a request with a valid signature. Raises `TurnedAway`."""
        ...

    def knows(self, replay_key: str) -> bool:
        """Return True if this message was acted on."""
        ...

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        """Note a refused message. Raises nothing: the refusal is answered even if the note fails."""
        ...

    def serve(self, admitted: Admitted) -> Reply:
        """Act on a request, once. Raises `GatewayError` and `HandlerFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapEndpoint:
    """WSGI application of one SOAP service.

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

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        status, content_type, body = self._respond(environ)
        start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]

    def _respond(self, environ: Mapping[str, Any]) -> tuple[str, str, bytes]:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] == "GET":
            document = self.documents.get(f"{path}?{query}" if query else path)
            return ("200 OK", _XML, document) if document else _plain("404 Not Found")
        if path != self.path:
            return _plain("404 Not Found")
        if environ["REQUEST_METHOD"] != "POST":
            return _plain("405 Method Not Allowed")
        # The HTTP header on the encoding overrides the octets' own (RFC 7303, 3.2): it must be the same.
        soap = self.answerer.soap
        if not _READ[soap].fullmatch(environ.get("CONTENT_TYPE", "")) or environ.get("HTTP_CONTENT_ENCODING"):
            return _plain("415 Unsupported Media Type")
        status, wire = self._exchange(environ)
        return status, _ANSWERED[soap], wire

    def _exchange(self, environ: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return the status, and the signed answer or fault."""
        origin: Origin | None = None
        octets = b""
        try:
            octets = self._read(environ)
            facts, passed = self._verified(octets)
            origin = Origin(message_id=facts.claims["MessageID"], action=facts.claims["Action"])
            self.handler.greet(environ)
            reply = self.handler.serve(self._admitted(octets, facts, passed, environ))
            return "200 OK", self.answerer.answer(reply.body, origin, reply.slices)
        except TurnedAway as turned:
            return self._fault(turned.code, turned.text, origin, sender_at_fault=False)
        except GatewayError as error:
            refused = isinstance(error, Rejection)
            if isinstance(error, Rejection) and octets:
                self.handler.set_aside(octets, error, self.clock())
            # Any other error is ours, and its place (a path) is not shown to others.
            text = str(error) if refused else error.entry.en
            return self._fault(error.code, text, origin, sender_at_fault=refused)
        except HandlerFailed:
            return self._fault("internal", "this service has a defect", origin, sender_at_fault=False)

    def _fault(self, code: str, text: str, origin: Origin | None, *, sender_at_fault: bool) -> tuple[str, bytes]:
        wire = self.answerer.fault(code, text, origin, sender_at_fault=sender_at_fault)
        # SOAP 1.1 carries every fault with 500; 1.2 those of the sender with 400 (Part 2, 7.5.2.2).
        sender = sender_at_fault and self.answerer.soap == SOAP12
        return ("400 Bad Request" if sender else "500 Internal Server Error"), wire

    def _read(self, environ: Mapping[str, Any]) -> bytes:
        """Return the request's octets. Raises `Rejection`, having read nothing."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > MESSAGE_LIMITS.max_bytes:
            raise Rejection("verify.too-large", detail=f"{size} bytes")
        octets: bytes = environ["wsgi.input"].read(size)
        return octets

    def _verified(self, octets: bytes) -> tuple[Facts, list[str]]:
        """Return the facts that the partner signed, and the checks that they passed. Raises `Rejection`."""
        facts = self.verifier.examine(octets)
        return facts, AllOf(IssuedBy(self.issuers), Covers(*REQUEST_PARTS)).check(facts)

    def _admitted(self, octets: bytes, facts: Facts, passed: Sequence[str], environ: Mapping[str, Any]) -> Admitted:
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
            environ=environ,
            passed=[*passed, *now_passed],
        )

    def _action_of(self, body: etree._Element) -> str | None:
        if self.actions is None:
            return f"{self.namespace}:{etree.QName(body).localname}"
        return self.actions.get(str(body.tag))


def _plain(status: str) -> tuple[str, str, bytes]:
    return status, "text/plain; charset=utf-8", f"{status}\n".encode()
