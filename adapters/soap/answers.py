"""Signer of a SOAP service's responses: answers and faults alike, each a message of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.message.soap_signing import Addressing, sign_message
from gateway.judiciary.courier import SealSlice
from gateway.runtime.clock import Clock

ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
LIFETIME = timedelta(minutes=5)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Identity of a verified request."""

    message_id: str
    action: str


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answerer that signs with the transport key.

    ``namespace`` has an element ServiceFault with Code and Text, which describes the error. ``soap`` is the namespace
    of the version. ``actions`` has the Action of the answer by that of the request, if it is not the request's with
    ``Response`` behind it.

    A fault that answers no verified message has the action of that element; any other has its answer's action.
    """

    signer: Signer
    clock: Clock
    namespace: str
    soap: str = SOAP
    actions: Mapping[str, str] = field(default_factory=dict)

    def answer(self, body: etree._Element, origin: Origin | None, slices: Sequence[SealSlice] = ()) -> bytes:
        """Return the signed message that carries ``body`` back."""
        addressing = Addressing(
            to=ANONYMOUS,
            action=self._action(origin),
            message_id=f"urn:uuid:{uuid.uuid4()}",
            relates_to=None if origin is None else origin.message_id,
        )
        made = sign_message(body, addressing, self.signer, self.clock(), LIFETIME, slices, soap=self.soap)
        return bytes(made.wire)

    def fault(self, code: str, text: str, origin: Origin | None, *, sender_at_fault: bool = True) -> bytes:
        """Return a signed fault with a ServiceFault as its detail.

        It relates to a request only if that request was verified. A stranger who knows a message's id must not get a
        fault about it.
        """
        fault = etree.Element(f"{{{self.soap}}}Fault", nsmap={"soap": self.soap})
        detail = (
            _detail12(fault, text, sender_at_fault) if self.soap == SOAP12 else _detail(fault, text, sender_at_fault)
        )
        told = etree.SubElement(detail, f"{{{self.namespace}}}ServiceFault", nsmap={"j": self.namespace})
        etree.SubElement(told, f"{{{self.namespace}}}Code").text = code
        etree.SubElement(told, f"{{{self.namespace}}}Text").text = text
        return self.answer(fault, origin)

    def _action(self, origin: Origin | None) -> str:
        if origin is None:
            return f"{self.namespace}:ServiceFault"
        return self.actions.get(origin.action, f"{origin.action}Response")


def _detail(fault: etree._Element, text: str, sender_at_fault: bool) -> etree._Element:
    """Fill a fault of SOAP 1.1; return its empty detail."""
    etree.SubElement(fault, "faultcode").text = "soap:Client" if sender_at_fault else "soap:Server"
    etree.SubElement(fault, "faultstring").text = text
    return etree.SubElement(fault, "detail")


def _detail12(fault: etree._Element, text: str, sender_at_fault: bool) -> etree._Element:
    """Fill a fault of SOAP 1.2; return its empty Detail."""
    code, reason, detail = (etree.SubElement(fault, f"{{{SOAP12}}}{name}") for name in ("Code", "Reason", "Detail"))
    etree.SubElement(code, f"{{{SOAP12}}}Value").text = "soap:Sender" if sender_at_fault else "soap:Receiver"
    etree.SubElement(reason, f"{{{SOAP12}}}Text", {_LANGUAGE: "en"}).text = text
    return detail
