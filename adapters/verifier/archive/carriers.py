"""Messages that carried receipts, in a segment and those beside it: one commit may stand on both sides of a border."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from adapters.verifier.archive.segment_reader import ZipSegment
from adapters.verifier.trust.carried_receipt import nowhere
from gateway.archive.segment import NotASegment, payload_name, range_of
from gateway.audit.audit import CannotTell
from gateway.audit.segment_audit import MAX_MESSAGE_BYTES
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord

_CARRIES: Final = (b'"operation":"FetchReceipts"', b'"operation":"BringReceipts"')
"""Marks of the lines of such messages."""


class ArchivedCarriers:
    """Finder of messages for the receipts of one segment (`adapters.verifier.trust.carried_receipt.FindMessage`).

    Segments beside it are read once, on the first receipt whose message is not in its own, and stay open until `close`:
    so the bound of reading counts for all receipts together.
    """

    def __init__(self, segment: ZipSegment, path: Path) -> None:
        self._segment, self._path = segment, path
        self._own: dict[str, Header] | None = None
        self._beside: list[tuple[ZipSegment, dict[str, Header]]] | None = None
        self._opened = ExitStack()

    def close(self) -> None:
        self._opened.close()

    def find(self, id: str) -> tuple[Header, bytes]:
        """Return a message by its record's id. Raises `CannotTell`, and `NotASegment`."""
        if self._own is None:
            self._own = _carriers(self._segment)
        if id in self._own:
            return self._own[id], _octets(self._segment, self._own[id])
        if self._beside is None:
            self._beside = list(self._read_beside())
        for other, found in self._beside:
            if id in found:
                with suppress(NotASegment):  # it is reported where it is judged itself
                    return found[id], _octets(other, found[id])
        return nowhere(id)

    def _read_beside(self) -> Iterator[tuple[ZipSegment, dict[str, Header]]]:
        for path in _beside(self._path):
            with suppress(NotASegment):
                other = self._opened.enter_context(ZipSegment(path))
                other.manifest()
                yield other, _carriers(other)


def _carriers(segment: ZipSegment) -> dict[str, Header]:
    found: dict[str, Header] = {}
    for line in segment.records():
        if any(mark in line for mark in _CARRIES):
            try:
                header = Header.of(line)
            except NotARecord:
                continue
            if header.kind is EvidenceKind.MESSAGE_RECEIVED:
                found[header.id] = header
    return found


def _octets(segment: ZipSegment, header: Header) -> bytes:
    digest, held = header.payload_digest, segment.payloads()
    try:
        if payload_name(digest) in held:
            octets = segment.read(payload_name(digest))
        else:
            frame = Frame.load(segment.read(payload_name(digest, framed=True)))
            size = sum(map(len, frame.pieces)) + sum(segment.size(payload_name(seal)) for seal in frame.seals)
            if size > MAX_MESSAGE_BYTES:
                raise CannotTell(f"the message that carried it would have {size} octets, and none has")
            octets = frame.fill(lambda seal: segment.read(payload_name(seal)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return nowhere(header.id)[1]
    if sha256(octets) != digest:
        raise CannotTell("the message that carried it is another than its record says")
    return octets


def _beside(path: Path) -> list[Path]:
    """Return the segments before and after this one: one each, since an archive has no more."""
    if (own := range_of(path.name)) is None:
        return []
    both = (f"{own[1]:012d}-*.zip", f"*-{own[0]:012d}.zip")
    found = [[each for each in sorted(path.parent.glob(pattern)) if range_of(each.name)] for pattern in both]
    return [each for some in found for each in some[:1]]
