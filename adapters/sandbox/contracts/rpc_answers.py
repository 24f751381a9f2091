"""Signer of the answers of eblagh-rpc-1: a fault has a number in its Detail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import SOAP12
from adapters.sandbox.contracts import rpc_numbers
from adapters.soap.answers import Answerer, Origin

NAMESPACE: Final = "urn:eblagh:judiciary-rpc:1"

_E = f"{{{NAMESPACE}}}"
_S = f"{{{SOAP12}}}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class RpcAnswerer(Answerer):
    """Answerer over SOAP 1.2, with the contract's Khata in place of a ServiceFault."""

    def fault(self, code: str, text: str, origin: Origin | None, *, sender_at_fault: bool = True) -> bytes:
        made = etree.Element(f"{_S}Fault", nsmap={"soap": SOAP12})
        value = etree.SubElement(etree.SubElement(made, f"{_S}Code"), f"{_S}Value")
        value.text = "soap:Sender" if sender_at_fault else "soap:Receiver"
        reason = etree.SubElement(etree.SubElement(made, f"{_S}Reason"), f"{_S}Text", {_LANGUAGE: "en"})
        reason.text = text
        khata = etree.SubElement(etree.SubElement(made, f"{_S}Detail"), f"{_E}Khata", nsmap={"e": NAMESPACE})
        number = rpc_numbers.fault(code, sender_at_fault=sender_at_fault)
        etree.SubElement(khata, f"{_E}CodeKhata").text = str(number)
        etree.SubElement(khata, f"{_E}SharheKhata").text = f"{code}: {text}"
        return self.answer(made, origin)
