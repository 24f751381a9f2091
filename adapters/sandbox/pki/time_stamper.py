"""Issuer of time-stamp tokens for development: real ones (RFC 3161, RFC 5816), by a key that is worth nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from cryptography.hazmat.asn1 import BitString, GeneralizedTime, Null, SetOf, decode_der, encode_der
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import ObjectIdentifier, load_der_x509_certificate, random_serial_number

from adapters.crypto.keys import ecdsa, names
from adapters.crypto.keys.keys import Signer
from adapters.timestamp import tsp
from gateway.runtime.clock import Clock

POLICY: Final = ObjectIdentifier("1.3.6.1.4.1.32473.1.3161")
"""Policy under the number that is reserved for examples (RFC 5612): it promises nothing."""

BAD_ALGORITHM, BAD_REQUEST, BAD_FORMAT, UNKNOWN_POLICY, SYSTEM_FAILURE = 0, 2, 5, 15, 25
"""Bits of PKIFailureInfo."""


class TimeFault(StrEnum):
    """Fault of a request, on demand."""

    REFUSED = "refused"
    WRONG_NONCE = "wrong-nonce"
    WRONG_IMPRINT = "wrong-imprint"
    WRONG_TIME = "wrong-time"
    GARBAGE = "garbage"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamper:
    """Issuer of tokens. ``chain`` are the DER certificates in a token: the signer's, then those of its authorities."""

    signer: Signer
    chain: Sequence[bytes] = field(repr=False)
    clock: Clock
    accuracy: timedelta = timedelta(seconds=1)

    def answer(self, query: bytes, fault: TimeFault | None = None) -> bytes:
        """Return the DER of a TimeStampResp for that of a TimeStampReq."""
        if fault is TimeFault.GARBAGE:
            return b"0\x82\x10\x00" + query
        if fault is TimeFault.REFUSED:
            return _refusal(SYSTEM_FAILURE, "as it was told to")
        try:
            request = decode_der(tsp.Request, query)
        except ValueError:
            return _refusal(BAD_FORMAT, "no TimeStampReq")
        if (why := _unacceptable(request)) is not None:
            return _refusal(*why)
        info = encode_der(self._info(request, fault))
        token = self._signed(info, with_certificates=request.certificates_wanted)
        return encode_der(tsp.Response(status=tsp.Status(status=tsp.GRANTED), token=_as_any(token)))

    def _info(self, request: tsp.Request, fault: TimeFault | None) -> tsp.TokenInfo:
        imprint, nonce, now = request.imprint, request.nonce, self.clock()
        if fault is TimeFault.WRONG_NONCE:
            nonce = (nonce or 0) + 1
        if fault is TimeFault.WRONG_IMPRINT:
            imprint = tsp.Imprint(algorithm=imprint.algorithm, digest=sha256(imprint.digest).digest())
        if fault is TimeFault.WRONG_TIME:
            now += timedelta(hours=1)
        seconds, rest = divmod(self.accuracy, timedelta(seconds=1))
        return tsp.TokenInfo(
            version=1,
            policy=POLICY,
            imprint=imprint,
            serial=random_serial_number(),
            # Cut, not rounded: a token is never from the future.
            time=GeneralizedTime(now.replace(microsecond=now.microsecond // 1000 * 1000)),
            accuracy=tsp.Accuracy(seconds=seconds or None, millis=rest // timedelta(milliseconds=1) or None),
            ordering=False,
            nonce=nonce,
        )

    def _signed(self, info: bytes, *, with_certificates: bool) -> tsp.Token:
        own = load_der_x509_certificate(self.chain[0])
        named = tsp.SigningCertificate(certificates=[tsp.EssCertificate(digest=sha256(self.chain[0]).digest())])
        signed = SetOf(
            [
                _attribute(tsp.CONTENT_TYPE, encode_der(tsp.TST_INFO)),
                _attribute(tsp.MESSAGE_DIGEST, encode_der(sha256(info).digest())),
                _attribute(tsp.SIGNING_CERTIFICATE_V2, encode_der(named)),
            ]
        )
        algorithm, signature = self._signature(tsp.signed_octets(signed))
        signer = tsp.SignerInfo(
            version=1,
            signer=tsp.IssuerAndSerial(issuer=tsp.element(own.issuer.public_bytes()), serial=own.serial_number),
            digest_algorithm=tsp.Algorithm(oid=tsp.SHA256),
            signed=signed,
            algorithm=algorithm,
            signature=signature,
        )
        data = tsp.SignedData(
            version=3,
            digest_algorithms=SetOf([tsp.Algorithm(oid=tsp.SHA256)]),
            content=tsp.EncapsulatedContent(oid=tsp.TST_INFO, content=info),
            # Sorted, as DER requires of a set.
            certificates=[tsp.element(each) for each in sorted(self.chain)] if with_certificates else None,
            signers=SetOf([signer]),
        )
        return tsp.Token(oid=tsp.SIGNED_DATA, content=data)

    def _signature(self, octets: bytes) -> tuple[tsp.Algorithm, bytes]:
        made = self.signer.sign(octets)
        if self.signer.algorithm == names.ECDSA_SHA256:
            return tsp.Algorithm(oid=tsp.ECDSA_WITH_SHA256), encode_dss_signature(*ecdsa.split(made))
        return tsp.Algorithm(oid=tsp.SHA256_WITH_RSA, parameters=Null()), made


def _unacceptable(request: tsp.Request) -> tuple[int, str] | None:
    imprint = request.imprint
    if request.version != 1 or request.extensions:
        return BAD_REQUEST, "version 1 without extensions is wanted"
    if imprint.algorithm.oid != tsp.SHA256 or not imprint.algorithm.plain():
        return BAD_ALGORITHM, "SHA-256 is wanted"
    if len(imprint.digest) != sha256().digest_size:
        return BAD_FORMAT, "a digest of 32 octets is wanted"
    if request.policy not in (None, POLICY):
        return UNKNOWN_POLICY, f"the policy here is {POLICY.dotted_string}"
    return None


def _refusal(bit: int, words: str) -> bytes:
    octets, padding = bit // 8 + 1, 7 - bit % 8
    failure = BitString((1 << padding).to_bytes(octets, "big"), padding)
    return encode_der(tsp.Response(status=tsp.Status(status=tsp.REJECTION, text=[words], failure=failure)))


def _attribute(oid: ObjectIdentifier, value: bytes) -> tsp.Attribute:
    return tsp.Attribute(oid=oid, values=SetOf([tsp.element(value)]))


def _as_any(token: tsp.Token) -> tsp.AnyContent:
    return decode_der(tsp.AnyContent, encode_der(token))
