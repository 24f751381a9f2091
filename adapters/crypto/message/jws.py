"""Signed messages in JSON: JWS in its compact form (RFC 7515), one exact profile of it (RFC 8725).

A header has only ``alg``, ``typ`` and ``x5t#S256``: it names a registered certificate, never a key.
The payload is an object with these claims:

    op      the operation, in an answer with Response behind it
    jti     the message's id: a nonce, which is processed once
    re      in an answer: the ``jti`` of the request
    aud     in a request: the endpoint that it is for
    iat     time of creation, exp: end of validity; whole seconds since 1970 (RFC 7519, 2)
    body    the content, judged by the contract's schema

A `JwsForm` has a partner's own names for ``op``, ``re`` and ``body``, and its own type. Names
registered by RFC 7519 are the same for all.

The order of the checks: size → three parts → strict base64url → header, strict JSON → no key in it, nothing critical →
algorithm and type → the partner's certificate → signature → payload, strict JSON → claims. The content after the
signature check comes from the partner; nothing of the payload is parsed before.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.message.jws_form import ALWAYS, OURS, JwsForm
from adapters.crypto.schema.strict_json import JsonLimits, dump, dump_in_pieces, parse_object
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.crypto.xml.strict_xml import MIB
from gateway.notice.large_octets import Base64Octets, Octets, joined, sha256_of
from gateway.notice.notice import sha256
from gateway.trust.trust_policy import Facts, Rejection, SignerFacts

MAX_JWS_BYTES: Final = 20 * MIB
PAYLOAD_LIMITS: Final = JsonLimits(max_bytes=14 * MIB, max_depth=8, max_tokens=20_000)
"""Limits of a payload: the largest attachment is 7 MiB, its seal 9.4 in base64, and that in base64 again 12.5.

500 results of six members each are 13,000 tokens.
"""

HEADER_LIMITS: Final = JsonLimits(max_bytes=8 * 1024, max_depth=4, max_tokens=256)
"""Limits of a header, with room for members that are refused by name: a key, a chain of certificates."""

_MEMBERS: Final = frozenset({"alg", "typ", "x5t#S256"})
_CARRIES_A_KEY: Final = frozenset({"jwk", "jku", "x5u", "x5c", "kid", "x5t"})
ALGORITHMS: Final[Mapping[str, str]] = {
    "RS256": names.RSA_SHA256,
    "ES256": names.ECDSA_SHA256,
    "PS256": names.RSA_PSS_SHA256,
}
_NAMES: Final = {uri: name for name, uri in ALGORITHMS.items()}
_BASE64URL: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,127}")
_MAX_ADDRESS: Final = 2_048
_LATEST: Final = 253_402_300_799
"""Last second of the year 9999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Claims of a message: ``operation``, ``message_id``; ``audience`` in a request, ``relates_to`` in a response."""

    operation: str
    message_id: str
    audience: str | None = None
    relates_to: str | None = None


def sign_jws(
    body: Mapping[str, Any],
    claims: Claims,
    signer: Signer,
    created: datetime,
    lifetime: timedelta,
    form: JwsForm = OURS,
) -> bytes:
    """Sign a message and return its compact JWS; it was made at ``created``."""
    return compact(header_of(signer, form), dump(_said(body, claims, created, lifetime, form)), signer)


def sign_jws_in_pieces(
    body: Mapping[str, Any],
    claims: Claims,
    signer: Signer,
    created: datetime,
    lifetime: timedelta,
    form: JwsForm = OURS,
) -> Octets:
    """Sign a message as `sign_jws` does; each `gateway.mapping.model.values.LargeValue` in ``body`` stays where it is.

    It is read once for the signature, and whenever the octets are. Reading it may raise `GatewayError`.
    """
    header, payload = header_of(signer, form), dump_in_pieces(_said(body, claims, created, lifetime, form))
    if isinstance(payload, bytes):
        return compact(header, payload, signer)
    signed = joined((encode(dump(header)) + b".", Base64Octets(payload, is_url=True)))
    return joined((signed, b"." + encode(signer.sign_digest(sha256_of(signed)))))


def _said(
    body: Mapping[str, Any], claims: Claims, created: datetime, lifetime: timedelta, form: JwsForm
) -> dict[str, Any]:
    made = int(created.timestamp())
    told: dict[str, Any] = {form.operation: claims.operation, "jti": claims.message_id}
    told |= {"aud": claims.audience} if claims.audience is not None else {}
    told |= {form.relates_to: claims.relates_to} if claims.relates_to is not None else {}
    return told | {"iat": made, "exp": int((created + lifetime).timestamp()), form.body: body}


def header_of(signer: Signer, form: JwsForm = OURS) -> dict[str, str]:
    thumbprint = bytes.fromhex(signer.certificate.thumbprint.removeprefix("sha256:"))
    return {"alg": _NAMES[signer.algorithm], "typ": form.type, "x5t#S256": encode(thumbprint).decode()}


def compact(header: Mapping[str, Any], payload: bytes, signer: Signer) -> bytes:
    """Return the compact JWS of any header and payload."""
    signed = encode(dump(header)) + b"." + encode(payload)
    return signed + b"." + encode(signer.sign(signed))


class JwsVerifier:
    """Verifier of messages of one partner. Only the algorithms of its profile apply; the rest is about XML.

    Without a ``form`` any names are accepted, and only claims registered by RFC 7519 are read: an auditor does not know
    the agreed names.
    """

    def __init__(self, partner: Partner, *, profile: PartnerProfile = STRICT, form: JwsForm | None = OURS) -> None:
        self._partner, self._algorithms, self._form = partner, profile.signature_algorithms, form

    def examine(self, octets: bytes) -> Facts:
        """Verify a message without judging time or repetition. Raises `Rejection`.

        ``covered`` has Body: all octets of the payload. ``claims`` have the names of WS-Addressing: Action (``op``),
        MessageID (``jti``), To (``aud``) and RelatesTo (``re``).
        ``replay_key`` is SHA-256 over certificate and ``jti``: a repeated nonce is refused, whatever else the message
        contains.
        """
        if len(octets) > MAX_JWS_BYTES:
            raise Rejection("verify.too-large", detail=f"{len(octets)} octets")
        if octets.startswith(b"{"):
            raise Rejection("verify.unsigned", detail="plain JSON")
        parts = octets.split(b".", 3)
        if len(parts) != 3:
            raise Rejection("verify.jws-form", detail=f"{len(parts)} parts")
        header = parse_object(decode(parts[0], "header"), HEADER_LIMITS)
        member, algorithm = self._signer(header)
        if not parts[2]:
            raise Rejection("verify.unsigned", where="signature")
        signature, payload = decode(parts[2], "signature"), decode(parts[1], "payload")
        member.verify(parts[0] + b"." + parts[1], signature, algorithm)
        return _facts(payload, member, self._form)

    def _signer(self, header: Mapping[str, Any]) -> tuple[Member, str]:
        """Return the signer by the registry, and the algorithm by the profile."""
        if keys := sorted(_CARRIES_A_KEY & header.keys()):
            raise Rejection("verify.jws-key", where=keys[0])
        if "crit" in header:
            raise Rejection("verify.jws-critical")
        # First: nobody signed this message.
        if str(header.get("alg")).lower() == "none":
            raise Rejection("verify.unsigned", where="alg")
        if header.keys() != _MEMBERS or not all(isinstance(value, str) for value in header.values()):
            odd = sorted(header.keys() ^ _MEMBERS)
            raise Rejection("verify.jws-header", detail=", ".join(odd)[:200] or "not text")
        algorithm = ALGORITHMS.get(header["alg"])
        if algorithm is None or algorithm not in self._algorithms:
            raise Rejection("verify.algorithm", where="alg", detail=header["alg"][:40])
        if self._form is not None and header["typ"] != self._form.type:
            raise Rejection("verify.jws-type", detail=header["typ"][:80])
        thumbprint = decode(header["x5t#S256"].encode(), "x5t#S256")
        if len(thumbprint) != 32:
            raise Rejection("verify.jws-header", where="x5t#S256", detail=f"{len(thumbprint)} octets")
        return self._partner.member(f"sha256:{thumbprint.hex()}"), algorithm


def body_of(facts: Facts, form: JwsForm = OURS) -> dict[str, Any]:
    """Return the body of a verified message."""
    body: dict[str, Any] = parse_object(facts.covered["Body"], PAYLOAD_LIMITS)[form.body]
    return body


def encode(octets: bytes) -> bytes:
    """Return base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def decode(text: bytes, where: str) -> bytes:
    """Decode base64url, in its only form for each octet string. Raises `Rejection` ``verify.jws-form``."""
    if text.translate(None, _BASE64URL):  # four times as fast as a pattern
        raise Rejection("verify.jws-form", where=where, detail="not base64url")
    try:
        octets = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        raise Rejection("verify.jws-form", where=where, detail="not base64url") from None
    if text[-1:] != encode(octets[-(len(octets) % 3 or 3) :])[-1:]:
        raise Rejection("verify.jws-form", where=where, detail="bits that say nothing")
    return octets


def _facts(payload: bytes, member: Member, form: JwsForm | None) -> Facts:
    said = parse_object(payload, PAYLOAD_LIMITS)
    names = {"MessageID": "jti", "To": "aud"}
    if form is None:
        _assert_names(said, ALWAYS, frozenset(said), ("jti",))
    else:
        names |= {"Action": form.operation, "RelatesTo": form.relates_to}
        _assert_names(said, form.required, form.allowed, (form.operation, "jti", form.relates_to))
        if not isinstance(said[form.body], dict):
            raise Rejection("verify.jws-claims", where=form.body, detail="not an object")
    if not isinstance(said.get("aud", ""), str) or len(said.get("aud", "")) > _MAX_ADDRESS:
        raise Rejection("verify.jws-claims", where="aud", detail="not an address")
    certificate = member.certificate
    return Facts(
        covered={"Body": payload},
        claims={ours: said[theirs] for ours, theirs in names.items() if theirs in said},
        signer=SignerFacts(
            thumbprint=certificate.thumbprint,
            subject=certificate.subject,
            not_before=certificate.not_before,
            not_after=certificate.not_after,
        ),
        signed_at=moment(said["iat"], "iat"),
        expires_at=moment(said["exp"], "exp"),
        replay_key=sha256(f"jws {certificate.thumbprint} {said['jti']}".encode()),
    )


def _assert_names(
    said: Mapping[str, Any], required: frozenset[str], allowed: frozenset[str], named: tuple[str, ...]
) -> None:
    if not required <= said.keys() <= allowed:
        odd = sorted((required - said.keys()) | (said.keys() - allowed))
        raise Rejection("verify.jws-claims", detail=", ".join(odd)[:200])
    for name in named:
        if name in said and not (isinstance(said[name], str) and _NAME.fullmatch(said[name])):
            raise Rejection("verify.jws-claims", where=name, detail="not a name")


def moment(seconds: object, where: str) -> datetime:
    """Return the time of a claim. Raises `Rejection` ``verify.jws-claims``."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= _LATEST:
        raise Rejection("verify.jws-claims", where=where, detail="not a time")
    return datetime.fromtimestamp(seconds, UTC)
