"""A source's SOAP endpoint: it verifies the source's partner, and passes rows to the inbox."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import PUSH
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile
from adapters.crypto.xml.strict_xml import load_schema
from adapters.municipal.soap.push_service import Call, EblaghPush
from adapters.shipped.resources import PUSH as CONTRACT
from adapters.soap.answers import Answerer
from adapters.soap.bridge import SpyneBridge
from adapters.soap.endpoint import Admitted, Reply, SoapEndpoint
from gateway.intake.push_result import PushTally, Way
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Envelope, Inbox
from gateway.trust.trust_policy import Rejection

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The municipality's system: ``issuers`` are the thumbprints of the certificates that sign its messages."""

    partner: Partner
    issuers: frozenset[str]
    profile: PartnerProfile
    skew: timedelta


SetAside = Callable[[str, bytes, Rejection, datetime], GatewayError | None]
"""Hook that keeps a source's refused message.

It returns the reason if it was not kept, or None. Raises `GatewayError`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Services behind every endpoint: the inbox of rows, the keeper of refused messages, and the counter of both."""

    inbox: Callable[[], Inbox]
    set_aside: SetAside
    tally: PushTally


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRequestHandler:
    """Request handler (`adapters.soap.endpoint.RequestHandler`): a message is recorded in the transaction that keeps
    its rows.
    """

    source: str
    behind: Behind
    service: SpyneBridge

    def knows(self, replay_key: str) -> bool:
        return self.behind.inbox().knows(replay_key)

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        """Keep the message raw, as far as there is room. The sender still has it, and sends it again corrected."""
        _log.warning("push refused", source=self.source, code=rejection.code, octets=len(octets))
        self.behind.tally.refused(self.source, Way.SOAP, rejection.code)
        try:
            reason = self.behind.set_aside(self.source, octets, rejection, received_at)
        except GatewayError as error:
            reason = error
        if reason is not None:
            _log.warning("refused push not kept", source=self.source, code=reason.code, detail=reason.detail)

    def serve(self, admitted: Admitted) -> Reply:
        facts = admitted.facts
        envelope = Envelope(
            replay_key=facts.replay_key,
            message_id=facts.claims["MessageID"],
            received_at=admitted.received_at,
            attempt=secrets.token_hex(8),
        )
        call = Call(source=self.source, inbox=self.behind.inbox(), envelope=envelope, tally=self.behind.tally)
        return Reply(body=self.service.call(admitted.body, call))


def endpoint_of(source: str, sender: Sender, base: str, behind: Behind, signer: Signer, clock: Clock) -> SoapEndpoint:
    """Return the endpoint at ``base``/soap/SOURCE. Raises `GatewayError` ``courier.contract``."""
    path = f"/soap/{source}"
    return SoapEndpoint(
        address=f"{base}{path}",
        path=path,
        documents={
            f"{path}?wsdl": (CONTRACT / "service.wsdl").read_bytes(),
            "/soap/messages-1.xsd": (CONTRACT / "messages-1.xsd").read_bytes(),
        },
        namespace=PUSH,
        schema=load_schema(CONTRACT / "messages-1.xsd"),
        verifier=MessageVerifier(sender.partner, profile=sender.profile),
        issuers=sender.issuers,
        skew=sender.skew,
        clock=clock,
        handler=InboxRequestHandler(source=source, behind=behind, service=SpyneBridge(EblaghPush, PUSH)),
        answerer=Answerer(signer, clock, PUSH),
    )
