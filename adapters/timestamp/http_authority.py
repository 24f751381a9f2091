"""Client of one RFC 3161 authority over HTTP (section 3.4). It verifies each token that it returns."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.asn1 import BitString, decode_der, encode_der

from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.http.loopback import assert_private
from adapters.timestamp import tsp
from adapters.timestamp.token import verify_token
from gateway.archive.timestamping import TokenRefused
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import TIME_AUTHORITY, Timekeeper

NONCE_BITS: Final = 63
"""Size of a nonce: some authorities accept at most 64 bits, with a sign."""

RESOLUTION: Final = timedelta(seconds=1)
"""Resolution of a token's time, which may be in whole seconds."""

_HEADERS: Final = {"Content-Type": tsp.QUERY, "Accept": tsp.REPLY}
_FAILURES: Final = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}
_MAX_WORDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """Settings of an authority. ``url`` is https, or on this machine; with ``loopback_only``, on this machine only.

    ``between`` are authorities that its tokens may omit. ``policy``, a dotted OID, is requested and required. A token's
    time is at most ``tolerance`` from ours.
    """

    name: str
    url: str
    anchors: Sequence[x509.Certificate] = field(repr=False)
    between: Sequence[x509.Certificate] = field(default=(), repr=False)
    policy: str | None = None
    timeout: timedelta = timedelta(seconds=10)
    tolerance: timedelta = timedelta(minutes=1)
    loopback_only: bool = False


class HttpTimeAuthority:
    """Implementation of `gateway.archive.timestamping.TimeAuthority` over HTTP."""

    def __init__(self, settings: AuthoritySettings, clock: Clock, timekeeper: Timekeeper) -> None:
        """Prepare a client; ``timekeeper`` gets the time of each token, also if that is too far from ours."""
        self._settings, self._clock, self._timekeeper = settings, clock, timekeeper
        self._client = HttpClient(settings.timeout)

    @property
    def name(self) -> str:
        return self._settings.name

    def stamp(self, digest: bytes) -> bytes:
        """Return the DER of a TimeStampToken for a SHA-256 digest.

        Raises `GatewayError` ``config.endpoint``, ``time.unreachable``, ``time.answer``, ``time.refused``,
        ``time.clock``, and `TokenRefused` as `verify_token` does.
        """
        self._assert_allowed()
        nonce = secrets.randbits(NONCE_BITS)
        asked_at, since = self._clock(), self._timekeeper.steady()
        token = self._token_of(self._post(_query(digest, nonce, self._settings.policy)))
        received_at = self._clock()
        known = self._settings
        try:
            stamp = verify_token(token, digest, known.anchors, between=known.between, nonce=nonce, policy=known.policy)
        except TokenRefused as error:
            raise TokenRefused(error.code, where=self.name, detail=f"{error.where} {error.detail}".strip()) from error
        accuracy = stamp.accuracy or timedelta()
        self._timekeeper.heard(TIME_AUTHORITY, stamp.time - accuracy, since, 2 * accuracy + RESOLUTION)
        tolerance = self._settings.tolerance
        if not asked_at - tolerance <= stamp.time <= received_at + tolerance:
            raise TokenRefused(
                "time.clock", where=self.name, detail=f"its time {timestamp(stamp.time)}, ours {timestamp(received_at)}"
            )
        return token

    def close(self) -> None:
        self._client.close()

    def _assert_allowed(self) -> None:
        assert_private(self._settings.url, self.name, loopback_only=self._settings.loopback_only)

    def _post(self, query: bytes) -> HttpAnswer:
        try:
            return self._client.post(self._settings.url, query, _HEADERS, tsp.MAX_OCTETS)
        except NoAnswer as error:
            raise GatewayError("time.unreachable", where=self.name, detail=error.reason) from error

    def _token_of(self, answer: HttpAnswer) -> bytes:
        if answer.status != 200 or answer.media_type != tsp.REPLY:
            raise self._no_reply(f"HTTP {answer.status}, {answer.media_type[:80] or 'no media type'}")
        if len(answer.body) > tsp.MAX_OCTETS:
            raise self._no_reply(f"more than {tsp.MAX_OCTETS} octets")
        try:
            reply = decode_der(tsp.Response, answer.body)
        except ValueError as error:
            raise self._no_reply(str(error)) from error
        if reply.status.status not in (tsp.GRANTED, tsp.GRANTED_WITH_MODS):
            raise GatewayError("time.refused", where=self.name, detail=_words(reply.status))
        if reply.token is None:
            raise self._no_reply("granted, without a token")
        return encode_der(reply.token)

    def _no_reply(self, detail: str) -> GatewayError:
        return GatewayError("time.answer", where=self.name, detail=detail)


def _query(digest: bytes, nonce: int, policy: str | None) -> bytes:
    return encode_der(
        tsp.Request(
            version=1,
            imprint=tsp.Imprint(algorithm=tsp.Algorithm(oid=tsp.SHA256), digest=digest),
            policy=x509.ObjectIdentifier(policy) if policy else None,
            nonce=nonce,
            certificates_wanted=True,
        )
    )


def _words(status: tsp.Status) -> str:
    """Return the status, the reasons by name and the authority's own words."""
    reasons = [_FAILURES.get(bit, f"bit {bit}") for bit in _bits(status.failure)]
    words = "".join(each for each in " ".join(status.text or []) if each.isprintable())
    return ", ".join(filter(None, [f"status {status.status}", *reasons, words[:_MAX_WORDS]]))


def _bits(field_: BitString | None) -> list[int]:
    octets = field_.as_bytes()[:4] if field_ else b""
    return [8 * i + bit for i, octet in enumerate(octets) for bit in range(8) if octet & (0x80 >> bit)]
