"""Parts of the callback: the SOAP endpoint to which a judiciary pushes receipts, and its request handler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from adapters.callback.receipt_service import ReceiptService
from adapters.callback.router import CallbackRouter
from adapters.composition.judiciary_parts import JudiciaryParts
from adapters.composition.policies import Policies
from adapters.composition.profile_parts import ProfileParts
from adapters.crypto.keys.names import CALLBACK
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.exchange import HttpService
from adapters.judiciary.mapped.contract import MappedContract
from adapters.settings import Settings
from adapters.soap.answers import Answerer
from adapters.soap.endpoint import SoapEndpoint
from adapters.storage.sql_store import SqlStore
from gateway.intake.push_result import PushTally
from gateway.judiciary.capabilities import ReceiptWay
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackParts:
    """Factory of the callback endpoint. ``store`` is opened when it is first needed."""

    settings: Settings
    profiles: ProfileParts
    policies: Policies
    store: Callable[[], SqlStore]
    clock: Clock

    @property
    def is_spoken(self) -> bool:
        """True if the judiciary pushes receipts under the profile in force."""
        return _brings(self.profiles.current())

    @property
    def wanted(self) -> bool:
        """True if the gateway must listen for receipts.

        A configured [judiciary.callback] suffices: a later profile version may use it.
        """
        return "callback" in self.settings.judiciary.model_fields_set or self.is_spoken

    def router(self, base: str, tally: PushTally) -> HttpService:
        """Return a service that accepts pushed receipts and counts them in ``tally``.

        ``base`` is the server's address. Raises `GatewayError` if the profile in force cannot be used.
        """
        judiciary = self.profiles.current()
        last = judiciary, self.endpoint(judiciary, base, tally) if _brings(judiciary) else None

        def current() -> HttpService | None:
            nonlocal last
            try:
                judiciary = self.profiles.current()
                if judiciary is not last[0]:
                    last = judiciary, self.endpoint(judiciary, base, tally) if _brings(judiciary) else None
            except GatewayError:
                # If the store is away, the endpoint says so in a signed fault. If a version cannot be read, the passes
                # report it; receipts of the version before are still valid.
                pass
            return last[1]

        return CallbackRouter(current)

    def endpoint(self, judiciary: JudiciaryParts, base: str, tally: PushTally) -> SoapEndpoint:
        """Return the endpoint of one profile, at a server whose address is ``base``. Raises `GatewayError`."""
        judiciary.assert_allowed()
        section, contract = self.settings.judiciary, judiciary.binding
        assert isinstance(contract, MappedContract), "no other has a callback"
        assert contract.push is not None
        push, operation, address = contract.push, contract.push.operation, section.callback.address(base)
        return SoapEndpoint(
            address=address,
            path=urlsplit(address).path,
            documents=_NOTHING,
            namespace=CALLBACK,
            schema=load_schema(judiciary.profile.messages),
            verifier=MessageVerifier(judiciary.partner, profile=judiciary.signature.profile, soap=operation.soap),
            issuers=judiciary.message_issuers,
            skew=section.skew_seconds,
            clock=self.clock,
            handler=ReceiptService(
                destination=section.destination,
                policy=self.policies.receipts(judiciary.profile),
                profile=judiciary.profile.spoken,
                store=self.store,
                opened=lambda: self.store().inbox,
                contract=push,
                judge=self.profiles.receipt_judge(judiciary),
                tally=tally,
            ),
            answerer=Answerer(
                judiciary.signer(),
                self.clock,
                CALLBACK,
                soap=operation.soap,
                actions={operation.action: push.answer_action},
            ),
            actions={operation.request_tag: operation.action},
            revocations=judiciary.revocations(),
        )


_NOTHING: Final[Mapping[str, bytes]] = {}
"""No documents: the contract is the judiciary's own."""


def _brings(judiciary: JudiciaryParts) -> bool:
    return judiciary.profile.capabilities.receipts is ReceiptWay.CALLBACK
