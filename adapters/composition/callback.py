"""The callback: the SOAP endpoint to which a judiciary pushes receipts, and its router."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from adapters.callback.receipt_router import CallbackRouter
from adapters.callback.receipt_service import ReceiptService
from adapters.composition.bound_profile import BoundProfile
from adapters.composition.judiciary import receipt_judge
from adapters.composition.policies import receipt_policy
from adapters.composition.revocation_checks import judiciary_revocations
from adapters.crypto.keys.names import CALLBACK
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.http_service import HttpService
from adapters.judiciary.mapped.contract import MappedContract
from adapters.soap.answers import Answerer
from adapters.soap.endpoint import SoapEndpoint
from gateway.intake.push_result import PushTally
from gateway.judiciary.capabilities import ReceiptWay
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def pushes_receipts(judiciary: BoundProfile) -> bool:
    """Return True if the judiciary pushes receipts under this profile."""
    return judiciary.profile.capabilities.receipts is ReceiptWay.CALLBACK


def callback_wanted(installation: Installation) -> bool:
    """Return True if the gateway must listen for receipts.

    A configured [judiciary.callback] suffices: a later profile version may use it.
    """
    return "callback" in installation.settings.judiciary.model_fields_set or pushes_receipts(installation.judiciary)


def callback_router(installation: Installation, base: str, tally: PushTally) -> HttpService:
    """Return a service that accepts pushed receipts and counts them in ``tally``.

    ``base`` is the server's address. Raises `GatewayError` if the profile in force cannot be used.
    """

    def made(judiciary: BoundProfile) -> tuple[BoundProfile, HttpService | None]:
        pushed = pushes_receipts(judiciary)
        return judiciary, callback_endpoint(installation, judiciary, base, tally) if pushed else None

    last = made(installation.judiciary)

    def current() -> HttpService | None:
        nonlocal last
        try:
            judiciary = installation.judiciary
            if judiciary is not last[0]:
                last = made(judiciary)
        except GatewayError:
            # If the store is away, the endpoint says so in a signed fault. If a version cannot be read, the passes
            # report it; receipts of the version before are still valid.
            pass
        return last[1]

    return CallbackRouter(current)


def callback_endpoint(installation: Installation, judiciary: BoundProfile, base: str, tally: PushTally) -> SoapEndpoint:
    """Return the endpoint of one profile, at a server whose address is ``base``. Raises `GatewayError`."""
    installation.assert_allowed()
    section, contract = installation.settings.judiciary, judiciary.binding
    assert isinstance(contract, MappedContract), "no other has a callback"
    assert contract.push is not None
    push, operation, address = contract.push, contract.push.operation, section.callback.address(base)
    verifier = MessageVerifier(installation.partner, profile=judiciary.signature.profile, soap=operation.soap)
    return SoapEndpoint(
        address=address,
        path=urlsplit(address).path,
        documents=_NOTHING,
        namespace=CALLBACK,
        schema=load_schema(judiciary.profile.messages),
        verifier=verifier,
        issuers=judiciary.message_issuers,
        skew=section.skew_seconds,
        clock=installation.clock,
        handler=ReceiptService(
            destination=section.destination,
            policy=receipt_policy(installation, judiciary.profile),
            profile=judiciary.profile.spoken,
            store=installation.store,
            opened=lambda: installation.store().inbox,
            contract=push,
            judge=receipt_judge(installation, judiciary),
            tally=tally,
        ),
        answerer=Answerer(
            installation.transport,
            installation.clock,
            CALLBACK,
            soap=operation.soap,
            actions={operation.action: push.answer_action},
        ),
        actions={operation.request_tag: operation.action},
        revocations=judiciary_revocations(installation),
    )


_NOTHING: Final[Mapping[str, bytes]] = {}
"""No documents: the contract is the judiciary's own."""
