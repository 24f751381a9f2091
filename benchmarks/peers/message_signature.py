"""WS-Security of the contract as a plugin of zeep: signs requests, and believes only the judiciary's answers.

Covered are Body, Timestamp, To, Action, MessageID, the token, and in answers RelatesTo (schemas/README.md, rule 1).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import xmlsec
from lxml import etree
from xml_signature import DS, EXCLUSIVE, RSA_SHA256, SHA256, NotGenuine, Signer
from zeep.wsse.utils import get_security_header

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_WSS}-wssecurity-secext-1.0.xsd"
WSU = f"{_WSS}-wssecurity-utility-1.0.xsd"

_ID = f"{{{WSU}}}Id"
_LIFETIME = timedelta(minutes=5)
_SKEW = timedelta(seconds=60)

_SECURITY = f"""<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" xmlns:ds="{DS}">\
<wsu:Timestamp><wsu:Created>{{created}}</wsu:Created><wsu:Expires>{{expires}}</wsu:Expires></wsu:Timestamp>\
<wsse:BinarySecurityToken EncodingType="{_WSS}-soap-message-security-1.0#Base64Binary" \
ValueType="{_WSS}-x509-token-profile-1.0#X509v3">{{token}}</wsse:BinarySecurityToken>\
<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>\
<ds:SignatureMethod Algorithm="{RSA_SHA256}"/></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>\
<wsse:SecurityTokenReference><wsse:Reference ValueType="{_WSS}-x509-token-profile-1.0#X509v3"/>\
</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"""

_REFERENCE = f"""<ds:Reference xmlns:ds="{DS}"><ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms>\
<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference>"""


class MessageSignature:
    """Plugin for ``zeep.Client(wsse=…)``; one request at a time.

    ``signer`` and ``partner`` return our key and the judiciary's: functions, so that a program may keep them or load
    them for each message, as zeep's own plugin does. ``token`` is the certificate that answers must name.
    """

    def __init__(self, signer: Callable[[], Signer], partner: Callable[[], xmlsec.Key], token: str) -> None:
        self._signer, self._partner, self._token = signer, partner, token
        self._message_id = ""

    def apply(self, envelope: etree._Element, headers: dict[str, str]) -> tuple[etree._Element, dict[str, str]]:
        """Sign a request whose addressing headers are there."""
        signer, created = self._signer(), datetime.now(UTC)
        empty = get_security_header(envelope)
        header = empty.getparent()
        header.remove(empty)
        times = [moment.isoformat().replace("+00:00", "Z") for moment in (created, created + _LIFETIME)]
        filled = _SECURITY.format(created=times[0], expires=times[1], token=signer.certificate)
        security = etree.fromstring(filled)
        security.set(f"{{{SOAP}}}mustUnderstand", "1")
        header.append(security)
        timestamp, token, signature = security
        addressing = [header.find(f"{{{WSA}}}{name}") for name in ("To", "Action", "MessageID")]
        self._message_id = addressing[2].text
        context = xmlsec.SignatureContext()
        context.key = signer.key
        for part in (*addressing, timestamp, token, envelope.find(f"{{{SOAP}}}Body")):
            _refer(context, signature[0], part)
        signature.find(f".//{{{WSSE}}}Reference").set("URI", "#" + token.get(_ID))
        context.sign(signature)
        signature[1].text = "".join(signature[1].text.split())
        return envelope, headers

    def verify(self, envelope: etree._Element) -> None:
        """Believe an answer to the last request. Raises `NotGenuine`."""
        header, body = envelope.find(f"{{{SOAP}}}Header"), envelope.find(f"{{{SOAP}}}Body")
        security = header.find(f"{{{WSSE}}}Security")
        parts: dict[str, Any] = {
            "Body": body,
            "Timestamp": security.find(f"{{{WSU}}}Timestamp"),
            "Token": security.find(f"{{{WSSE}}}BinarySecurityToken"),
            **{name: header.find(f"{{{WSA}}}{name}") for name in ("To", "Action", "MessageID", "RelatesTo")},
        }
        if absent := [name for name, part in parts.items() if part is None]:
            raise NotGenuine(f"no {absent}")
        if parts["Token"].text != self._token:
            raise NotGenuine("another certificate")
        signature, context = security.find(f"{{{DS}}}Signature"), xmlsec.SignatureContext()
        context.key = self._partner()
        covered = {reference.get("URI") for reference in signature.iterfind(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")}
        for name, part in parts.items():
            if "#" + part.get(_ID, "") not in covered:
                raise NotGenuine(f"{name} is not signed")
            context.register_id(part, "Id", WSU)
        try:
            context.verify(signature)
        except xmlsec.Error as error:
            raise NotGenuine("the answer's signature is wrong") from error
        if parts["RelatesTo"].text != self._message_id:
            raise NotGenuine("an answer to another request")
        created, expires = (datetime.fromisoformat(each.text) for each in parts["Timestamp"])
        if not created - _SKEW <= datetime.now(UTC) < expires + _SKEW:
            raise NotGenuine("an answer of another time")


def _refer(context: xmlsec.SignatureContext, signed_info: etree._Element, part: etree._Element) -> None:
    part.set(_ID, f"id-{uuid.uuid4()}")
    context.register_id(part, "Id", WSU)
    reference = etree.fromstring(_REFERENCE)
    reference.set("URI", "#" + part.get(_ID))
    signed_info.append(reference)
