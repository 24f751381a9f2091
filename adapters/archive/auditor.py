"""Audits an archive folder with every core, and nothing else: no database, no configuration, no network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509

from adapters.archive.judge import SignatureJudge
from adapters.archive.revocation import ArchivedRevocation
from adapters.archive.trust import Trust
from adapters.archive.zip_reader import ZipSegment
from adapters.crypto.certificate import parse_pem
from adapters.crypto.partner import Partner
from adapters.timestamp.token import verify_token
from gateway.audit import AuditReport, SegmentAudit, join
from gateway.checkpoint import Checkpoint, NotANote
from gateway.errors import GatewayError
from gateway.evidence import Header
from gateway.segment import NotASegment, range_of
from gateway.segment_audit import Auditor, audit_segment
from gateway.trust import Facts


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
    judge, count = partial(audit_file, trust=trust, own=tuple(own)), min(workers or os.cpu_count() or 1, len(files))
    for audit in _each(files, judge, count) if apart or count > 1 else map(judge, files):
        audits.append(audit)
        progress(len(audits), len(files))
    return join(audits, own)


def audit_file(path: Path, trust: Path, own: Sequence[Checkpoint] = ()) -> SegmentAudit:
    """Judge one segment."""
    trusted = Trust.of(trust)
    with ZipSegment(path) as segment:
        return audit_opened(segment, trusted, own)


def audit_opened(segment: ZipSegment, trust: Trust, own: Sequence[Checkpoint] = ()) -> SegmentAudit:
    reader = partial(verify_token, anchors=trust.time) if trust.time else None
    judge = _LateJudge(segment, trust)
    revocation = ArchivedRevocation(segment, trust.lists, judge.partners)
    return audit_segment(segment, Auditor(opener=trust, judge=judge, read_token=reader, own=own, revocation=revocation))


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

    def judge(self, header: Header, octets: bytes) -> Facts | None:
        return self._made().judge(header, octets)

    def partners(self) -> Sequence[Partner]:
        return self._made().partners

    def _made(self) -> SignatureJudge:
        if self._judge is None:
            self._judge = SignatureJudge.of(self._certificates(), self._trust.municipality, self._trust.judiciary)
        return self._judge

    def _certificates(self) -> Iterator[x509.Certificate]:
        for name, pem in self._segment.certificates().items():
            try:
                yield from parse_pem(pem, name)
            except GatewayError as error:
                raise NotASegment(f"certificates/{name}.pem cannot be read") from error
