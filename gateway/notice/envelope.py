"""Signed octets: the sealed notice, and the message that carries seals as literal slices.

A seal is stored as its exclusive-C14N octets. The elements around it on the wire use other prefixes, so the wire's
canonical form contains those octets unchanged, and a message can be kept as the frame between its seals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.notice.notice import DIGEST, Notice, sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningCertificate:
    """A certificate that signs for a ``use``, with its issuers behind it (PEM); ``thumbprint`` is ``sha256:…`` of its
    DER."""

    thumbprint: str
    use: str
    chain: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedNotice:
    """A notice's enveloped signature in exclusive C14N; these octets never change again. ``certificate`` made it."""

    reference: str
    octets: bytes = field(repr=False)
    sealed_at: datetime
    certificate: SigningCertificate | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha256(self.octets))


class Sealer(Protocol):
    """Signs a notice with the key of its issuing body: once, unless the clock was wrong
    (`gateway.intake.resealing`)."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        """Return the sealed notice. Raises `gateway.runtime.errors.GatewayError` (schema, key, certificate)."""
        ...

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        """Return the same notice with a seal of the time ``at`` in the place of the one that ``octets`` bear.

        Nothing is signed that its body had not sealed. Raises `gateway.runtime.errors.GatewayError` as `seal` does, and
        ``verify.*`` where the seal does not verify.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A message without its seals: ``pieces`` are the octets between them, one more than there are ``seals``."""

    pieces: tuple[bytes, ...] = field(repr=False)
    seals: tuple[str, ...]

    def fill(self, octets_of: Callable[[str], bytes]) -> bytes:
        """Return the message's exact octets; ``octets_of`` gives a seal's octets by its digest."""
        return interleave(self.pieces, [octets_of(digest) for digest in self.seals])

    def dump(self) -> bytes:
        """Return the form in which a frame is stored: JSON, UTF-8."""
        return json.dumps({"pieces": [p.decode() for p in self.pieces], "seals": self.seals}).encode()

    @classmethod
    def load(cls, stored: bytes) -> Frame:
        """Return the frame that `dump` stored. Raises `ValueError`, `KeyError`, `TypeError` or `AttributeError` for
        every other form."""
        try:
            data = json.loads(stored)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if not all(DIGEST.fullmatch(seal) for seal in data["seals"]):
            raise ValueError("a seal is named by its digest")
        return cls(pieces=tuple(p.encode() for p in data["pieces"]), seals=tuple(data["seals"]))


def interleave(pieces: Sequence[bytes], slices: Sequence[bytes]) -> bytes:
    """Return ``pieces[0] slices[0] pieces[1] … pieces[-1]``."""
    parts = [b""] * (len(pieces) + len(slices))
    parts[0::2], parts[1::2] = list(pieces), list(slices)
    return b"".join(parts)
