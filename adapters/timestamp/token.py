"""Verification of a kept token, offline: octets, a digest and anchors in, a `TimeStamp` or a typed refusal out.

The order of the checks, each with its code:

 1. it is whole (``time.truncated``) and at most 64 KiB (``time.encoding``)
 2. it is DER, a SignedData that holds a TSTInfo of version 1, without critical extensions (``time.encoding``)
 3. it has one signer (``time.signers``)
 4. the digest is SHA-256 (``time.imprint-algorithm``) and the one that is asked for (``time.imprint``)
 5. nonce and policy are those that were asked for, where any were (``time.nonce``, ``time.policy``)
 6. the signer's certificate is in it (``time.certificate-missing``)
 7. digest, signature and key are of allowed kinds (``time.algorithm``)
 8. the signed attributes name this certificate (ESSCertIDv2, RFC 5816: ``time.signing-certificate``), the content's
    type and its digest, and the signature is right (``time.signature``); if the content names an authority, it is one
    of the certificate's names (``time.signing-certificate``)
 9. the certificate is for time-stamping (``time.purpose``), critically so (``time.purpose-not-critical``), and alone
10. it was valid at the token's time (``time.certificate-validity``)
11. it leads to an anchor, each certificate of the chain valid at the token's time (``time.untrusted``)

Whether the certificate was revoked is not asked here.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
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
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from adapters.crypto import tsp
from gateway.timestamping import TimeStamp, TokenRefused

MAX_CERTIFICATES: Final = 16
MAX_CHAIN_DEPTH: Final = 4
"""Authorities between the certificate and its anchor."""

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
_ANY_PURPOSE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
_DIRECTORY_NAME: Final = 0xA4
_MALFORMED = (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


def verify_token(
    token: bytes,
    digest: bytes,
    anchors: Sequence[x509.Certificate],
    *,
    between: Sequence[x509.Certificate] = (),
    nonce: int | None = None,
    policy: str | None = None,
) -> TimeStamp:
    """Return what the DER of a TimeStampToken says of ``digest`` (SHA-256, 32 octets).

    ``between`` are authorities below the anchors, from anywhere: a token may hold its signer's certificate alone.
    ``nonce`` and ``policy`` (a dotted OID) are compared where they are given. Raises `TokenRefused`.
    """
    data = _read(token)
    info = _read_info(data)
    signer = _the_signer(data)
    _assert_asked_for(info, digest, nonce, policy)
    certificates = _certificates(data)
    own = _certificate_of(signer, certificates)
    moment = info.time.as_datetime()
    _assert_signed_by(own, signer, data)
    _assert_named(own, info)
    _assert_for_time_stamps(own)
    _assert_valid(own, moment)
    _assert_trusted(own, [*certificates, *between], anchors, moment)
    return TimeStamp(
        time=moment,
        accuracy=_accuracy(info.accuracy),
        authority=own.subject.rfc4514_string(),
        serial=info.serial,
        policy=info.policy.dotted_string,
        digest=digest,
    )


def _read(token: bytes) -> tsp.SignedData:
    if len(token) > tsp.MAX_OCTETS:
        raise _malformed(f"more than {tsp.MAX_OCTETS} octets")
    if len(token) < _declared_length(token):
        raise TokenRefused("time.truncated", detail=f"{len(token)} octets")
    try:
        read = decode_der(tsp.Token, token)
    except ValueError as error:
        raise _malformed(str(error)) from error
    data = read.content
    if (read.oid, data.content.oid) != (tsp.SIGNED_DATA, tsp.TST_INFO):
        raise _malformed("it holds something else")
    if data.version != 3:
        raise _malformed(f"SignedData of version {data.version}")
    return data


def _declared_length(token: bytes) -> int:
    """How long the outermost element says that it is, with its header; 0 where it does not say so in DER's way."""
    if len(token) < 2:
        return 2 if token in (b"", b"\x30") else 0
    if token[0] != 0x30:
        return 0
    count = token[1] & 0x7F if token[1] & 0x80 else 0
    if token[1] & 0x80 and not count:
        return 0
    return 2 + count + (int.from_bytes(token[2 : 2 + count], "big") if count else token[1])


def _read_info(data: tsp.SignedData) -> tsp.TokenInfo:
    try:
        info = decode_der(tsp.TokenInfo, data.content.content)
    except ValueError as error:
        raise _malformed(str(error)) from error
    if info.version != 1:
        raise _malformed(f"TSTInfo of version {info.version}")
    if any(extension.critical for extension in info.extensions or []):
        raise _malformed("a critical extension")
    return info


def _the_signer(data: tsp.SignedData) -> tsp.SignerInfo:
    signers = data.signers.as_list()
    if len(signers) != 1:
        raise TokenRefused("time.signers", detail=str(len(signers)))
    return signers[0]


def _assert_asked_for(info: tsp.TokenInfo, digest: bytes, nonce: int | None, policy: str | None) -> None:
    algorithm = info.imprint.algorithm
    if algorithm.oid != tsp.SHA256 or not algorithm.plain():
        raise TokenRefused("time.imprint-algorithm", detail=algorithm.oid.dotted_string)
    if not hmac.compare_digest(info.imprint.digest, digest):
        raise TokenRefused("time.imprint", detail=info.imprint.digest.hex())
    if nonce is not None and info.nonce != nonce:
        raise TokenRefused("time.nonce", detail="none" if info.nonce is None else "another")
    if policy is not None and info.policy.dotted_string != policy:
        raise TokenRefused("time.policy", detail=info.policy.dotted_string)


def _certificates(data: tsp.SignedData) -> list[x509.Certificate]:
    found = data.certificates or []
    if len(found) > MAX_CERTIFICATES:
        raise _malformed(f"{len(found)} certificates")
    try:
        if any(each.parse(tsp.CertificateShell).signature.padding_bits() for each in found):
            raise ValueError("its signature ends within an octet")
        read = [x509.load_der_x509_certificate(encode_der(each)) for each in found]
        for certificate in read:
            # Parsed on first use, and may be malformed.
            _ = certificate.extensions, certificate.subject.rfc4514_string(), certificate.issuer.public_bytes()
            _ = certificate.public_key(), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except UnsupportedAlgorithm as error:
        raise TokenRefused("time.algorithm", detail="a certificate's key") from error
    except _MALFORMED as error:
        raise _malformed(f"a certificate: {error}") from error
    return read


def _certificate_of(signer: tsp.SignerInfo, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    for certificate in certificates:
        if isinstance(signer.signer, bytes):
            found = signer.version == 3 and _key_identifier(certificate) == signer.signer
        else:
            issuer = encode_der(signer.signer.issuer)
            found = signer.version == 1 and (issuer, signer.signer.serial) == _name_of(certificate)
        if found:
            return certificate
    raise TokenRefused("time.certificate-missing")


def _name_of(certificate: x509.Certificate) -> tuple[bytes, int]:
    return certificate.issuer.public_bytes(), certificate.serial_number


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _assert_signed_by(own: x509.Certificate, signer: tsp.SignerInfo, data: tsp.SignedData) -> None:
    algorithm = signer.digest_algorithm
    chosen = _DIGESTS.get(algorithm.oid)
    if chosen is None or not algorithm.plain() or not signer.algorithm.plain():
        raise TokenRefused(
            "time.algorithm", detail=f"{algorithm.oid.dotted_string}, {signer.algorithm.oid.dotted_string}"
        )
    if [each.oid for each in data.digest_algorithms.as_list()] != [algorithm.oid]:
        raise _malformed("its digest algorithms are not the signer's")
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
                raise TokenRefused("time.algorithm", detail=f"{type(key).__name__}, {made.dotted_string}")
    except InvalidSignature:
        raise TokenRefused("time.signature") from None


def _single_values(signer: tsp.SignerInfo) -> dict[x509.ObjectIdentifier, bytes]:
    """The signed attributes' values; an attribute that stands there twice, or has not one value, is refused."""
    values: dict[x509.ObjectIdentifier, bytes] = {}
    for attribute in signer.signed.as_list():
        found = attribute.values.as_list()
        if len(found) != 1 or attribute.oid in values:
            raise _malformed(f"the signed attribute {attribute.oid.dotted_string}")
        values[attribute.oid] = encode_der(found[0])
    return values


def _assert_names(own: x509.Certificate, value: bytes | None) -> None:
    """Raise unless the attribute names ``own``; without it somebody could put another certificate of the key there."""
    if value is None:
        raise TokenRefused("time.signing-certificate", detail="no ESSCertIDv2")
    try:
        named = decode_der(tsp.SigningCertificate, value).certificates
    except ValueError as error:
        raise _malformed(f"its signing certificate: {error}") from error
    if not named:
        raise _malformed("it names no signing certificate")
    first = named[0]
    algorithm = first.algorithm.oid if first.algorithm else tsp.SHA256
    if algorithm not in _DIGESTS:
        raise TokenRefused("time.algorithm", detail=algorithm.dotted_string)
    if first.digest != _digest(own.public_bytes(Encoding.DER), _DIGESTS[algorithm]):
        raise TokenRefused("time.signing-certificate", detail="another certificate")
    if first.issuer_and_serial is not None:
        said = [encode_der(name) for name in first.issuer_and_serial.issuer]
        issuer, serial = _name_of(own)
        if first.issuer_and_serial.serial != serial or said != [tsp.tagged(_DIRECTORY_NAME, issuer)]:
            raise TokenRefused("time.signing-certificate", detail="another issuer or serial number")


def _assert_named(own: x509.Certificate, info: tsp.TokenInfo) -> None:
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


def _assert_for_time_stamps(own: x509.Certificate) -> None:
    try:
        purpose = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise TokenRefused("time.purpose", where=own.subject.rfc4514_string(), detail="no purpose") from None
    where, said = own.subject.rfc4514_string(), [each.dotted_string for each in purpose.value]
    if list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TokenRefused("time.purpose", where=where, detail=", ".join(said))
    if not purpose.critical:
        raise TokenRefused("time.purpose-not-critical", where=where)
    if not _may_only_sign(own):
        raise TokenRefused("time.purpose", where=where, detail="its key usage is not signing alone")


def _may_only_sign(own: x509.Certificate) -> bool:
    try:
        usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    more = (
        usage.key_encipherment,
        usage.data_encipherment,
        usage.key_agreement,
        usage.key_cert_sign,
        usage.crl_sign,
    )
    return (usage.digital_signature or usage.content_commitment) and not any(more)


def _assert_valid(own: x509.Certificate, moment: datetime) -> None:
    start, end = own.not_valid_before_utc, own.not_valid_after_utc
    if not start <= moment <= end:
        where = own.subject.rfc4514_string()
        raise TokenRefused("time.certificate-validity", where=where, detail=f"valid {start} to {end}, token {moment}")


def _for_time_stamps(_policy: Policy, _certificate: x509.Certificate, purpose: x509.ExtendedKeyUsage | None) -> None:
    """An authority that is limited in its purposes must have this one among them."""
    if purpose is not None and not {ExtendedKeyUsageOID.TIME_STAMPING, _ANY_PURPOSE} & set(purpose):
        raise ValueError("an authority for other purposes")


_AUTHORITIES: Final = ExtensionPolicy.webpki_defaults_ca().may_be_present(
    x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _for_time_stamps
)


def _assert_trusted(
    own: x509.Certificate, others: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], moment: datetime
) -> None:
    where = own.subject.rfc4514_string()
    if not anchors:
        raise TokenRefused("time.untrusted", where=where, detail="no anchor was given")
    builder = PolicyBuilder().store(Store(list(anchors))).time(moment.replace(tzinfo=None, microsecond=0))
    policy = builder.max_chain_depth(MAX_CHAIN_DEPTH).extension_policies(
        ca_policy=_AUTHORITIES, ee_policy=ExtensionPolicy.permit_all()
    )
    try:
        policy.build_client_verifier().verify(own, [each for each in others if each != own])
    except VerificationError as error:
        raise TokenRefused("time.untrusted", where=where, detail=str(error)) from error


def _accuracy(said: tsp.Accuracy | None) -> timedelta | None:
    if said is None:
        return None
    parts = said.seconds or 0, said.millis or 0, said.micros or 0
    if min(parts) < 0:
        raise _malformed("its accuracy")
    try:
        return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])
    except OverflowError as error:
        raise _malformed("its accuracy") from error


def _digest(octets: bytes, algorithm: HashAlgorithm) -> bytes:
    digest = Hash(algorithm)
    digest.update(octets)
    return digest.finalize()


def _malformed(detail: str) -> TokenRefused:
    return TokenRefused("time.encoding", detail=detail)
