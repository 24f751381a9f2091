"""What an installation needs where its judiciary brings receipts: the door, and the desk behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.callback.desk import ReceiptDesk
from adapters.crypto.message import MessageVerifier
from adapters.crypto.names import CALLBACK
from adapters.crypto.xml import load_schema
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary_parts import JudiciaryParts
from adapters.settings import Settings
from adapters.soap.answers import Answerer
from adapters.soap.door import Door
from adapters.storage.sql_store import SqlStore
from gateway.capabilities import ReceiptWay
from gateway.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackParts:
    """``judiciary`` and ``store`` are asked for when they are first needed."""

    settings: Settings
    judiciary: Callable[[], JudiciaryParts]
    store: Callable[[], SqlStore]
    clock: Clock

    @property
    def wanted(self) -> bool:
        """Whether the judiciary brings receipts."""
        return self.judiciary().profile.capabilities.receipts is ReceiptWay.CALLBACK

    def door(self, base: str) -> Door:
        """Return what listens for receipts, at a server whose address is ``base``. Raises `GatewayError`."""
        parts, section = self.judiciary(), self.settings.judiciary
        parts.assert_allowed()
        contract = parts.binding
        assert isinstance(contract, MappedContract), "no other has a callback"
        assert contract.push is not None
        push, address = contract.push, section.callback.address(base)
        return Door(
            address=address,
            path=urlsplit(address).path,
            documents=_NOTHING,
            namespace=CALLBACK,
            schema=load_schema(parts.profile.messages),
            verifier=MessageVerifier(parts.partner, profile=parts.signature.profile, soap=push.operation.soap),
            issuers=parts.message_issuers,
            skew=section.skew_seconds,
            clock=self.clock,
            desk=ReceiptDesk(
                destination=section.destination,
                origin=self.settings.gateway.name,
                store=self.store,
                opened=lambda: self.store().inbox,
                contract=push,
                judge=parts.receipt_judge(),
            ),
            answerer=Answerer(
                parts.signer(),
                self.clock,
                CALLBACK,
                soap=push.operation.soap,
                actions={push.operation.action: push.answer_action},
            ),
            actions={push.operation.request_tag: push.operation.action},
            revocations=parts.revocations(),
        )


_NOTHING: Mapping[str, bytes] = {}
"""The contract is the judiciary's, who has it."""
