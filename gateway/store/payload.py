"""Payload: exact octets that the store keeps by their digest."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.notice.large_octets import Octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Exact octets by digest. A ``framed`` payload is stored as a `Frame`, and ``digest`` is that of the octets it
    stands for."""

    digest: str
    octets: Octets = field(repr=False)
    framed: bool = False
