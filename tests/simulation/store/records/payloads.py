"""Exact octets by their digest: in rows, in a folder beside the database, or in the archive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from gateway.archive.offloaded import Archived
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.store.payload import Payload

from ..database import SimulatedDatabase
from ..rows import Folder, KeptPayload
from . import offloaded


def kept(
    database: SimulatedDatabase, payloads: Sequence[Payload], folder: Folder | None, *, anew: bool = False
) -> dict[str, KeptPayload]:
    """Keep octets; return the rows that name them. What goes to the folder stays there if the transaction fails.

    ``anew``: octets that are new for certain, such as those of a message, which is signed anew each time.
    """
    rows: dict[str, KeptPayload] = {}
    here = set() if folder is None or anew else known(database, (each.digest for each in payloads))
    for each in payloads:
        if each.digest in here:
            continue
        if folder is not None:
            folder.payloads.setdefault(each.digest, _plain(each))
        rows.setdefault(each.digest, KeptPayload(_plain(each) if folder is None else None, folder))
    return rows


def write(database: SimulatedDatabase, rows: Mapping[str, KeptPayload]) -> None:
    for digest, row in rows.items():
        database.payload.insert(digest, row)


def known(database: SimulatedDatabase, digests: Iterable[str]) -> set[str]:
    """Return the digests that a row names, or whose octets are in the archive and need not be stored again.

    Those that a purge is deleting are not known: they may be gone before the record that names them is written.
    """
    asked = set(digests)
    here = {digest for digest in asked if digest in database.payload and not offloaded.is_waiting(database, digest)}
    return here | offloaded.known(database, asked - here)


def octets_of(database: SimulatedDatabase, digests: Sequence[str], archived: Archived) -> dict[str, bytes]:
    """Return the octets of each digest.

    Raises `GatewayError` ``store.payload-missing`` for missing or changed octets, ``retention.deleted`` for octets that
    were deleted on record.
    """
    stored = as_kept(database, digests, archived)
    frames = {
        digest: _frame(digest, stored[digest]) for digest in digests if digest in stored and stored[digest].framed
    }
    seals = [seal for frame in frames.values() for seal in frame.seals]
    stored |= as_kept(database, [seal for seal in seals if seal not in stored], archived)
    if absent := [digest for digest in (*digests, *seals) if digest not in stored]:
        offloaded.assert_not_deleted(database, absent)
    found: dict[str, bytes] = {}
    for digest in digests:
        octets = _fill(digest, frames[digest], stored) if digest in frames else _piece(digest, stored)
        if sha256(octets) != digest:
            inside = frames[digest].seals if digest in frames else ()
            raise _missing(next((s for s in inside if sha256(_piece(s, stored)) != s), digest), "changed")
        found[digest] = octets
    return found


def as_kept(database: SimulatedDatabase, digests: Collection[str], archived: Archived) -> dict[str, Payload]:
    """Return payloads as they are stored, without a comparison. Missing ones are left out."""
    found, elsewhere = {}, []
    for digest in dict.fromkeys(digests):
        row = database.payload.get(digest)
        if row is None:
            elsewhere.append(digest)
        elif row.payload is not None:
            found[digest] = row.payload
        elif row.folder is not None:
            if digest not in row.folder.payloads:
                raise _missing(digest, "not there: folder")
            found[digest] = row.folder.payloads[digest]
    return found | offloaded.payloads(database, elsewhere, archived)


def sizes(database: SimulatedDatabase, digests: Collection[str]) -> dict[str, dict[str, int]]:
    """Return for each payload that a row names its own number of octets as stored, and those of its seals, by digest.

    A frame that cannot be read has no seals.
    """
    found: dict[str, dict[str, int]] = {}
    for digest in digests:
        if (own := _here(database, digest)) is None:
            continue
        seals: Sequence[str] = ()
        with suppress(GatewayError):
            seals = _frame(digest, own).seals if own.framed else ()
        needed = {each: _here(database, each) for each in (digest, *seals)}
        found[digest] = {each: len(bytes(kept.octets)) for each, kept in needed.items() if kept is not None}
    return found


def _here(database: SimulatedDatabase, digest: str) -> Payload | None:
    row = database.payload.get(digest)
    if row is None or row.folder is None:
        return None if row is None else row.payload
    return row.folder.payloads.get(digest)


def _plain(payload: Payload) -> Payload:
    if isinstance(payload.octets, bytes):
        return payload
    return Payload(digest=payload.digest, octets=bytes(payload.octets), framed=payload.framed)


def _frame(digest: str, stored: Payload) -> Frame:
    try:
        return Frame.load(bytes(stored.octets))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _missing(digest, "changed") from error


def _fill(digest: str, frame: Frame, stored: Mapping[str, Payload]) -> bytes:
    try:
        return frame.fill(lambda seal: _piece(seal, stored))
    except ValueError as error:
        raise _missing(digest, "changed") from error


def _piece(digest: str, stored: Mapping[str, Payload]) -> bytes:
    if digest not in stored:
        raise _missing(digest, "not there")
    return bytes(stored[digest].octets)


def _missing(digest: str, detail: str) -> GatewayError:
    return GatewayError("store.payload-missing", where=digest, detail=detail)
