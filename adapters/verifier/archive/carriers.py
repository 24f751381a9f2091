"""Messages that carried receipts, in a segment and those beside it: one commit may stand on both sides of a border."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from adapters.verifier.archive.segment_reader import ZipSegment
from adapters.verifier.trust.carried_receipt import nowhere
from gateway.archive.segment import NotASegment, payload_name, range_of
from gateway.audit.audit import CannotTell
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord

_CARRIES: Final = (b'"operation":"FetchReceipts"', b'"operation":"BringReceipts"')
"""Marks of the lines of such messages."""


class ArchivedCarriers:
    """Finder of messages for the receipts of one segment (`adapters.verifier.trust.carried_receipt.FindMessage`)."""

    def __init__(self, segment: ZipSegment, path: Path) -> None:
        self._segment, self._path = segment, path
        self._own: dict[str, Header] | None = None

    def find(self, id: str) -> tuple[Header, bytes]:
        """Return a message by its record's id. Raises `CannotTell`, and `NotASegment`."""
        if self._own is None:
            self._own = _carriers(self._segment)
        if id in self._own:
            return self._own[id], _octets(self._segment, self._own[id])
        for path in _beside(self._path):
            try:
                with ExitStack() as opened:
                    other = opened.enter_context(ZipSegment(path))
                    other.manifest()
                    if (header := _carriers(other).get(id)) is not None:
                        return header, _octets(other, header)
            except NotASegment:
                continue  # it is reported where it is judged itself
        return nowhere(id)


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
            octets = frame.fill(lambda seal: segment.read(payload_name(seal)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return nowhere(header.id)[1]
    if sha256(octets) != digest:
        raise CannotTell("the message that carried it is another than its record says")
    return octets


def _beside(path: Path) -> list[Path]:
    """Return the segments before and after this one."""
    if (own := range_of(path.name)) is None:
        return []
    folder = path.parent
    found = [*folder.glob(f"{own[1]:012d}-*.zip"), *folder.glob(f"*-{own[0]:012d}.zip")]
    return [each for each in found if range_of(each.name)]
