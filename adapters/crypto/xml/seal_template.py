"""Template of the signature of `schemas/seal`: its exclusive C14N as octets, without a tree.

`tests/unit/crypto/plain_signing.py` builds the same signature from elements, and a property test compares the octets.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from binascii import a2b_base64
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from adapters.crypto.keys import names
from adapters.crypto.xml.signature import attribute

_DIGEST = f'<ds:DigestMethod{{0}} Algorithm="{names.SHA256}"></ds:DigestMethod><ds:DigestValue{{0}}>'
_XMLNS = f' xmlns:ds="{names.DS}"'
_XMLNS_XADES = f' xmlns:xades="{names.XADES}"'
_METHOD, _METHOD_OF_APEX = _DIGEST.format(""), _DIGEST.format(_XMLNS)
_TRANSFORM = f'<ds:Transform Algorithm="{names.EXC_C14N}"></ds:Transform></ds:Transforms>{_METHOD}'
_SIGNED_INFO = (
    f'<ds:CanonicalizationMethod Algorithm="{names.EXC_C14N}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
    '<ds:Reference Id="{id}-reference" URI="#{id}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{names.ENVELOPED}"></ds:Transform>{_TRANSFORM}'
    "{document}</ds:DigestValue></ds:Reference>"
    f'<ds:Reference Type="{names.SIGNED_PROPERTIES}"'
    ' URI="#{id}-properties"><ds:Transforms>'
    f"{_TRANSFORM}"
    "{properties}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
)
_PROPERTIES = (
    ' Id="{id}-properties"><xades:SignedSignatureProperties><xades:SigningTime>{at}</xades:SigningTime>'
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{method}{certificate}</ds:DigestValue>"
    "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
    '<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#{id}-reference">'
    "<xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>"
    "</xades:SignedProperties>"
)
MOMENT: Final = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z"
"""Usual form of a time, as `gateway.runtime.clock.timestamp` writes it; `is_moment` also judges its day."""

_MOMENT: Final = re.compile(MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureTemplate:
    """Signature but for its value: ``info`` are the octets to sign, the canonical SignedInfo."""

    info: bytes = field(repr=False)
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)

    def octets(self, value: bytes) -> bytes:
        """Return the canonical ds:Signature with this SignatureValue."""
        return b"".join((self.before, b64encode(value), self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureValues:
    """Values that a signature states, as far as its template does not know them."""

    value: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    at: str


def is_moment(text: str) -> bool:
    """Return True for a time in the usual form: an xs:dateTime in this millennium or the one before."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def values_of(signature: bytes) -> SignatureValues | None:
    """Return the values in a canonical ds:Signature of the template's form; of other octets, anything or None.

    They mean nothing until the template with these values gives exactly these octets.
    """
    value, rest = _element(signature, b"<ds:SignatureValue>")
    certificate, rest = _element(rest, b"<ds:X509Certificate>")
    at, _ = _element(rest, b"<xades:SigningTime>")
    try:
        found = SignatureValues(value=_octets(value), certificate=_octets(certificate), at=at.decode("ascii"))
    except ValueError:
        return None
    return found if is_moment(found.at) else None


def _element(octets: bytes, opening: bytes) -> tuple[bytes, bytes]:
    """Return the text behind the first such start tag, and all behind that text."""
    text, _, rest = octets.partition(opening)[2].partition(b"<")
    return text, rest


def signature_template(id_: str, document: bytes, at: str, certificate: bytes, algorithm: str) -> SignatureTemplate:
    """Return the signature of a document with the attribute Id ``id_``.

    ``document`` is the SHA-256 of its unsigned canonical octets, ``at`` its SigningTime as `timestamp` writes it,
    ``certificate`` the signer's DER, ``algorithm`` a URI of `names`. All but the id are free of markup.
    """
    written, thumbprint = _certificate(certificate)
    id_ = attribute(id_)
    apex = _PROPERTIES.format(id=id_, at=at, method=_METHOD_OF_APEX, certificate=thumbprint)
    properties = hashlib.sha256(f"<xades:SignedProperties{_XMLNS_XADES}{apex}".encode()).digest()
    info = _SIGNED_INFO.format(id=id_, algorithm=algorithm, document=_base64(document), properties=_base64(properties))
    within = _PROPERTIES.format(id=id_, at=at, method=_METHOD, certificate=thumbprint)
    return SignatureTemplate(
        info=f"<ds:SignedInfo{_XMLNS}>{info}".encode(),
        before=f'<ds:Signature{_XMLNS} Id="{id_}-signature"><ds:SignedInfo>{info}<ds:SignatureValue>'.encode(),
        after=(
            f"</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{written}</ds:X509Certificate>"
            "</ds:X509Data></ds:KeyInfo><ds:Object>"
            f'<xades:QualifyingProperties{_XMLNS_XADES} Target="#{id_}-signature">'
            f"<xades:SignedProperties{within}</xades:QualifyingProperties></ds:Object></ds:Signature>"
        ).encode(),
    )


@lru_cache(maxsize=64)
def _certificate(der: bytes) -> tuple[str, str]:
    """Return a certificate and its SHA-256, both in base64."""
    return _base64(der), _base64(hashlib.sha256(der).digest())


def _octets(base64: bytes) -> bytes:
    return a2b_base64(base64, strict_mode=True)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
