"""The door of eblagh-rpc-1: SOAP 1.2, without spyne."""

from __future__ import annotations

from typing import Final

from adapters.crypto.keys import Signer
from adapters.crypto.message import MessageVerifier
from adapters.crypto.names import SOAP12
from adapters.crypto.partner import Partner
from adapters.crypto.xml import load_schema
from adapters.resources import PROFILES
from adapters.sandbox.config import SandboxConfig
from adapters.sandbox.court import Court
from adapters.sandbox.desk import CourtDesk
from adapters.sandbox.ledger import Ledger
from adapters.sandbox.rasid import RASIDS
from adapters.sandbox.rpc_answers import NAMESPACE, RpcAnswerer
from adapters.sandbox.rpc_service import OPERATIONS, RpcService
from adapters.soap.door import Door
from gateway.clock import Clock

CONTRACT: Final = PROFILES / "eblagh-rpc-1"
SCHEMA: Final = CONTRACT / "messages.xsd"
_DOCUMENTS: Final = ("messages.xsd", "rasid.xsd")


def rpc_door(
    address: str,
    config: SandboxConfig,
    partner: Partner,
    issuers: frozenset[str],
    court: Court,
    ledger: Ledger,
    signer: Signer,
    clock: Clock,
) -> Door:
    """Return the WSGI application; ``issuers`` sign the partner's messages, ``signer`` ours."""
    path = config.rpc_path
    folder = path.rpartition("/")[0]
    return Door(
        address=address,
        path=path,
        documents={
            f"{path}?wsdl": (CONTRACT / "service.wsdl").read_bytes(),
            **{f"{folder}/{name}": (CONTRACT / name).read_bytes() for name in _DOCUMENTS},
        },
        namespace=NAMESPACE,
        schema=load_schema(SCHEMA),
        verifier=MessageVerifier(partner, profile=config.profile, soap=SOAP12),
        issuers=issuers,
        skew=config.skew,
        clock=clock,
        desk=CourtDesk(court=court, ledger=ledger, service=RpcService(), clock=clock, skew=config.skew, form=RASIDS),
        answerer=RpcAnswerer(signer, clock, NAMESPACE, SOAP12),
        actions={f"{{{NAMESPACE}}}{name}": f"{NAMESPACE}:{name}" for name in OPERATIONS},
    )
