"""Structures of RFC 3161 (time-stamps), with the parts of CMS (RFC 5652) and ESS (RFC 5035) that they need, as DER.

Reading is strict: other forms, or other encodings than DER, raise `ValueError`. Two sets, certificates and CRLs, are
read as lists, since OpenSSL does not sort them and no signature covers them.
"""

from __future__ import annotations

from typing import Annotated, Final

from cryptography.hazmat.asn1 import (
    TLV,
    BitString,
    Default,
    Explicit,
    GeneralizedTime,
    Implicit,
    Null,
    SetOf,
    decode_der,
    encode_der,
    sequence,
)
from cryptography.x509 import ObjectIdentifier

SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO: Final = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE: Final = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2: Final = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
SHA256: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SHA384: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.2")
SHA512: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.3")
RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.1")
SHA256_WITH_RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.11")
SHA384_WITH_RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.12")
SHA512_WITH_RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.13")
ECDSA_WITH_SHA256: Final = ObjectIdentifier("1.2.840.10045.4.3.2")
ECDSA_WITH_SHA384: Final = ObjectIdentifier("1.2.840.10045.4.3.3")
ECDSA_WITH_SHA512: Final = ObjectIdentifier("1.2.840.10045.4.3.4")

QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"

GRANTED, GRANTED_WITH_MODS, REJECTION = 0, 1, 2

MAX_OCTETS: Final = 64 * 1024
"""Maximum size of a token or an answer: they have some thousands of octets, with certificates."""


@sequence
class _PssParameters:
    """RSASSA-PSS-params (RFC 4055), not read: such a signature is refused by its name."""

    hash: Annotated[list[TLV] | None, Implicit(0)] = None
    mask: Annotated[list[TLV] | None, Implicit(1)] = None
    salt: Annotated[list[TLV] | None, Implicit(2)] = None
    trailer: Annotated[list[TLV] | None, Implicit(3)] = None


@sequence
class Algorithm:
    """AlgorithmIdentifier."""

    oid: ObjectIdentifier
    parameters: Null | _PssParameters | None = None

    def plain(self) -> bool:
        """Return True if there are no parameters, or NULL."""
        return self.parameters is None or isinstance(self.parameters, Null)


@sequence
class Imprint:
    algorithm: Algorithm
    digest: bytes


@sequence
class Extension:
    oid: ObjectIdentifier
    critical: Annotated[bool, Default(False)]
    value: bytes


@sequence
class Request:
    """TimeStampReq."""

    version: int
    imprint: Imprint
    policy: ObjectIdentifier | None = None
    nonce: int | None = None
    certificates_wanted: Annotated[bool, Default(False)]
    extensions: Annotated[list[Extension] | None, Implicit(0)] = None


@sequence
class Accuracy:
    seconds: int | None = None
    millis: Annotated[int | None, Implicit(0)] = None
    micros: Annotated[int | None, Implicit(1)] = None


@sequence
class TokenInfo:
    """TSTInfo. ``authority`` holds the one GeneralName of ``tsa``."""

    version: int
    policy: ObjectIdentifier
    imprint: Imprint
    serial: int
    time: GeneralizedTime
    accuracy: Accuracy | None = None
    ordering: Annotated[bool, Default(False)]
    nonce: int | None = None
    authority: Annotated[list[TLV] | None, Implicit(0)] = None
    extensions: Annotated[list[Extension] | None, Implicit(1)] = None


@sequence
class Attribute:
    oid: ObjectIdentifier
    values: SetOf[TLV]


@sequence
class AttributeSet:
    """Signed attributes in their signed form: with the tag of a set."""

    attributes: SetOf[Attribute]


@sequence
class IssuerAndSerial:
    issuer: TLV
    serial: int


@sequence
class EssIssuerAndSerial:
    """IssuerSerial of RFC 5035: GeneralNames in place of a Name."""

    issuer: list[TLV]
    serial: int


@sequence
class EssCertificate:
    """ESSCertIDv2; without ``algorithm`` it is SHA-256."""

    algorithm: Algorithm | None = None
    digest: bytes
    issuer_and_serial: EssIssuerAndSerial | None = None


@sequence
class _PolicyInformation:
    oid: ObjectIdentifier
    qualifiers: list[TLV] | None = None


@sequence
class SigningCertificate:
    """SigningCertificateV2: the first certificate is the signer's."""

    certificates: list[EssCertificate]
    policies: list[_PolicyInformation] | None = None


@sequence
class SignerInfo:
    """SignerInfo; ``signer`` is a key identifier if it is octets."""

    version: int
    signer: IssuerAndSerial | Annotated[bytes, Implicit(0)]
    digest_algorithm: Algorithm
    signed: Annotated[SetOf[Attribute], Implicit(0)]
    algorithm: Algorithm
    signature: bytes
    unsigned: Annotated[list[Attribute] | None, Implicit(1)] = None


@sequence
class CertificateShell:
    """Certificate, for a check that the library omits: its signature has whole octets."""

    signed: TLV
    algorithm: TLV
    signature: BitString


@sequence
class EncapsulatedContent:
    oid: ObjectIdentifier
    content: Annotated[bytes, Explicit(0)]


@sequence
class SignedData:
    version: int
    digest_algorithms: SetOf[Algorithm]
    content: EncapsulatedContent
    certificates: Annotated[list[TLV] | None, Implicit(0)] = None
    crls: Annotated[list[TLV] | None, Implicit(1)] = None
    signers: SetOf[SignerInfo]


@sequence
class Token:
    """TimeStampToken, a ContentInfo of SignedData."""

    oid: ObjectIdentifier
    content: Annotated[SignedData, Explicit(0)]


@sequence
class Status:
    """PKIStatusInfo."""

    status: int
    text: list[str] | None = None
    failure: BitString | None = None


@sequence
class AnyContent:
    oid: ObjectIdentifier
    content: Annotated[TLV, Explicit(0)]


@sequence
class Response:
    """TimeStampResp; the verifier reads its token."""

    status: Status
    token: AnyContent | None = None


@sequence
class _One:
    element: TLV


@sequence
class _Elements:
    elements: list[TLV]


def signed_octets(attributes: SetOf[Attribute]) -> bytes:
    """Return the signed octets of the signed attributes (RFC 5652, 5.4)."""
    return encode_der(decode_der(_One, encode_der(AttributeSet(attributes=attributes))).element)


def element(octets: bytes) -> TLV:
    """Return these octets, one DER element, as a part of a larger one."""
    return decode_der(_One, tagged(0x30, octets)).element


def elements(sequence_of: bytes) -> list[TLV]:
    """Return the elements of a DER sequence."""
    return decode_der(_Elements, tagged(0x30, sequence_of)).elements


def tagged(tag: int, octets: bytes) -> bytes:
    """Return ``octets`` with this tag and their length before them."""
    encoded = encode_der(octets)
    return bytes([tag]) + encoded[1 : len(encoded) - len(octets)] + octets
