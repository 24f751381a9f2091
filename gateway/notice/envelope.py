"""Signed octets: the sealed notice, and the message that carries seals as literal slices.

A seal is stored as its exclusive-C14N octets. The elements around it in a message use other prefixes, so the message's
canonical form contains those octets unchanged.
A message can therefore be stored as the frame between its seals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.notice.large_octets import Base64Octets, Octets, joined, parts_of
from gateway.notice.notice import DIGEST, Notice, sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCertificate:
    """Certificate that signs for a ``use``, with its issuers (PEM); ``thumbprint`` is ``sha256:…`` of its DER."""

    thumbprint: str
    use: str
    chain: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedNotice:
    """Enveloped signature of a notice in exclusive C14N; the octets never change. ``certificate`` signed it.

    Who has the ``digest`` of the octets hands it over; otherwise it is computed here.
    """

    reference: str
    octets: Octets = field(repr=False)
    sealed_at: datetime
    certificate: SigningCertificate | None = None
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", sha256(self.octets))


class Sealer(Protocol):
    """Signer of notices with the key of the issuing body.

    It signs each once, unless the clock was wrong (`gateway.intake.resealing`).
    """

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        """Seal a notice. Raises `gateway.runtime.errors.GatewayError` (schema, key, certificate)."""
        ...

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        """Replace the seal in ``octets`` by one of the time ``at``.

        It signs only content that the body had sealed. Raises `gateway.runtime.errors.GatewayError` as `seal` does, and
        ``verify.*`` if the first seal is invalid.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Message without its seals: ``pieces`` are the octets between them, one more than there are ``seals``.

    A seal, or a paper of it, that stands in the message in base64 is a part of a piece.
    """

    pieces: tuple[Octets, ...] = field(repr=False)
    seals: tuple[str, ...]

    def fill(self, octets_of: Callable[[str], Octets]) -> bytes:
        """Return the message's exact octets; ``octets_of`` gives a seal's octets by its digest."""
        return bytes(interleave(self.pieces, [octets_of(digest) for digest in self.seals]))

    def dump(self) -> bytes:
        """Serialize the frame for storage: JSON, UTF-8."""
        return json.dumps({"pieces": [bytes(p).decode() for p in self.pieces], "seals": self.seals}).encode()

    def stored(self) -> Octets:
        """Return the octets of `dump`; large texts in base64 stay where they are."""
        parts: list[Octets] = [b'{"pieces": [']
        for number, piece in enumerate(self.pieces):
            parts += [b', "' if number else b'"', *map(_in_json, parts_of(piece)), b'"']
        return joined([*parts, b'], "seals": ', json.dumps(self.seals).encode(), b"}"])

    @classmethod
    def load(cls, stored: bytes) -> Frame:
        """Parse a frame from the output of `dump`.

        Raises `ValueError`, `KeyError`, `TypeError` or `AttributeError` for every other form.
        """
        try:
            data = json.loads(stored)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not all(DIGEST.fullmatch(seal) for seal in data["seals"]):
            raise ValueError("a seal is named by its digest")
        return cls(pieces=tuple(p.encode() for p in data["pieces"]), seals=tuple(data["seals"]))


def _in_json(part: Octets) -> Octets:
    """Return a part of a piece as it stands between quotes; base64 is the same there."""
    return part if isinstance(part, Base64Octets) else json.dumps(bytes(part).decode())[1:-1].encode()


def interleave(pieces: Sequence[Octets], slices: Sequence[Octets]) -> Octets:
    """Return ``pieces[0] slices[0] pieces[1] … pieces[-1]``; large slices stay where they are."""
    parts: list[Octets] = [b""] * (len(pieces) + len(slices))
    parts[0::2], parts[1::2] = list(pieces), list(slices)
    return joined(parts)
