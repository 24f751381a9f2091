"""Parts of eblagh-rpc-1: its endpoint, over SOAP 1.2 and without spyne, and the pusher of its receipts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import SOAP12
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import TokenUse
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.loopback import assert_private
from adapters.sandbox.contracts.rasid import RASIDS
from adapters.sandbox.contracts.receipt_pusher import ReceiptPusher
from adapters.sandbox.contracts.rpc_answers import NAMESPACE, RpcAnswerer
from adapters.sandbox.contracts.rpc_service import OPERATIONS, RpcService
from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.judiciary_service import JudiciaryService
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.request_handler import SandboxRequestHandler
from adapters.shipped.resources import PROFILES
from adapters.soap.endpoint import SoapEndpoint
from gateway.runtime.clock import Clock

CONTRACT: Final = PROFILES / "eblagh-rpc-1"
SCHEMA: Final = CONTRACT / "messages.xsd"
_DOCUMENTS: Final = ("messages.xsd", "rasid.xsd")


def rpc_endpoint(
    base: str,
    config: SandboxConfig,
    partner: Partner,
    issuers: frozenset[str],
    judiciary: JudiciaryService,
    ledger: Ledger,
    signer: Signer,
    clock: Clock,
) -> SoapEndpoint | None:
    """Return the endpoint, or None if the contract is not served.

    ``issuers`` sign the partner's messages, ``signer`` ours.
    """
    if config.rpc is None:
        return None
    path = config.rpc.path
    folder = path.rpartition("/")[0]
    return SoapEndpoint(
        address=base + path,
        path=path,
        documents={
            f"{path}?wsdl": (CONTRACT / "service.wsdl").read_bytes(),
            **{f"{folder}/{name}": (CONTRACT / name).read_bytes() for name in _DOCUMENTS},
        },
        namespace=NAMESPACE,
        schema=load_schema(SCHEMA),
        verifier=MessageVerifier(
            partner, profile=replace(config.profile, username_token=TokenUse.EXPECTED), soap=SOAP12
        ),
        credentials=config.rpc.credentials,
        issuers=issuers,
        skew=config.skew,
        clock=clock,
        handler=SandboxRequestHandler(
            judiciary=judiciary, ledger=ledger, service=RpcService(), clock=clock, skew=config.skew, form=RASIDS
        ),
        answerer=RpcAnswerer(signer, clock, NAMESPACE, SOAP12),
        actions={f"{{{NAMESPACE}}}{name}": f"{NAMESPACE}:{name}" for name in OPERATIONS},
    )


def receipt_pusher(
    config: SandboxConfig, ledger: Ledger, clock: Clock, deal: Callable[[], Fault | None]
) -> ReceiptPusher | None:
    """Return the pusher of receipts, or None if no callback is configured.

    Raises `GatewayError` ``key.*``, ``certificate.*``, and ``config.endpoint`` for a callback that is not on this
    machine.
    """
    if config.rpc is None or (plan := config.rpc.push) is None:
        return None
    assert_private(plan.url, "callback", loopback_only=True)
    partner = load_partner("partner", list(config.partner_certificates), list(config.partner_anchors))
    return ReceiptPusher(
        plan=plan,
        ledger=ledger,
        receipts=load_signer(config.receipts_key, config.receipts_certificate),
        signer=load_signer(config.transport_key, config.transport_certificate),
        verifier=MessageVerifier(partner, profile=config.profile, soap=SOAP12),
        issuers=frozenset(load_certificates(file)[0].thumbprint for file in config.partner_certificates),
        schema=load_schema(SCHEMA),
        skew=config.skew,
        clock=clock,
        deal=deal,
    )
