"""XML signatures by xmlsec: of sealed notices, and the check of receipts (schemas/seal).

A document is signed by an enveloped XAdES-B-B signature with two references: the document, and its signed properties.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xmlsec
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

_SIGNED_PROPERTIES = f"{{{DS}}}Object/{{{XADES}}}QualifyingProperties/{{{XADES}}}SignedProperties"
_REFERENCES = f"{{{DS}}}SignedInfo/{{{DS}}}Reference"

_TEMPLATE = f"""<ds:Signature xmlns:ds="{DS}" Id="{{id}}-signature"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{RSA_SHA256}"/>\
<ds:Reference Id="{{id}}-reference" URI="#{{id}}"><ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/>\
<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/>\
</ds:Reference><ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#{{id}}-properties"><ds:Transforms>\
<ds:Transform Algorithm="{EXCLUSIVE}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/>\
</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{{certificate}}\
</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" \
Target="#{{id}}-signature"><xades:SignedProperties Id="{{id}}-properties"><xades:SignedSignatureProperties>\
<xades:SigningTime>{{now}}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{{digest}}</ds:DigestValue></xades:CertDigest></xades:Cert>\
</xades:SigningCertificateV2></xades:SignedSignatureProperties><xades:SignedDataObjectProperties>\
<xades:DataObjectFormat ObjectReference="#{{id}}-reference"><xades:MimeType>application/xml</xades:MimeType>\
</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties></xades:QualifyingProperties>\
</ds:Object></ds:Signature>"""


class NotGenuine(Exception):
    """A signature that is wrong, or that does not cover what it must."""


@dataclass(frozen=True)
class Signer:
    """A private key with its certificate. ``certificate`` is base64 of its DER form, ``digest`` of its SHA-256."""

    key: xmlsec.Key
    certificate: str
    digest: str

    @classmethod
    def load(cls, pair: dict[str, str]) -> Signer:
        """Load the PEM files that ``key`` and ``certificate`` name."""
        der = certificate_der(pair["certificate"])
        key = xmlsec.Key.from_file(pair["key"], xmlsec.KeyFormat.PEM)
        return cls(key, base64.b64encode(der).decode(), base64.b64encode(hashlib.sha256(der).digest()).decode())


def certificate_der(path: str) -> bytes:
    """Return the first certificate of a PEM file."""
    text = Path(path).read_text(encoding="ascii")
    return base64.b64decode(text.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END")[0])


def certificate_text(path: str) -> str:
    """Return a certificate as a message's token has it: base64 without white space."""
    return base64.b64encode(certificate_der(path)).decode()


def certificate_key(path: str) -> xmlsec.Key:
    """Return the public key of a certificate."""
    return xmlsec.Key.from_memory(certificate_der(path), xmlsec.KeyFormat.CERT_DER)


def octets_of(element: etree._Element) -> bytes:
    """Return an element in exclusive C14N."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seal(document: etree._Element, signer: Signer) -> bytes:
    """Sign a document with an ``Id``, in place; return its octets."""
    filled = _TEMPLATE.format(id=document.get("Id"), certificate=signer.certificate, digest=signer.digest, now=now())
    signature = etree.fromstring(filled)
    document.append(signature)
    context = xmlsec.SignatureContext()
    context.key = signer.key
    context.register_id(document, "Id")
    context.register_id(signature.find(_SIGNED_PROPERTIES), "Id")
    context.sign(signature)
    value = signature.find(f"{{{DS}}}SignatureValue")
    value.text = "".join(value.text.split())
    return octets_of(document)


def check(octets: bytes, key: xmlsec.Key) -> etree._Element:
    """Return a signed document whose only signature is of ``key`` and covers it. Raises `NotGenuine`."""
    document = etree.fromstring(octets)
    signature = document[-1]
    properties = signature.find(_SIGNED_PROPERTIES)
    covered = [reference.get("URI") for reference in signature.iterfind(_REFERENCES)]
    if properties is None or covered != [f"#{document.get('Id')}", f"#{properties.get('Id')}"]:
        raise NotGenuine(f"it covers {covered}")
    context = xmlsec.SignatureContext()
    context.key = key
    context.register_id(document, "Id")
    context.register_id(properties, "Id")
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise NotGenuine(document.get("Id")) from error
    return document
