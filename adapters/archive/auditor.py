"""Audits an archive folder with every core, and nothing else: no database, no configuration, no network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509

from adapters.archive.deletions import DeletionIndex, gathered
from adapters.archive.judge import SignatureJudge
from adapters.archive.trust import Trust
from adapters.archive.zip_reader import ZipSegment
from adapters.crypto.certificate import parse_pem
from adapters.timestamp.token import verify_token
from gateway.audit import AuditReport, SegmentAudit, join
from gateway.checkpoint import Checkpoint, NotANote
from gateway.deletion import Deletions, NoDeletions
from gateway.errors import GatewayError
from gateway.evidence import Header
from gateway.segment import NotASegment, range_of
from gateway.segment_audit import Auditor, audit_segment


def audit_archive(
    folder: Path,
    trust: Path,
    own: Sequence[Checkpoint] = (),
    *,
    workers: int | None = None,
    apart: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> AuditReport:
    """Judge every segment in ``folder`` and how they join. ``own`` are checkpoints that the auditor kept; ``apart``
    asks for another process even where one is enough.

    Raises `GatewayError`: ``archive.trust``, ``archive.folder``, ``archive.none``.
    """
    Trust.of(trust)  # what is wrong with it is said before anything is read
    files = segments(folder)
    audits: list[SegmentAudit] = []
    count = min(workers or os.cpu_count() or 1, len(files))
    with gathered(files) as deletions:
        judge = partial(audit_file, trust=trust, own=tuple(own), deletions=deletions)
        for audit in _each(files, judge, count) if apart or count > 1 else map(judge, files):
            audits.append(audit)
            progress(len(audits), len(files))
    return join(audits, own)


def audit_file(path: Path, trust: Path, own: Sequence[Checkpoint] = (), deletions: Path | None = None) -> SegmentAudit:
    """Judge one segment; ``deletions`` is what `gathered` made of its archive."""
    trusted = Trust.of(trust)
    with ZipSegment(path) as segment:
        if deletions is None:
            return audit_opened(segment, trusted, own)
        with closing(DeletionIndex(deletions)) as known:
            return audit_opened(segment, trusted, own, known)


def audit_opened(
    segment: ZipSegment, trust: Trust, own: Sequence[Checkpoint] = (), deletions: Deletions | None = None
) -> SegmentAudit:
    reader = partial(verify_token, anchors=trust.time) if trust.time else None
    by = Auditor(
        opener=trust,
        judge=_LateJudge(segment, trust),
        read_token=reader,
        own=own,
        deletions=deletions or NoDeletions(),
    )
    return audit_segment(segment, by)


def segments(folder: Path) -> list[Path]:
    """The segments of a folder in the order of their ranges. Raises `GatewayError` ``archive.none``, and
    ``archive.folder`` where something else lies there that calls itself one."""
    try:
        paths = [path for path in folder.iterdir() if path.suffix == ".zip"]
    except OSError as error:
        raise GatewayError("archive.folder", where=str(folder), detail=str(error.strerror)) from error
    if not paths:
        raise GatewayError("archive.none", where=str(folder))
    if strangers := [path.name for path in paths if range_of(path.name) is None]:
        raise GatewayError("archive.folder", where=str(folder), detail=f"{strangers[0]} is no segment")
    return sorted(paths, key=lambda path: path.name)


def read_checkpoint(path: Path, trust: Path) -> Checkpoint:
    """Return a checkpoint that the auditor kept. Raises `GatewayError` ``archive.checkpoint``."""
    try:
        return Trust.of(trust).open(path.read_bytes())
    except (OSError, NotANote) as error:
        raise GatewayError("archive.checkpoint", where=str(path), detail=str(error)) from error


def _each(files: Sequence[Path], judge: Callable[[Path], SegmentAudit], workers: int) -> Iterator[SegmentAudit]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(judge, files)


class _LateJudge:
    """A `SignatureJudge` that is made of a segment's certificates once the segment is open."""

    def __init__(self, segment: ZipSegment, trust: Trust) -> None:
        self._segment, self._trust = segment, trust
        self._judge: SignatureJudge | None = None

    def judge(self, header: Header, octets: bytes) -> bool:
        if self._judge is None:
            self._judge = SignatureJudge.of(self._certificates(), self._trust.municipality, self._trust.judiciary)
        return self._judge.judge(header, octets)

    def _certificates(self) -> Iterator[x509.Certificate]:
        for name, pem in self._segment.certificates().items():
            try:
                yield from parse_pem(pem, name)
            except GatewayError as error:
                raise NotASegment(f"certificates/{name}.pem cannot be read") from error
