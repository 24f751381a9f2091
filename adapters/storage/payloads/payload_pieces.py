"""Large octets in the database: a row of table ``payload_piece`` for each piece, written and read one after another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count, groupby

from sqlalchemy import Connection, bindparam, delete, select

from adapters.storage.engine.dialects import insert_new, is_inserted
from adapters.storage.payloads.stored_octets import missing
from adapters.storage.schema.row_conversion import Values, parts
from adapters.storage.schema.tables import payload, payload_piece
from gateway.notice.large_octets import LARGE, Octets, short_pieces

Read = Callable[[Callable[[Connection], bytes | None]], bytes | None]
"""Function that does a short reading in a transaction, and may repeat it: `Database.read_inside`."""

_PIECE = select(payload_piece.c.octets).where(
    payload_piece.c.digest == bindparam("of"), payload_piece.c.number == bindparam("at")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceOctets:
    """Implementation of `gateway.notice.large_octets.LargeOctets`: ``length`` octets in the pieces of a payload.

    As `adapters.storage.payloads.stored_octets.StoredOctets`, each reading compares them with their digest before it
    gives out the last piece. So it reads one piece ahead. No transaction is open between two pieces.
    Raises ``store.payload-missing`` for missing or changed octets, other codes of area ``store`` as `Database.read`.
    """

    digest: str
    length: int
    read: Read = field(repr=False)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), self.length
        pieces = pieces_in(self.read, self.digest)
        following = next(pieces, None)
        if following is None:
            raise missing(self.digest, "not there")
        while following is not None:
            piece, following = following, next(pieces, None)
            digest.update(piece)
            left -= len(piece)
            if following is None or left <= 0:
                # The end, by the pieces or by the length: both must agree with the digest.
                is_whole = following is None and left == 0 and f"sha256:{digest.hexdigest()}" == self.digest
                if not is_whole:
                    raise missing(self.digest, "changed")
            yield piece

    def __bytes__(self) -> bytes:
        return b"".join(self)


def pieces_in(read: Read, digest: str) -> Iterator[bytes]:
    """Yield the pieces of a payload that are there, without a comparison."""
    numbers = count()
    while (piece := read(partial(_piece, digest=digest, number=next(numbers)))) is not None:
        yield piece


def write(connection: Connection, rows: Iterable[Values]) -> None:
    """Insert rows of table ``payload`` in their order; skip those whose digest has a row.

    ``octets`` may be large: then they are written in pieces of `LARGE`. Writing them may read them, in this
    transaction.
    """
    for is_large, some in groupby(rows, key=_is_large):
        if not is_large:
            insert_new(connection, payload, list(some))
            continue
        for row in some:
            _write_pieces(connection, row)


def delete_payloads(connection: Connection, digests: Iterable[str]) -> int:
    """Delete rows of table ``payload`` with their pieces; return their number."""
    gone = 0
    for part in parts(digests):
        connection.execute(delete(payload_piece).where(payload_piece.c.digest.in_(part)))
        gone += connection.execute(delete(payload).where(payload.c.digest.in_(part))).rowcount
    return gone


def _write_pieces(connection: Connection, row: Values) -> None:
    octets: Octets = row["octets"]
    # A row that stands may have its octets elsewhere: it gets no pieces.
    if is_inserted(connection, payload, row | {"octets": None, "length": len(octets)}):
        for number, piece in enumerate(_whole_pieces(octets)):
            insert_new(connection, payload_piece, [{"digest": row["digest"], "number": number, "octets": piece}])


def _is_large(row: Values) -> bool:
    return row["octets"] is not None and len(row["octets"]) > LARGE


def _piece(connection: Connection, digest: str, number: int) -> bytes | None:
    found: bytes | None = connection.scalar(_PIECE, {"of": digest, "at": number})
    return found


def _whole_pieces(octets: Octets) -> Iterator[bytes]:
    """Yield the octets in pieces of `LARGE`, the last one shorter."""
    rest = bytearray()
    for piece in short_pieces(octets):
        rest += piece
        if len(rest) >= LARGE:
            yield bytes(rest[:LARGE])
            del rest[:LARGE]
    if rest:
        yield bytes(rest)
