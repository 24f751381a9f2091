"""Signs what leaves the sandbox: answers and faults alike, each a message of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from lxml import etree

from adapters.crypto.keys import Signer
from adapters.crypto.message import Addressing, sign_message
from adapters.crypto.names import JUDICIARY, SOAP
from gateway.clock import Clock
from gateway.courier import SealSlice

ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
FAULT_ACTION = f"{JUDICIARY}:ServiceFault"
"""The action of a fault that answers no message that we believe; any other has its answer's action."""

LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a verified request says of itself."""

    message_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Answerer:
    """Signs with the transport key."""

    signer: Signer
    clock: Clock

    def answer(self, body: etree._Element, origin: Origin | None, slices: Sequence[SealSlice] = ()) -> bytes:
        """Return the signed message that carries ``body`` back."""
        addressing = Addressing(
            to=ANONYMOUS,
            action=FAULT_ACTION if origin is None else f"{origin.action}Response",
            message_id=f"urn:uuid:{uuid.uuid4()}",
            relates_to=None if origin is None else origin.message_id,
        )
        return sign_message(body, addressing, self.signer, self.clock(), LIFETIME, slices).wire

    def fault(self, code: str, text: str, origin: Origin | None, *, sender_at_fault: bool = True) -> bytes:
        """Return a signed SOAP 1.1 fault with the contract's ServiceFault as its detail.

        It relates to a request only where that request was verified: a stranger who knows a message's id must not get a
        fault about it.
        """
        fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
        etree.SubElement(fault, "faultcode").text = "soap:Client" if sender_at_fault else "soap:Server"
        etree.SubElement(fault, "faultstring").text = text
        detail = etree.SubElement(
            etree.SubElement(fault, "detail"), f"{{{JUDICIARY}}}ServiceFault", nsmap={"j": JUDICIARY}
        )
        etree.SubElement(detail, f"{{{JUDICIARY}}}Code").text = code
        etree.SubElement(detail, f"{{{JUDICIARY}}}Text").text = text
        return self.answer(fault, origin)
