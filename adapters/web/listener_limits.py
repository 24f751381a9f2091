"""Limits of a listener: values of each kind, which its server keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from adapters.web.bounded_connection import Patience

KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits. ``threads`` is the number of requests that are answered at a time.

    ``connections`` is the most at a time, of all peers; ``share`` of one peer, which is an address or an IPv6 network
    of 64 bits. A head has less than ``head_bytes``, a body less than ``body_bytes``; incomplete bodies of all
    connections are kept up to ``bodies`` times ``body_bytes``. ``patience`` has the limits of time.
    """

    threads: int = 4
    connections: int = 50
    share: int = 20
    head_bytes: int = 8 * KIB
    body_bytes: int = KIB
    bodies: int = 4
    patience: Patience = field(default_factory=Patience)


HEALTH: Final = Limits()
CONSOLE: Final = Limits(
    threads=8,
    # 20 people, whose browsers open up to six connections each. Behind a reverse proxy, or behind one router, all of
    # them have one address; the share leaves room for others all the same.
    connections=200,
    share=160,
    # Cookies of all programs on one host come together, whatever their ports.
    head_bytes=16 * KIB,
    # The application has a smaller bound for each path (`adapters/http/wsgi_service.py`).
    body_bytes=33 * 1024 * KIB,
)
