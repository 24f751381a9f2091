"""An act on its way to the service and back: a length of four octets (big-endian), then so many octets of JSON.

A request names the act, the reason and the arguments; it never names the person. A reply has facts, or an error of the
catalogue.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.crypto.schema.strict_json import JsonLimits, dump, parse_object
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.trust.trust_policy import Rejection

REQUEST: Final = JsonLimits(max_bytes=12 * 1024 * 1024, max_depth=8, max_tokens=1_000_000)
"""Limits of a request: a profile's bundle in base64 is the largest argument, and many notices have the most tokens."""
REPLY: Final = JsonLimits(max_bytes=64 * 1024 * 1024, max_depth=12, max_tokens=5_000_000)
_LENGTH: Final = struct.Struct(">I")

Facts = dict[str, Any]
Receive = Callable[[int], bytes]
"""Receiver: returns at most so many octets; none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Request of an act (`adapters.acts.registry.ACTS`) by its ``name``; ``arguments`` are as JSON has them."""

    name: str
    reason: str
    arguments: Mapping[str, Any]

    @property
    def octets(self) -> bytes:
        return dump({"v": 1, "act": self.name, "reason": self.reason, "arguments": dict(self.arguments)})

    @classmethod
    def of(cls, octets: bytes) -> Request:
        """Parse a request. Raises `GatewayError` ``act.request`` for every other form."""
        told = _parsed(octets, REQUEST)
        match told:
            case {"v": 1, "act": str(name), "reason": str(reason), "arguments": dict(arguments)} if len(told) == 4:
                return cls(name=name, reason=reason, arguments=arguments)
        raise GatewayError("act.request", detail="v, act, reason and arguments are wanted")


def reply_of(facts: Facts | GatewayError) -> bytes:
    """Return the octets of a reply."""
    if not isinstance(facts, GatewayError):
        return dump({"facts": facts})
    error: Facts = {"code": facts.code, "where": facts.where, "detail": facts.detail}
    if isinstance(facts, MappingMistaken):
        error |= {"file": facts.file, "mistakes": [mistake.facts for mistake in facts.mistakes]}
    return dump({"error": error})


def facts_of(octets: bytes) -> Facts:
    """Return the facts of a reply. Raises its error, and `GatewayError` ``act.reply`` for any other octets."""
    match _parsed(octets, REPLY, "act.reply"):
        case {"facts": dict(facts)}:
            return facts
        case {"error": {"file": str(file), "mistakes": [*mistakes]}}:
            raise MappingMistaken(file, [Mistake.of(mistake) for mistake in mistakes])
        case {"error": {"code": str(code), "where": str(where), "detail": str(detail)}} if code in CATALOGUE:
            raise GatewayError(code, where=where, detail=detail)
    raise GatewayError("act.reply", detail="neither facts nor an error that is known here")


def framed(octets: bytes) -> bytes:
    return _LENGTH.pack(len(octets)) + octets


def read_frame(receive: Receive, limits: JsonLimits, code: str) -> bytes:
    """Return one frame's octets; no more than ``limits`` are ever held. Raises `GatewayError` with ``code``."""
    (length,) = _LENGTH.unpack(_exactly(receive, _LENGTH.size, code))
    if length > limits.max_bytes:
        raise GatewayError(code, detail=f"{length} octets, at most {limits.max_bytes}")
    return _exactly(receive, length, code)


def _exactly(receive: Receive, length: int, code: str) -> bytes:
    held = bytearray()
    while len(held) < length:
        part = receive(min(length - len(held), 65_536))
        if not part:
            raise GatewayError(code, detail=f"{len(held)} of {length} octets came")
        held += part
    return bytes(held)


def _parsed(octets: bytes, limits: JsonLimits, code: str = "act.request") -> Facts:
    try:
        return parse_object(octets, limits)
    except Rejection as error:
        raise GatewayError(code, detail=f"{error.code} {error.detail}".strip()) from error
