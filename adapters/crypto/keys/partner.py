"""Registry entry of the other side: its certificates, and the keys that verify its signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from adapters.crypto.keys import ecdsa, names
from adapters.crypto.keys.certificate import Certificate, read_pem
from adapters.crypto.keys.keys import PublicKey, allowed
from adapters.crypto.keys.revocation_list import links
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Link
from gateway.trust.trust_policy import Rejection

_HASH_OF: Final[Mapping[str, HashAlgorithm]] = {
    names.RSA_SHA256: SHA256(),
    names.RSA_SHA384: SHA384(),
    names.RSA_SHA512: SHA512(),
    names.RSA_PSS_SHA256: SHA256(),
    names.RSA_PSS_SHA384: SHA384(),
    names.RSA_PSS_SHA512: SHA512(),
    names.ECDSA_SHA256: SHA256(),
    names.ECDSA_SHA384: SHA384(),
    names.ECDSA_SHA512: SHA512(),
}
_PKCS1: Final = frozenset({names.RSA_SHA256, names.RSA_SHA384, names.RSA_SHA512})
_PSS: Final = frozenset({names.RSA_PSS_SHA256, names.RSA_PSS_SHA384, names.RSA_PSS_SHA512})
_ECDSA: Final = frozenset({names.ECDSA_SHA256, names.ECDSA_SHA384, names.ECDSA_SHA512})

MAX_CHAIN_DEPTH: Final = 4
"""Maximum number of authorities between a certificate and its anchor."""

_OTHER_PURPOSES: Final[Mapping[str, str]] = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
    "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
    "1.3.6.1.5.5.7.3.7": "ipsecUser",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "1.3.6.1.5.5.7.3.17": "ipsecIKE",
    "1.3.6.1.5.2.3.5": "kerberosKDC",
    "1.3.6.1.4.1.311.20.2.2": "smartcardLogon",
}
"""Extended key usages (RFC 5280, 4.2.1.12; RFC 4945; RFC 4556) that exclude signing of documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Certificate of a partner with its public key, loaded once.

    ``key_thumbprint`` is ``sha256:…`` of the key's SubjectPublicKeyInfo: a renewed certificate may have the same key.
    ``chain`` leads from the certificate to its anchor; ``links`` identify the chain for revocation lists.
    """

    certificate: Certificate
    public_key: PublicKey = field(repr=False)
    key_thumbprint: str
    chain: Sequence[x509.Certificate] = field(repr=False)
    links: Sequence[Link] = field(repr=False)

    @classmethod
    def of(cls, certificate: x509.Certificate, key: PublicKey, chain: Sequence[x509.Certificate] = ()) -> Member:
        """Return the member of a certificate with ``key``; its trust is judged elsewhere."""
        return cls(
            certificate=Certificate.of(certificate),
            public_key=key,
            key_thumbprint=sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            chain=tuple(chain),
            links=links(chain),
        )

    @property
    def usual_algorithm(self) -> str:
        """Algorithm with which we sign by a key of this kind."""
        return names.RSA_SHA256 if isinstance(self.public_key, RSAPublicKey) else names.ECDSA_SHA256

    def verify(self, octets: bytes, signature: bytes, algorithm: str) -> None:
        """Raise `Rejection` ``verify.signature`` unless this key made this signature over ``octets``.

        An algorithm for another kind of key is refused, too: the signature's own claim chooses no key type. OpenSSL
        gets octets alone. RSA-PSS has the parameters of RFC 9231, 2.3.10.
        """
        try:
            match self.public_key, algorithm:
                case RSAPublicKey() as rsa, _ if algorithm in _PKCS1:
                    rsa.verify(signature, octets, PKCS1v15(), _HASH_OF[algorithm])
                case RSAPublicKey() as rsa, _ if algorithm in _PSS:
                    hash_ = _HASH_OF[algorithm]
                    rsa.verify(signature, octets, PSS(mgf=MGF1(hash_), salt_length=hash_.digest_size), hash_)
                case EllipticCurvePublicKey() as curve, _ if algorithm in _ECDSA:
                    ecdsa.verify(curve, octets, signature, _HASH_OF[algorithm])
                case _:
                    raise InvalidSignature
        except InvalidSignature:
            raise Rejection("verify.signature", where=self.certificate.subject) from None


class SerialNumber(int):
    """Serial number of a certificate, as its name in a signature."""


class KeyIdentifier(bytes):
    """SHA-1 thumbprint of a certificate, or its subject key identifier, as its name in a signature."""


SignerName = bytes | SerialNumber
"""Name of a certificate in a signature: its DER, its serial number, or a `KeyIdentifier`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Partner with its members by thumbprint."""

    name: str
    members: Mapping[str, Member]

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        return tuple(member.certificate for member in self.members.values())

    @property
    def authorities(self) -> list[x509.Certificate]:
        """Return all issuers in the chains, including anchors: they may publish revocation lists."""
        return list(dict.fromkeys(each for member in self.members.values() for each in member.chain[1:]))

    def chain(self, thumbprint: str) -> Sequence[Link]:
        """Return a member's chain (`gateway.trust.revocation_status.Chains`)."""
        return self.member(thumbprint).links

    def named(self, name: SignerName) -> Member:
        """Return the member that a signature names; raise `Rejection` ``verify.unknown-certificate``.

        The name is a hint among pinned certificates: their keys decide. So a serial number needs no issuer beside it,
        whose name tools write in many ways.
        """
        if isinstance(name, SerialNumber):
            found = [each for each in self.members.values() if each.chain and each.chain[0].serial_number == name]
        elif isinstance(name, KeyIdentifier):
            found = [
                each for each in self.members.values() if each.chain and bytes(name) in _identifiers(each.chain[0])
            ]
        else:
            return self.member(sha256(name))
        if len(found) != 1:
            raise Rejection("verify.unknown-certificate", detail=f"{len(found)} certificates have this name")
        return found[0]

    def member(self, thumbprint: str) -> Member:
        """Return the member; raise `Rejection` ``verify.unknown-certificate``."""
        try:
            return self.members[thumbprint]
        except KeyError:
            raise Rejection("verify.unknown-certificate", detail=thumbprint) from None


def load_partner(name: str, certificates: Sequence[Path], anchors: Sequence[Path]) -> Partner:
    """Return the partner with the end certificates in these PEM files, each of which must lead to an anchor.

    A file may also hold authorities: they help to build the chain and are no members. The chain is judged by RFC 5280
    (signatures, CA flag, key usage, path length) as of the certificate's date of issue.
    Validity at signing is judged for each signature. Raises `GatewayError` ``key.unreadable``, ``key.algorithm`` or
    ``certificate.untrusted`` with the path.
    """
    files = {path: read_pem(path) for path in certificates}
    roots = [certificate for path in anchors for certificate in read_pem(path)]
    authorities = [certificate for found in files.values() for certificate in found if is_authority(certificate)]
    members: dict[str, Member] = {}
    for path, found in files.items():
        own = [certificate for certificate in found if not is_authority(certificate)]
        if not own:
            raise GatewayError("certificate.untrusted", where=str(path), detail="no end certificate in this file")
        for certificate in own:
            member = _member(path, certificate, authorities, roots)
            members[member.certificate.thumbprint] = member
    return Partner(name=name, members=MappingProxyType(members))


def partner_of(name: str, pool: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> Partner:
    """Return the partner with those end certificates of ``pool`` that lead to an anchor by its authorities.

    Others are left out: their signatures have no known signer.
    """
    authorities = [certificate for certificate in pool if is_authority(certificate)]
    members: dict[str, Member] = {}
    for own in pool:
        if not is_authority(own):
            with suppress(GatewayError):
                member = _member(Path(name), own, authorities, list(anchors))
                members[member.certificate.thumbprint] = member
    return Partner(name=name, members=MappingProxyType(members))


def _member(
    path: Path, own: x509.Certificate, authorities: list[x509.Certificate], roots: list[x509.Certificate]
) -> Member:
    key = allowed(own.public_key(), str(path))
    return Member.of(own, key, _trusted_chain(path, own, authorities, roots))


def _trusted_chain(
    path: Path, own: x509.Certificate, authorities: list[x509.Certificate], roots: list[x509.Certificate]
) -> list[x509.Certificate]:
    if not roots:
        raise GatewayError("certificate.untrusted", where=str(path), detail="no anchors are named")
    # Seals are no TLS certificates: our rule covers end certificates, RFC 5280 the authorities.
    builder = PolicyBuilder().store(Store(roots)).time(own.not_valid_before_utc.replace(tzinfo=None))
    policy = builder.max_chain_depth(MAX_CHAIN_DEPTH).extension_policies(
        ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        verified = policy.build_client_verifier().verify(own, authorities)
    except VerificationError as error:
        raise GatewayError("certificate.untrusted", where=str(path), detail=str(error)) from error
    if not _may_sign(own):
        raise GatewayError("certificate.untrusted", where=str(path), detail="its key usage does not allow signing")
    return verified.chain


def _identifiers(certificate: x509.Certificate) -> set[bytes]:
    """Return the octets by which a KeyIdentifier may name a certificate (X.509 token profile 1.1, 3.2.1)."""
    found = {hashlib.sha1(certificate.public_bytes(Encoding.DER), usedforsecurity=False).digest()}
    with suppress(x509.ExtensionNotFound):
        found.add(certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest)
    return found


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def other_purposes(certificate: x509.Certificate) -> str:
    """Return the names of the extended key usages if all exclude signing of documents; empty otherwise.

    An unknown purpose may allow it: the person who names the certificate decides.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    named = [_OTHER_PURPOSES.get(each.dotted_string, "") for each in usage]
    return ", ".join(named) if all(named) else ""


def assert_signs_documents(certificate: x509.Certificate) -> None:
    """Raise `GatewayError` ``certificate.purpose`` for a certificate with only `other_purposes`."""
    if purposes := other_purposes(certificate):
        raise GatewayError("certificate.purpose", where=certificate.subject.rfc4514_string(), detail=purposes)


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment
