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

Revocation of the certificate is not judged here.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.asn1 import decode_der

from adapters.timestamp import tsp
from adapters.timestamp.token_chain import (
    assert_for_time_stamps,
    assert_valid,
    certificate_of,
    certificates_in,
    trusted_chain,
)
from adapters.timestamp.token_signature import assert_named, assert_signed_by
from gateway.archive.timestamping import TimeStamp, TokenRefused


def verify_token(
    token: bytes,
    digest: bytes,
    anchors: Sequence[x509.Certificate],
    *,
    between: Sequence[x509.Certificate] = (),
    nonce: int | None = None,
    policy: str | None = None,
) -> TimeStamp:
    """Verify the DER of a TimeStampToken for ``digest`` (SHA-256, 32 octets) and return its content.

    ``between`` are authorities below the anchors, from anywhere: a token may contain its signer's certificate alone.
    ``nonce`` and ``policy`` (a dotted OID) are compared if given. Raises `TokenRefused`.
    """
    data = _read(token)
    info = _read_info(data)
    signer = _the_signer(data)
    _assert_asked_for(info, digest, nonce, policy)
    certificates = certificates_in(data)
    own = certificate_of(signer, certificates)
    moment = info.time.as_datetime()
    assert_signed_by(own, signer, data)
    assert_named(own, info)
    assert_for_time_stamps(own)
    assert_valid(own, moment)
    trusted_chain(own, [*certificates, *between], anchors, moment)
    return TimeStamp(
        time=moment,
        accuracy=_accuracy(info.accuracy),
        authority=own.subject.rfc4514_string(),
        serial=info.serial,
        policy=info.policy.dotted_string,
        digest=digest,
    )


def certificates_of_token(token: bytes) -> list[x509.Certificate]:
    """Return the certificates in a token, its signer's first, without judging them. Raises `TokenRefused`."""
    data = _read(token)
    certificates = certificates_in(data)
    own = certificate_of(_the_signer(data), certificates)
    return [own, *(each for each in certificates if each != own)]


def chain_of_token(
    token: bytes, anchors: Sequence[x509.Certificate], between: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the certificates from a verified token's signer to its anchor."""
    data = _read(token)
    certificates = certificates_in(data)
    own = certificate_of(_the_signer(data), certificates)
    return trusted_chain(own, [*certificates, *between], anchors, _read_info(data).time.as_datetime())


def _read(token: bytes) -> tsp.SignedData:
    if len(token) > tsp.MAX_OCTETS:
        raise TokenRefused("time.encoding", detail=f"more than {tsp.MAX_OCTETS} octets")
    if len(token) < _declared_length(token):
        raise TokenRefused("time.truncated", detail=f"{len(token)} octets")
    try:
        read = decode_der(tsp.Token, token)
    except ValueError as error:
        raise TokenRefused("time.encoding", detail=str(error)) from error
    data = read.content
    if (read.oid, data.content.oid) != (tsp.SIGNED_DATA, tsp.TST_INFO):
        raise TokenRefused("time.encoding", detail="it holds something else")
    if data.version != 3:
        raise TokenRefused("time.encoding", detail=f"SignedData of version {data.version}")
    return data


def _declared_length(token: bytes) -> int:
    """Return the length that the outermost element declares, with its header; 0 if it is not in DER's form."""
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
        raise TokenRefused("time.encoding", detail=str(error)) from error
    if info.version != 1:
        raise TokenRefused("time.encoding", detail=f"TSTInfo of version {info.version}")
    if any(extension.critical for extension in info.extensions or []):
        raise TokenRefused("time.encoding", detail="a critical extension")
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


def _accuracy(said: tsp.Accuracy | None) -> timedelta | None:
    if said is None:
        return None
    parts = said.seconds or 0, said.millis or 0, said.micros or 0
    if min(parts) < 0:
        raise TokenRefused("time.encoding", detail="its accuracy")
    try:
        return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])
    except OverflowError as error:
        raise TokenRefused("time.encoding", detail="its accuracy") from error
