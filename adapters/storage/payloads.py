"""Exact octets by digest: a framed message is filled with its seals, and everything is compared with its digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from adapters.storage.rows import parts
from adapters.storage.tables import payload
from gateway.envelope import Frame
from gateway.errors import GatewayError
from gateway.notice import sha256
from gateway.store import Payload


def octets_of(connection: Connection, digests: Sequence[str]) -> dict[str, bytes]:
    """Return the octets of each digest. Raises `GatewayError` ``store.payload-missing`` for what is not there or is
    not what was stored."""
    stored = _stored(connection, digests)
    frames = {digest: _frame(stored[digest]) for digest in digests if digest in stored and stored[digest].framed}
    seals = _stored(connection, {seal for frame in frames.values() for seal in frame.seals} - stored.keys())
    found: dict[str, bytes] = {}
    for digest in digests:
        octets = _fill(digest, frames[digest], stored | seals) if digest in frames else _piece(digest, stored)
        if sha256(octets) != digest:
            raise _missing(digest, "changed")
        found[digest] = octets
    return found


def _stored(connection: Connection, digests: Iterable[str]) -> dict[str, Payload]:
    return {
        row.digest: Payload(digest=row.digest, octets=row.octets, framed=row.framed)
        for part in parts(digests)
        for row in connection.execute(select(payload).where(payload.c.digest.in_(part)))
    }


def _frame(stored: Payload) -> Frame:
    try:
        return Frame.load(stored.octets)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _missing(stored.digest, "changed") from error


def _fill(digest: str, frame: Frame, stored: Mapping[str, Payload]) -> bytes:
    try:
        return frame.fill(lambda seal: _piece(seal, stored))
    except ValueError as error:
        raise _missing(digest, "changed") from error


def _piece(digest: str, stored: Mapping[str, Payload]) -> bytes:
    if digest not in stored:
        raise _missing(digest, "not there")
    return stored[digest].octets


def _missing(digest: str, detail: str) -> GatewayError:
    return GatewayError("store.payload-missing", where=digest, detail=detail)
