"""Documents as payloads of a store."""

from __future__ import annotations

from gateway.notice.notice import sha256
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload


def plain(octets: bytes) -> Payload:
    return Payload(digest=sha256(octets), octets=octets)


def keep(store: Store, *documents: bytes) -> None:
    store.commit(Changes(payloads=[plain(octets) for octets in documents]))
