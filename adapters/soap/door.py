"""The WSGI application in front of a SOAP service of ours. In this order:

 1. HTTP: POST to the endpoint, ``text/xml`` (so no multipart) in UTF-8 and in no content coding, not larger than a
    message may be, which is asked before it is read; GET serves the published contract.
 2. The verifier's own order (`adapters/crypto/verifier.py`), from octets to what the signature covers.
 3. The partner's certificate; Body, Timestamp, To, Action, MessageID covered.
 4. Acted on before: ``verify.replay``. Before freshness, since the other side may take "stale" for "not acted on".
 5. Fresh; To is this endpoint; the Action is that of the Body's element; the schema.
 6. The service sees the element that was parsed from the verified octets, and nothing else of the request.
 7. The service's transaction records the message, so that it is acted on once whatever came between 4 and here.

Whatever is refused from 2 on, and whatever is answered, is a signed message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from lxml import etree

from adapters.crypto.message import MessageVerifier, payload
from adapters.crypto.profile import REQUEST_PARTS
from adapters.crypto.username_token import Credentials, KnowsPassword
from adapters.crypto.xml import MESSAGE_LIMITS, conforms
from adapters.soap.answers import Answerer, Origin
from adapters.soap.bridge import HandlerFailed
from gateway.clock import Clock
from gateway.courier import SealSlice
from gateway.errors import GatewayError
from gateway.trust import AllOf, Covers, Facts, Fresh, IssuedBy, Rejection

StartResponse = Callable[[str, list[tuple[str, str]]], object]

_XML = "text/xml; charset=utf-8"
_PLAIN_XML = re.compile(r"""[ \t]*text/xml[ \t]*(;[ \t]*(charset=("utf-8"|utf-8)[ \t]*)?)?""", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A verified request: the ``body`` was parsed from signed octets, and the schema holds for it."""

    facts: Facts
    operation: str
    body: etree._Element
    received_at: datetime
    environ: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer's payload; ``slices`` are the sealed octets that stand in the place of its slots."""

    body: etree._Element
    slices: Sequence[SealSlice] = ()


class TurnedAway(Exception):
    """A request that was verified and is not acted on, by no fault of its sender."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class Desk(Protocol):
    """What stands behind a door."""

    def greet(self, environ: Mapping[str, Any]) -> None:
        """Look at a request whose signature is right. Raises `TurnedAway`."""
        ...

    def knows(self, replay_key: str) -> bool:
        """Whether this message was acted on."""
        ...

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        """Note what was read and refused. Raises nothing: the refusal is answered whatever becomes of the note."""
        ...

    def serve(self, admitted: Admitted) -> Reply:
        """Act on a request, once. Raises `GatewayError` and `HandlerFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """``address`` is the endpoint's URL, ``path`` its path; ``documents`` are what GET serves, by path and query;
    ``namespace`` is the contract's; ``credentials`` are what the sender's username token is made with, where
    ``verifier`` expects one."""

    address: str
    path: str
    documents: Mapping[str, bytes]
    namespace: str
    schema: etree.XMLSchema
    verifier: MessageVerifier
    issuers: frozenset[str]
    skew: timedelta
    clock: Clock
    desk: Desk
    answerer: Answerer
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
        # HTTP's word on how octets are read goes before their own (RFC 7303, 3.2): it must be the same.
        if not _PLAIN_XML.fullmatch(environ.get("CONTENT_TYPE", "")) or environ.get("HTTP_CONTENT_ENCODING"):
            return _plain("415 Unsupported Media Type")
        succeeded, wire = self._exchange(environ)
        return ("200 OK" if succeeded else "500 Internal Server Error"), _XML, wire

    def _exchange(self, environ: Mapping[str, Any]) -> tuple[bool, bytes]:
        """Return whether the request was served, and the signed answer or fault."""
        origin: Origin | None = None
        octets = b""
        try:
            octets = self._read(environ)
            facts = self._verified(octets)
            origin = Origin(message_id=facts.claims["MessageID"], action=facts.claims["Action"])
            self.desk.greet(environ)
            reply = self.desk.serve(self._admitted(facts, environ))
            return True, self.answerer.answer(reply.body, origin, reply.slices)
        except TurnedAway as turned:
            return False, self.answerer.fault(turned.code, turned.text, origin, sender_at_fault=False)
        except GatewayError as error:
            refused = isinstance(error, Rejection)
            if isinstance(error, Rejection) and octets:
                self.desk.set_aside(octets, error, self.clock())
            # What else went wrong is ours, and its place (a path) nobody else's business.
            text = str(error) if refused else error.entry.en
            return False, self.answerer.fault(error.code, text, origin, sender_at_fault=refused)
        except HandlerFailed:
            return False, self.answerer.fault("internal", "this service has a defect", origin, sender_at_fault=False)

    def _read(self, environ: Mapping[str, Any]) -> bytes:
        """Return the request's octets. Raises `Rejection`, having read nothing."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > MESSAGE_LIMITS.max_bytes:
            raise Rejection("verify.too-large", detail=f"{size} bytes")
        octets: bytes = environ["wsgi.input"].read(size)
        return octets

    def _verified(self, octets: bytes) -> Facts:
        """Return what the partner signed. Raises `Rejection`."""
        facts = self.verifier.examine(octets)
        AllOf(IssuedBy(self.issuers), Covers(*REQUEST_PARTS)).check(facts)
        return facts

    def _admitted(self, facts: Facts, environ: Mapping[str, Any]) -> Admitted:
        """Return what may be acted on. Raises `Rejection`."""
        now = self.clock()
        if self.desk.knows(facts.replay_key):
            raise Rejection("verify.replay", where=facts.claims["MessageID"])
        Fresh(now, skew=self.skew).check(facts)
        if self.credentials is not None:
            KnowsPassword(credentials=self.credentials, now=now, skew=self.skew).check(facts)
        body = payload(facts)
        operation = etree.QName(body).localname
        if facts.claims["To"] != self.address or facts.claims["Action"] != f"{self.namespace}:{operation}":
            raise Rejection("verify.addressing", where=operation, detail="To or Action")
        conforms(self.schema, body)
        return Admitted(facts=facts, operation=operation, body=body, received_at=now, environ=environ)


def _plain(status: str) -> tuple[str, str, bytes]:
    return status, "text/plain; charset=utf-8", f"{status}\n".encode()
