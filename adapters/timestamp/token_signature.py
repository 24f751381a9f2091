"""Signature of a token: allowed algorithms, validity, and the certificate in its signed attributes."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.asn1 import decode_der, encode_der
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.crypto.keys.key_names import name_of_key
from adapters.timestamp import tsp
from adapters.timestamp.token_chain import name_of
from gateway.archive.timestamping import TokenRefused

_DIGESTS: Final[dict[x509.ObjectIdentifier, HashAlgorithm]] = {
    tsp.SHA256: SHA256(),
    tsp.SHA384: SHA384(),
    tsp.SHA512: SHA512(),
}
_RSA: Final = {tsp.SHA256: tsp.SHA256_WITH_RSA, tsp.SHA384: tsp.SHA384_WITH_RSA, tsp.SHA512: tsp.SHA512_WITH_RSA}
_ECDSA: Final = {
    tsp.SHA256: tsp.ECDSA_WITH_SHA256,
    tsp.SHA384: tsp.ECDSA_WITH_SHA384,
    tsp.SHA512: tsp.ECDSA_WITH_SHA512,
}
_MIN_RSA_BITS: Final = 2048
_CURVES: Final = (SECP256R1, SECP384R1, SECP521R1)
_DIRECTORY_NAME: Final = 0xA4


def assert_signed_by(own: x509.Certificate, signer: tsp.SignerInfo, data: tsp.SignedData) -> None:
    """Raise `TokenRefused` ``time.algorithm``, ``time.encoding``, ``time.signing-certificate`` or ``time.signature``
    unless ``own`` made this signature over the content."""
    algorithm = signer.digest_algorithm
    chosen = _DIGESTS.get(algorithm.oid)
    if chosen is None or not algorithm.plain() or not signer.algorithm.plain():
        raise TokenRefused(
            "time.algorithm", detail=f"{algorithm.oid.dotted_string}, {signer.algorithm.oid.dotted_string}"
        )
    if [each.oid for each in data.digest_algorithms.as_list()] != [algorithm.oid]:
        raise TokenRefused("time.encoding", detail="its digest algorithms are not the signer's")
    attributes = _single_values(signer)
    _assert_names(own, attributes.get(tsp.SIGNING_CERTIFICATE_V2))
    said = {
        tsp.CONTENT_TYPE: encode_der(tsp.TST_INFO),
        tsp.MESSAGE_DIGEST: encode_der(_digest(data.content.content, chosen)),
    }
    if any(attributes.get(oid) != value for oid, value in said.items()):
        raise TokenRefused("time.signature", detail="the signed attributes are of other content")
    _assert_signature(own, signer, chosen)


def _assert_signature(own: x509.Certificate, signer: tsp.SignerInfo, chosen: HashAlgorithm) -> None:
    octets, made, digest = tsp.signed_octets(signer.signed), signer.algorithm.oid, signer.digest_algorithm.oid
    try:
        match own.public_key():
            case RSAPublicKey() as rsa if rsa.key_size >= _MIN_RSA_BITS and made in (tsp.RSA, _RSA[digest]):
                rsa.verify(signer.signature, octets, PKCS1v15(), chosen)
            case EllipticCurvePublicKey() as curve if isinstance(curve.curve, _CURVES) and made == _ECDSA[digest]:
                curve.verify(signer.signature, octets, ECDSA(chosen))
            case key:
                raise TokenRefused("time.algorithm", detail=f"{name_of_key(key)}, {made.dotted_string}")
    except InvalidSignature:
        raise TokenRefused("time.signature") from None


def _single_values(signer: tsp.SignerInfo) -> dict[x509.ObjectIdentifier, bytes]:
    """Return the signed attributes' values; refuse a repeated attribute, or one without exactly one value."""
    values: dict[x509.ObjectIdentifier, bytes] = {}
    for attribute in signer.signed.as_list():
        found = attribute.values.as_list()
        if len(found) != 1 or attribute.oid in values:
            raise TokenRefused("time.encoding", detail=f"the signed attribute {attribute.oid.dotted_string}")
        values[attribute.oid] = encode_der(found[0])
    return values


def _assert_names(own: x509.Certificate, value: bytes | None) -> None:
    """Raise unless the attribute names ``own``; otherwise another certificate of the same key could be inserted."""
    if value is None:
        raise TokenRefused("time.signing-certificate", detail="no ESSCertIDv2")
    try:
        named = decode_der(tsp.SigningCertificate, value).certificates
    except ValueError as error:
        raise TokenRefused("time.encoding", detail=f"its signing certificate: {error}") from error
    if not named:
        raise TokenRefused("time.encoding", detail="it names no signing certificate")
    first = named[0]
    algorithm = first.algorithm.oid if first.algorithm else tsp.SHA256
    if algorithm not in _DIGESTS:
        raise TokenRefused("time.algorithm", detail=algorithm.dotted_string)
    if first.digest != _digest(own.public_bytes(Encoding.DER), _DIGESTS[algorithm]):
        raise TokenRefused("time.signing-certificate", detail="another certificate")
    if first.issuer_and_serial is not None:
        said = [encode_der(name) for name in first.issuer_and_serial.issuer]
        issuer, serial = name_of(own)
        if first.issuer_and_serial.serial != serial or said != [tsp.tagged(_DIRECTORY_NAME, issuer)]:
            raise TokenRefused("time.signing-certificate", detail="another issuer or serial number")


def assert_named(own: x509.Certificate, info: tsp.TokenInfo) -> None:
    """Raise `TokenRefused` ``time.signing-certificate`` if the content names another authority than ``own``."""
    if info.authority is None:
        return
    names = [tsp.tagged(_DIRECTORY_NAME, own.subject.public_bytes())]
    try:
        other = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.public_bytes()
        names += [encode_der(name) for name in tsp.elements(other)]
    except x509.ExtensionNotFound:
        pass
    if len(info.authority) != 1 or encode_der(info.authority[0]) not in names:
        raise TokenRefused("time.signing-certificate", detail="the content names another authority")


def _digest(octets: bytes, algorithm: HashAlgorithm) -> bytes:
    digest = Hash(algorithm)
    digest.update(octets)
    return digest.finalize()
