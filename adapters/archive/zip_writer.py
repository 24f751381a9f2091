"""Writer of the archive's folder: a segment is made beside its place, read again, synced and renamed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from adapters.archive.segment_ranges import ranges
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import (
    MANIFEST,
    RECORDS,
    SET_ASIDE,
    Manifest,
    NotASegment,
    file_name,
    list_name,
    note_name,
    payload_name,
    token_name,
)
from gateway.audit.audit_recipe import RECIPE
from gateway.audit.segment_audit import Auditor, audit_segment
from gateway.evidence.evidence_log import EvidenceLog, Leaf, StoredCheckpoint
from gateway.merkle.checkpoint import NotANote, NoteOpener
from gateway.merkle.fork import SegmentEnd
from gateway.notice.envelope import Frame
from gateway.record.damage import CHANGED, Damage
from gateway.record.deletion import Deletions, NoDeletions
from gateway.record.evidence_record import Header
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import Payload
from gateway.trust.revocation_refresh import ListStore

_BATCH: Final = 200
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""Fixed time of every entry: it has no meaning in a segment."""


class _Unjudged:
    """Judge that accepts all: signatures were judged when the signed content was made, or came."""

    def judge(self, header: Header, octets: bytes) -> None:  # noqa: ARG002
        return None


class Damaged(NoDeletions):
    """`gateway.record.deletion.Deletions` of payloads that the store could not read for a segment."""

    def __init__(self, digests: Collection[str]) -> None:
        self._digests = frozenset(digests)

    def reason(self, digest: str, place: int) -> str | None:  # noqa: ARG002 - a `Deletions`
        return "damaged on record" if digest in self._digests else None


def assert_good(path: Path, name: str, opener: NoteOpener, deletions: Deletions | None = None) -> None:
    """Audit a new segment of this name, without signatures. Raises `GatewayError` ``archive.segment``."""
    auditor = Auditor(opener=opener, judge=_Unjudged(), deletions=deletions or NoDeletions())
    with ZipSegment(path, name) as segment:
        audit = audit_segment(segment, auditor)
    # Signatures and time-stamps of others are not judged again: that was done on arrival.
    if failed := [finding for finding in audit.findings if finding.verdict is Verdict.FAILED]:
        first = failed[0]
        title, meaning = RECIPE[first.check].title, RECIPE[first.check].failed
        told = Words(
            en=f"{first.check}: {first.subject}: {first.reason}",
            fa=f"{title.fa}، \u2066{first.subject}\u2069: {meaning.fa} (\u2066{first.reason}\u2069)",
        )
        raise GatewayError("archive.segment", where=str(path), detail=told)


class ZipFolder:
    """Implementation of `gateway.archive.archiving.ArchiveFolder`.

    ``certificates`` are PEM by name and go into each segment; ``opener`` knows the key of its checkpoints. ``lists``
    has the revocation lists in force during the segment.
    """

    def __init__(
        self,
        folder: Path,
        certificates: Callable[[], Mapping[str, bytes]],
        opener: NoteOpener,
        lists: ListStore | None = None,
    ) -> None:
        self._folder, self._certificates, self._opener, self._lists = folder, certificates, opener, lists
        self._ends: dict[tuple[int, int, int], SegmentEnd] = {}

    def end(self) -> int:
        found = ranges(self._folder)
        return found[-1][1] if found else 0

    def last(self) -> SegmentEnd | None:
        found = ranges(self._folder)
        return self._end_of(*found[-1]) if found else None

    def ends(self) -> Sequence[SegmentEnd]:
        return [self._end_of(first, end) for first, end in ranges(self._folder)]

    def set_aside(self, files: Sequence[str], at: datetime) -> None:
        beside = self._folder / SET_ASIDE / f"{at:%Y%m%dT%H%M%SZ}"
        try:
            for file in files:
                beside.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self._folder / file).rename(beside / file)
                sync_folder(beside)
                sync_folder(self._folder)
        except OSError as error:
            raise GatewayError("archive.folder", where=str(self._folder), detail=str(error.strerror)) from error

    def _end_of(self, first: int, end: int) -> SegmentEnd:
        """Return a segment's last note, read once for each file."""
        path = self._folder / file_name(first, end)
        status = path.stat()
        known = status.st_ino, status.st_mtime_ns, status.st_size
        if known not in self._ends:
            try:
                with ZipSegment(path) as segment:
                    segment.manifest()
                    found = SegmentEnd(file=path.name, first=first, end=end, note=segment.read(note_name(end)))
                if found.checkpoint.size != end:
                    raise NotASegment(f"its last checkpoint is of {found.checkpoint.size} records")
            except (NotASegment, NotANote, KeyError) as problem:
                raise GatewayError("archive.segment-changed", where=str(path), detail=str(problem)) from problem
            self._ends[known] = found
        return self._ends[known]

    def write(
        self,
        manifest: Manifest,
        notes: Sequence[StoredCheckpoint],
        log: EvidenceLog,
        without: Sequence[Damage] = (),
    ) -> bool:
        damaged = {each.digest for each in log.damaged([each.digest for each in without])}
        path = self._folder / manifest.file
        partial = path.with_suffix(".partial")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with alone(self._folder):
                if self.end() != manifest.first:
                    return False
                with partial.open("wb") as file:
                    os.chmod(partial, 0o600)
                    with ZipFile(file, "w", ZIP_DEFLATED) as segment:
                        _fill(segment, manifest, notes, log, self._certificates(), damaged)
                        if self._lists is not None:
                            _put_lists(segment, self._lists, log, manifest)
                    file.flush()
                    os.fsync(file.fileno())
                assert_good(partial, manifest.file, self._opener, Damaged(damaged))
                partial.rename(path)
                sync_folder(self._folder)
        except OSError as error:
            raise GatewayError("archive.folder", where=str(self._folder), detail=str(error.strerror)) from error
        return True


def _fill(
    segment: ZipFile,
    manifest: Manifest,
    notes: Sequence[StoredCheckpoint],
    log: EvidenceLog,
    certificates: Mapping[str, bytes],
    damaged: Collection[str],
) -> None:
    _put(segment, MANIFEST, manifest.octets)
    for name, pem in sorted(certificates.items()):
        _put(segment, f"certificates/{name}.pem", pem)
    for note in notes:
        _put(segment, note_name(note.size), note.note)
        if note.token is not None:
            _put(segment, token_name(note.size), note.token)
    digests: dict[str, None] = {}
    # Its reader takes at most 1 GiB of records, so sizes of 32 bits are enough. Python before 3.11.4 writes larger ones
    # in a form that no strict reader accepts (cpython issue 103861).
    with segment.open(entry(RECORDS), "w") as records:
        at = manifest.first
        while at < manifest.end:
            leaves = log.leaves(at, min(_BATCH, manifest.end - at))
            _assert_next(leaves, at)
            records.write(b"".join(leaf.header + b"\n" for leaf in leaves))
            digests.update(dict.fromkeys(leaf.payload_digest for leaf in leaves))
            at += len(leaves)
    _put_payloads(segment, list(digests), log, damaged)


def _put_lists(segment: ZipFile, lists: ListStore, log: EvidenceLog, manifest: Manifest) -> None:
    """Add the lists that were in force from the first record until now."""
    first = Header.of(log.leaves(manifest.first, 1)[0].header)
    for digest in lists.since(parse_timestamp(first.recorded_at)):
        _put(segment, list_name(digest), lists.octets([digest])[digest])


def _assert_next(leaves: Sequence[Leaf], at: int) -> None:
    if not leaves or leaves[0].index != at or leaves[-1].index != at + len(leaves) - 1:
        raise GatewayError("archive.record-missing", where=f"record {at}")


def _put_payloads(segment: ZipFile, digests: Sequence[str], log: EvidenceLog, damaged: Collection[str]) -> None:
    """Add every undamaged payload once, and the seals that messages carry."""
    seals: dict[str, None] = {}
    for part in _parts([digest for digest in digests if digest not in damaged]):
        found = log.stored(part)
        for digest in part:
            kept = _there(found, digest)
            _put(segment, payload_name(digest, framed=kept.framed), bytes(kept.octets))
            seals.update(dict.fromkeys(_seals(kept)))
    already = frozenset(digests)
    for part in _parts([digest for digest in seals if digest not in already and digest not in damaged]):
        found = log.stored(part)
        for digest in part:
            _put(segment, payload_name(digest), bytes(_there(found, digest).octets))


def _there(found: Mapping[str, Payload], digest: str) -> Payload:
    if digest not in found:
        raise GatewayError("store.payload-missing", where=digest)
    return found[digest]


def _seals(kept: Payload) -> Sequence[str]:
    try:
        return Frame.load(bytes(kept.octets)).seals if kept.framed else ()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GatewayError("store.payload-missing", where=kept.digest, detail=CHANGED) from error


def _parts(digests: Sequence[str]) -> list[list[str]]:
    rest = iter(digests)
    return list(iter(lambda: list(islice(rest, _BATCH)), []))


def _put(segment: ZipFile, name: str, octets: bytes) -> None:
    segment.writestr(entry(name), octets)


def entry(name: str) -> ZipInfo:
    """Return a ZIP entry in the fixed form of our segments."""
    made = ZipInfo(name, date_time=_EPOCH)
    made.compress_type = ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    return made


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, after waiting for it: one process of a machine at a time writes segments."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that its names are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
