"""Documents that are JWS in the compact form (RFC 7515), such as receipts.

They are judged at their signing time, any number of times. The header has ``alg`` and, where it was agreed, ``typ``. It
may name the signer by ``x5t#S256`` or ``x5c``; ``kid`` is not read, since its meaning is not known here. A key in the
header is refused, as is everything critical (RFC 8725). Without a named signer each expected certificate is tried. The
payload is an object with ``iat``, the time of signing.

The order of the checks: size → three parts → strict base64url → header, strict JSON → no key in it, nothing critical →
algorithm and type → the expected certificate → signature → payload, strict JSON → time.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import Any, Final

from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.message.jws import ALGORITHMS, HEADER_LIMITS, decode, moment
from adapters.crypto.schema.strict_json import JsonLimits, parse_object
from adapters.crypto.xml.strict_xml import MIB
from gateway.notice.notice import sha256
from gateway.trust.trust_policy import Facts, Rejection, SignerFacts

MAX_BYTES: Final = 2 * MIB
PAYLOAD: Final = "Payload"
"""Name of the covered part."""

PAYLOAD_LIMITS: Final = JsonLimits(max_bytes=MAX_BYTES, max_depth=16, max_tokens=20_000)
_MEMBERS: Final = frozenset({"alg", "typ", "cty", "kid", "x5c", "x5t#S256"})
_CARRIES_A_KEY: Final = frozenset({"jwk", "jku", "x5u", "x5t"})
_MOST_TRIED: Final = 20
"""Maximum number of certificates that are tried for one document."""

_MAX_CERTIFICATE: Final = 16_384


def is_jws(octets: bytes) -> bool:
    """Return True for octets that begin as a JWS does: the base64url of ``{"``."""
    return octets.startswith(b"eyJ")


def names_signer(octets: bytes) -> bool:
    """Return True if the header names a certificate. Raises `Rejection` if it has another form."""
    return _named(parse_object(decode(octets.split(b".", 1)[0], "header"), HEADER_LIMITS)) is not None


class JwsDocumentVerifier:
    """Verifier of documents of one partner. ``type`` is the agreed ``typ``; None: any, or none."""

    def __init__(self, partner: Partner, type: str | None) -> None:
        self._partner, self._type = partner, type

    def examine(self, octets: bytes, expected: Collection[str]) -> Facts:
        """Verify a document without judging its time. Raises `Rejection`.

        ``expected`` are thumbprints of the certificates that may have signed it; they are tried if the header names
        none. ``covered`` has the octets of the payload as `PAYLOAD`.
        """
        if len(octets) > MAX_BYTES:
            raise Rejection("verify.too-large", detail=f"{len(octets)} octets")
        parts = octets.split(b".", 3)
        if len(parts) != 3:
            raise Rejection("verify.jws-form", detail=f"{len(parts)} parts")
        header = parse_object(decode(parts[0], "header"), HEADER_LIMITS)
        algorithm = self._algorithm(header)
        if not parts[2]:
            raise Rejection("verify.unsigned", where="signature")
        payload, signature = decode(parts[1], "payload"), decode(parts[2], "signature")
        member = self._signer(header, expected, parts[0] + b"." + parts[1], signature, algorithm)
        return _facts(octets, payload, member)

    def _algorithm(self, header: Mapping[str, Any]) -> str:
        if keys := sorted(_CARRIES_A_KEY & header.keys()):
            raise Rejection("verify.jws-key", where=keys[0])
        if "crit" in header:
            raise Rejection("verify.jws-critical")
        if str(header.get("alg")).lower() == "none":
            raise Rejection("verify.unsigned", where="alg")
        if odd := sorted(header.keys() - _MEMBERS):
            raise Rejection("verify.jws-header", detail=", ".join(odd)[:200])
        algorithm = ALGORITHMS.get(header["alg"]) if isinstance(header.get("alg"), str) else None
        if algorithm is None:
            raise Rejection("verify.algorithm", where="alg", detail=str(header.get("alg"))[:40])
        if self._type is not None and header.get("typ") != self._type:
            raise Rejection("verify.jws-type", detail=str(header.get("typ"))[:80])
        return algorithm

    def _signer(
        self, header: Mapping[str, Any], expected: Collection[str], signed: bytes, signature: bytes, algorithm: str
    ) -> Member:
        if named := _named(header):
            member = self._partner.member(named)
            member.verify(signed, signature, algorithm)
            return member
        known = [self._partner.members[each] for each in sorted(expected) if each in self._partner.members]
        if not known:
            raise Rejection("verify.unknown-certificate", detail="it names none, and none is expected")
        for member in known[:_MOST_TRIED]:
            try:
                member.verify(signed, signature, algorithm)
            except Rejection:
                continue
            return member
        raise Rejection("verify.signature", detail=f"of none of {min(len(known), _MOST_TRIED)} certificates")


def _named(header: Mapping[str, Any]) -> str | None:
    """Return the thumbprint of the certificate that a header names; two ways must agree."""
    found: set[str] = set()
    if (digest := header.get("x5t#S256")) is not None:
        octets = decode(digest.encode(), "x5t#S256") if isinstance(digest, str) else b""
        if len(octets) != 32:
            raise Rejection("verify.jws-header", where="x5t#S256", detail=f"{len(octets)} octets")
        found.add(f"sha256:{octets.hex()}")
    if (chain := header.get("x5c")) is not None:
        first = chain[0] if isinstance(chain, list) and chain else None
        if not isinstance(first, str) or len(first) > _MAX_CERTIFICATE:
            raise Rejection("verify.jws-header", where="x5c", detail="no certificate")
        try:
            found.add(sha256(base64.b64decode(first, validate=True)))
        except ValueError:  # also of a text that is not ASCII
            raise Rejection("verify.jws-header", where="x5c", detail="not base64") from None
    if len(found) > 1:
        raise Rejection("verify.jws-header", where="x5c", detail="another certificate than x5t#S256 names")
    return next(iter(found), None)


def _facts(octets: bytes, payload: bytes, member: Member) -> Facts:
    said, certificate = parse_object(payload, PAYLOAD_LIMITS), member.certificate
    return Facts(
        covered={PAYLOAD: payload},
        claims={},
        signer=SignerFacts(
            thumbprint=certificate.thumbprint,
            subject=certificate.subject,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
        ),
        signed_at=moment(said.get("iat"), "iat"),
        expires_at=None,
        replay_key=sha256(b"jws document " + certificate.thumbprint.encode() + b" " + octets),
    )
