"""Signs what leaves a SOAP service: answers and faults alike, each a message of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from lxml import etree

from adapters.crypto.keys import Signer
from adapters.crypto.message import Addressing, sign_message
from adapters.crypto.names import SOAP
from gateway.clock import Clock
from gateway.courier import SealSlice

ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a verified request says of itself."""

    message_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Answerer:
    """Signs with the transport key; ``namespace`` is the contract's, which has an element ServiceFault.

    A fault that answers no message that we believe has the action of that element; any other has its answer's action.
    """

    signer: Signer
    clock: Clock
    namespace: str

    def answer(self, body: etree._Element, origin: Origin | None, slices: Sequence[SealSlice] = ()) -> bytes:
        """Return the signed message that carries ``body`` back."""
        addressing = Addressing(
            to=ANONYMOUS,
            action=f"{self.namespace}:ServiceFault" if origin is None else f"{origin.action}Response",
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
            etree.SubElement(fault, "detail"), f"{{{self.namespace}}}ServiceFault", nsmap={"j": self.namespace}
        )
        etree.SubElement(detail, f"{{{self.namespace}}}Code").text = code
        etree.SubElement(detail, f"{{{self.namespace}}}Text").text = text
        return self.answer(fault, origin)
