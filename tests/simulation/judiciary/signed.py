"""Signed octets of the simulation: one line of JSON, its signature, and slices that the signature covers.

A signature is a digest over a key's name and the octets. It is no secret, but altered octets do not fit it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

from gateway.notice.notice import sha256
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.trust.trust_policy import Facts, Rejection, SignerFacts

TRANSPORT: Final = "transport"
SEAL: Final = "seal"
JUDICIARY: Final = "judiciary"
RECEIPTS: Final = "receipts"
STRANGER: Final = "stranger"

_VALID: Final = timedelta(days=400)


@cache
def thumbprint(key: str) -> str:
    return sha256(key.encode())


def signed(key: str, told: Mapping[str, Any], slices: Sequence[bytes] = ()) -> bytes:
    """Return a line with what is ``told``, the signature of ``key``, and the slices, each on a line of its own."""
    line = json.dumps(dict(told), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return b"\n".join([key.encode() + b" " + _digest(key, [line, *slices]) + b" " + line, *slices])


@lru_cache(maxsize=64)  # everybody on the way of a message reads it
def opened(octets: bytes) -> tuple[str, Mapping[str, Any], Sequence[bytes]]:
    """Return the key's name, what is told, and the slices. Raises `Rejection` for octets that nobody signed so."""
    head, *slices = octets.split(b"\n")
    parts = head.split(b" ", 2)
    if len(parts) != 3 or not parts[2].startswith(b"{"):
        raise Rejection("verify.unsigned")
    key = parts[0].decode()
    try:
        told: dict[str, Any] = json.loads(parts[2])
    except ValueError as error:
        raise Rejection("verify.malformed") from error
    if parts[1] != _digest(key, [parts[2], *slices]):
        raise Rejection("verify.digest" if key == SEAL else "verify.signature")
    return key, told, slices


def facts_of(octets: bytes, part: str) -> Facts:
    """Return the proven facts of a message or document, whose octets are its ``part``. Raises `Rejection`."""
    key, told, _ = opened(octets)
    at = parse_timestamp(told["at"])
    signer = SignerFacts(thumbprint=thumbprint(key), subject=key, not_before=at - _VALID, not_after=at + _VALID)
    expires = parse_timestamp(told["expires"]) if "expires" in told else None
    claims = {name: value for name, value in told.items() if isinstance(value, str)}
    return Facts(
        covered={part: octets},
        claims=claims,
        signer=signer,
        signed_at=at,
        expires_at=expires,
        replay_key=sha256(octets),
    )


def written(moment: datetime) -> str:
    return timestamp(moment)


def _digest(key: str, parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256(key.encode())
    for part in parts:
        digest.update(b"%d " % len(part))
        digest.update(part)
    return digest.hexdigest().encode()
