"""The wire over SOAP 1.1 or 1.2: messages signed with WS-Security, or unsigned where the contract has it so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from adapters.crypto.keys.certificate import assert_valid_now
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.multipart import content_type, is_package
from adapters.crypto.message.plain_soap import plain_message, unsigned_payload
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, Slice, TextSlice, sign_message
from adapters.crypto.xml.partner_profile import ANSWER_PARTS
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel
from adapters.judiciary.wire import NO_HEADERS, Echo, SignedRequest
from gateway.judiciary.courier import SealSlice
from gateway.notice.large_octets import Octets, pieces_of
from gateway.trust.trust_policy import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """WS-Addressing Actions of a request and of its answer; a fault may have one of ``faults`` instead."""

    request: str
    answer: str
    faults: frozenset[str] = frozenset()


Headers = Callable[[str, str, datetime, str | None], Sequence[etree._Element]]
"""Function from operation, message id, time and the session's token to the header blocks of a request."""


def _no_headers(*_: object) -> Sequence[etree._Element]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """Form of requests. The default is that of our own contracts: everything is signed, with address and lifetime.

    Without ``signed`` there is no WS-Security at all. With ``body_alone`` nothing but the Body is signed.
    """

    signed: bool = True
    addressing: bool = True
    timestamp: bool = True
    body_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapWire:
    """Wire (`adapters.judiciary.wire.SignedWire`, `PlainWire`) over SOAP.

    ``endpoint`` is the address in requests, ``soap`` the namespace of the version, ``actions`` returns those of an
    operation. ``headers`` makes further header blocks of a request. With ``credentials``, a username token stands
    beside each request's signature. With ``attaches``, the seals of a submission are attachments; otherwise each fills
    its slot. ``echo`` is the place of the request's id in answers.
    """

    endpoint: str
    channel: Channel
    signer: Signer
    verifier: MessageVerifier
    lifetime: timedelta
    actions: Callable[[str], Actions]
    soap: str = SOAP
    form: RequestForm = RequestForm()
    headers: Headers = _no_headers
    credentials: Credentials | None = None
    attaches: bool = False
    echo: Echo[etree._Element] | None = None

    @property
    def coverage(self) -> Sequence[str]:
        return ANSWER_PARTS if self.echo is None else ("Body",)

    @property
    def statuses(self) -> frozenset[int]:
        # SOAP 1.1 carries faults with 500; 1.2 those of the sender with 400 (Part 2, 7.4.2).
        return frozenset({200, 400, 500} if self.soap == SOAP12 else {200, 500})

    def assert_ready(self, now: datetime) -> None:
        if self.form.signed:
            assert_valid_now(self.signer.certificate, now)
        self.channel.assert_ready(now)

    def sign(
        self,
        operation: str,
        message_id: str,
        content: etree._Element,
        now: datetime,
        slices: Sequence[Slice] = (),
        token: str | None = None,
    ) -> SignedRequest:
        form, headers = self.form, self.headers(operation, message_id, now, token)
        texts = [each for each in slices if isinstance(each, TextSlice)]
        if not form.signed:
            made = plain_message(content, headers, soap=self.soap, texts=texts)
            return SignedRequest(wire=made.wire, frame=made.frame, signed=False)
        addressing = Addressing(to=self.endpoint, action=self.actions(operation).request, message_id=message_id)
        username_token = self.credentials.token(now) if self.credentials else None
        beside = [each for each in slices if isinstance(each, SealSlice)] if self.attaches else []
        inside = texts if self.attaches else slices
        made = sign_message(
            content,
            addressing if form.addressing else None,
            self.signer,
            now,
            self.lifetime if form.timestamp else None,
            inside,
            soap=self.soap,
            token=username_token,
            attached=beside,
            headers=headers,
            body_alone=form.body_alone,
        )
        return SignedRequest(wire=made.wire, frame=made.frame)

    def send(self, wire: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        action, start = self.actions(operation).request, next(iter(pieces_of(wire)))
        if is_package(start):
            media_type = content_type(start, self.soap, action)
        elif self.soap == SOAP12:
            media_type = f'application/soap+xml; charset=utf-8; action="{action}"'
        else:
            media_type = "text/xml; charset=utf-8"
        told = {} if self.soap == SOAP12 else {"SOAPAction": f'"{action}"'}
        return self.channel.send(wire, {"Content-Type": media_type, **told, **headers})

    def examine(self, raw: bytes, now: datetime) -> Facts:
        return self.verifier.examine(raw, now)

    def answer_action(self, operation: str, facts: Facts) -> str:
        actions, said = self.actions(operation), facts.claims.get("Action", "")
        if said in actions.faults and self.content(facts).tag == f"{{{self.soap}}}Fault":
            return said
        return actions.answer

    def content(self, facts: Facts) -> etree._Element:
        return payload(facts)

    def read(self, raw: bytes) -> etree._Element:
        return unsigned_payload(raw, soap=self.soap)
