"""The port to what has left the database: records and payloads as they stand in segments of the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload


class Archived(Protocol):
    """Reads segments by places in the tree. Nothing that it returns has been compared with anything: whoever asks
    knows the hash. Raises `GatewayError` ``archive.unreachable`` where a segment is not here or cannot be read."""

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        """The headers of records by their places."""
        ...

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        """Payloads by digest, as they are kept (messages as frames). ``places`` are those of the records that name
        each; one whose segments hold it no longer is left out."""
        ...


class NoArchive:
    """`Archived` where none is configured: whatever has left is out of reach."""

    def headers(self, places: Sequence[int]) -> Mapping[int, bytes]:
        raise GatewayError("archive.unreachable", where=f"record {places[0]}", detail="no archive is configured here")

    def payloads(self, places: Mapping[str, Sequence[int]]) -> Mapping[str, Payload]:
        raise GatewayError("archive.unreachable", where=next(iter(places)), detail="no archive is configured here")
