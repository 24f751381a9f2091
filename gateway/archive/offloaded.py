"""Port to offloaded data: records and payloads that stand only in segments of the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload


class Archived(Protocol):
    """Reader of segments by place in the tree.

    Returned data is unverified; the caller knows the hash and compares. Raises `GatewayError` ``archive.unreachable``
    if a segment is absent or unreadable.
    """

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        """Return headers of records by their places."""
        ...

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        """Return payloads by digest, as they are kept (messages as frames).

        ``places`` are the places of the records that name each payload. A payload that the segments no longer hold is
        left out.
        """
        ...


class NoArchive:
    """`Archived` without a configured archive: all offloaded data is unreachable."""

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        raise GatewayError("archive.unreachable", where=f"record {places[0]}", detail="no archive is configured here")

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        raise GatewayError("archive.unreachable", where=next(iter(places)), detail="no archive is configured here")
