"""Least CPU time of a notice on this machine: what cannot be left out, each done by a program that is not ours.

One RSA-2048 seal; a share of the message's signature; verifying the signatures of two receipts; SHA-256 of the notice's
octets, once; a share of one HTTP exchange and of one durable commit. Nothing is parsed, mapped or canonicalised.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.bench.common.openssl_speed import Speed
from adapters.bench.common.sample_cases import paper
from adapters.bench.common.sample_seals import sample_seals
from adapters.bench.floor.bare_commit import commit_ms
from adapters.bench.floor.bare_exchange import exchange_ms
from adapters.sandbox.verbs.development_keys import generate_development_keys

RECEIPTS: Final = 2
_ENVELOPE_BYTES: Final = 4096
"""Octets of a message around its seals: headers, token, signature."""
_OCTETS_IN_ALL: Final = 200 * 2**20
_MOST_TIMES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Floor of a notice whose seal has ``octets``; ``parts`` are CPU milliseconds a notice, by name."""

    octets: int
    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def seal_bytes(document_bytes: int) -> int:
    """Return the size of a seal with a PDF of that size."""
    with tempfile.TemporaryDirectory() as name:
        generate_development_keys(Path(name))
        [seal] = sample_seals(Path(name), 1, paper(document_bytes))
        return len(seal.octets)


def floor_of(speed: Speed, octets: int, notices_a_call: int) -> Floor:
    """Measure the floor of a notice with a seal of so many octets, so many of them in a call and in a commit."""
    message = _ENVELOPE_BYTES + notices_a_call * octets
    times = max(20, min(_MOST_TIMES, _OCTETS_IN_ALL // message))
    parts = {
        "seal, RSA-2048": 1000 / speed.signed,
        "message's signature": 1000 / speed.signed / notices_a_call,
        "two receipts verified": RECEIPTS * 1000 / speed.verified,
        "SHA-256 of the octets": 1000 * octets / speed.digested,
        "HTTP exchange": exchange_ms(message, times) / notices_a_call,
        "commit": commit_ms(notices_a_call, times) / notices_a_call,
    }
    return Floor(octets=octets, parts=parts)
