"""Segments that are verified when they are opened, and that are rewritten without deleted payloads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from adapters.archive.segment_ranges import ranges
from adapters.archive.zip_writer import alone, assert_good, entry, sync_folder
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import MANIFEST, RECORDS, NotASegment, list_name, note_name, payload_name, token_name
from gateway.merkle.checkpoint import NoteOpener
from gateway.notice.envelope import Frame
from gateway.record.deletion import Deletions, NoDeletions
from gateway.record.evidence_record import Header, NotARecord
from gateway.retention.offload import VerifiedSegment
from gateway.runtime.errors import GatewayError

_FRAMES, _PAYLOADS = "frames/", "payloads/"


class OpenZip:
    """Implementation of `gateway.retention.offload.OpenSegment`."""

    def __init__(self, segment: ZipSegment, digest: str) -> None:
        self._segment, self.digest = segment, digest

    def known(self, first: int, end: int) -> VerifiedSegment:
        """Return its database entry."""
        return VerifiedSegment(first=first, end=end, digest=self.digest)

    def records(self) -> Generator[bytes]:
        with closing(self._segment.records()) as records:
            yield from records

    def digests(self) -> Collection[str]:
        return {f"sha256:{name.partition('/')[2]}" for name in self._segment.payloads()}


class VerifiedZips:
    """Implementation of `gateway.retention.offload.VerifiedFolder` and `gateway.retention.purge.PurgedFolder`.

    ``opener`` knows the key of checkpoints; ``deletions`` justify missing payloads.
    """

    def __init__(self, folder: Path, opener: NoteOpener, deletions: Deletions) -> None:
        self._folder, self._opener, self._deletions = folder, opener, deletions

    def ranges(self) -> Sequence[tuple[int, int]]:
        return ranges(self._folder)

    @contextmanager
    def verified(self, first: int, end: int, known: VerifiedSegment | None) -> Iterator[OpenZip]:
        path = self._path(first, end)
        with self._errors(path), self._opened(path) as segment:
            digest = _digest(path)
            if known is None:
                assert_good(path, path.name, self._opener, self._deletions)
            elif digest not in (known.digest, known.next_digest):
                raise GatewayError("archive.segment-changed", where=str(path), detail="another digest than it had")
            yield OpenZip(segment, digest)

    def digests(self, first: int, end: int) -> Collection[str]:
        path = self._path(first, end)
        with self._errors(path), self._opened(path) as segment:
            return OpenZip(segment, "").digests()

    def write_without(self, first: int, end: int, gone: Collection[str], noting: Callable[[str], bool]) -> str | None:
        path = self._path(first, end)
        partial = path.with_suffix(".rewriting")
        with self._errors(path), alone(self._folder):
            with self._opened(path) as segment, partial.open("wb") as file:
                os.chmod(partial, 0o600)
                kept = _names_without(segment, gone)
                with ZipFile(file, "w", ZIP_DEFLATED) as anew:
                    for name in kept:
                        anew.writestr(entry(name), segment.read(name))
                file.flush()
                os.fsync(file.fileno())
            self._assert_same_but(partial, path, kept)
            if not noting(digest := _digest(partial)):
                partial.unlink()
                return None
            partial.rename(path)
            sync_folder(self._folder)
        return digest

    def _assert_same_but(self, partial: Path, path: Path, kept: Sequence[str]) -> None:
        """Read the new segment again: audit it, and compare each octet of the kept entries."""
        assert_good(partial, path.name, self._opener, _AsMeant())
        with self._opened(partial, path.name) as anew, self._opened(path) as before:
            for name in kept:
                if anew.read(name) != before.read(name):
                    raise GatewayError("archive.segment", where=str(partial), detail=f"{name} is another one")

    def _path(self, first: int, end: int) -> Path:
        return self._folder / f"{first:012d}-{end:012d}.zip"

    @contextmanager
    def _opened(self, path: Path, name: str | None = None) -> Iterator[ZipSegment]:
        with ZipSegment(path, name) as segment:
            segment.manifest()
            yield segment

    @contextmanager
    def _errors(self, path: Path) -> Iterator[None]:
        try:
            yield
        except NotASegment as problem:
            raise GatewayError("archive.segment-changed", where=str(path), detail=str(problem)) from problem
        except GatewayError as error:
            if error.code != "archive.segment" or path.suffix != ".zip" or error.where != str(path):
                raise
            raise GatewayError("archive.segment-changed", where=str(path), detail=error.detail) from error
        except FileNotFoundError as error:
            raise GatewayError("archive.segment-lost", where=str(path)) from error
        except OSError as error:
            raise GatewayError("archive.folder", where=str(path), detail=str(error.strerror)) from error


class _AsMeant(NoDeletions):
    """Reason for missing payloads of a rewritten segment: they were deleted on record, or missing before."""

    def reason(self, digest: str, place: int) -> str | None:  # noqa: ARG002 - a `Deletions`
        return "as it was meant"


def _names_without(segment: ZipSegment, gone: Collection[str]) -> list[str]:
    """Return the files that stay, in order: without ``gone``, and without seals that only a deleted message needed."""
    held = segment.payloads()
    without = {payload_name(digest, framed=framed) for digest in gone for framed in (False, True)} & held
    named: set[str] = set()
    try:
        for line in segment.records():
            named.add(Header.of(line).payload_digest)
        for name in held - without:
            if name.startswith(_FRAMES) and f"sha256:{name.removeprefix(_FRAMES)}" in named:
                named.update(Frame.load(segment.read(name)).seals)
    except (NotARecord, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise NotASegment(str(problem)) from problem
    needed = {name for digest in named for name in (payload_name(digest), payload_name(digest, framed=True))}
    notes = [name for size in segment.notes() for name in _of_checkpoint(segment, size)]
    certificates = [f"certificates/{name}.pem" for name in segment.certificates()]
    lists = [list_name(digest) for digest in segment.revocation_lists()]
    return [MANIFEST, *certificates, *notes, RECORDS, *lists, *sorted((held - without) & needed)]


def _of_checkpoint(segment: ZipSegment, size: int) -> list[str]:
    return [note_name(size)] + ([token_name(size)] if segment.token(size) is not None else [])


def _digest(path: Path) -> str:
    with closing(path.open("rb", buffering=0)) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
