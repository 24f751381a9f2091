"""Auditor of an archive folder on all cores, without database, configuration or network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from cryptography import x509

from adapters.crypto.keys.certificate import parse_pem
from adapters.crypto.keys.partner import Partner
from adapters.timestamp.token import verify_token
from adapters.verifier.archive.carriers import ArchivedCarriers
from adapters.verifier.archive.deletions import DeletionIndex, gathered
from adapters.verifier.archive.list_index import ArchivedRevocation, ListIndex
from adapters.verifier.archive.segment_reader import ZipSegment
from adapters.verifier.trust.document_judge import SignatureJudge
from adapters.verifier.trust.trust_folder import Trust
from gateway.archive.segment import SET_ASIDE, NotASegment, range_of
from gateway.audit.archive_report import join
from gateway.audit.audit import AuditReport, SegmentAudit
from gateway.audit.period import Period
from gateway.audit.segment_audit import Auditor, audit_segment
from gateway.merkle.checkpoint import Checkpoint, NotANote
from gateway.record.deletion import NoDeletions
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from gateway.trust.key_uses import KeyUses
from gateway.trust.trust_policy import Facts


def audit_archive(
    folder: Path,
    trust: Path,
    own: Sequence[Checkpoint] = (),
    *,
    period: Period | None = None,
    workers: int | None = None,
    apart: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> AuditReport:
    """Judge every segment in ``folder`` and how they join.

    ``own`` are checkpoints that the auditor kept. A ``period`` is judged in addition. ``apart`` forces another process
    even if one suffices. Raises `GatewayError`: ``archive.trust``, ``archive.folder``, ``archive.none``.
    """
    Trust.of(trust)  # what is wrong with it is said before anything is read
    files = segments(folder)
    aside = sorted(folder.glob(f"{SET_ASIDE}/*/*.zip"))
    count = min(workers or os.cpu_count() or 1, len(files))
    with gathered([*files, *aside]) as known:
        judge = partial(audit_file, trust=trust, own=tuple(own), period=period, gathered=known)
        audits = _each(files, judge, count) if apart or count > 1 else map(judge, files)
        return join(_told(audits, len(files), progress), own, period, [judge(path) for path in aside])


def audit_file(
    path: Path,
    trust: Path,
    own: Sequence[Checkpoint] = (),
    period: Period | None = None,
    gathered: Path | None = None,
) -> SegmentAudit:
    """Judge one segment; ``gathered`` is the file of `deletions.gathered` for its archive."""
    trusted = Trust.of(trust)
    with ExitStack() as opened:
        segment = opened.enter_context(ZipSegment(path))
        known = NoDeletions() if gathered is None else opened.enter_context(closing(DeletionIndex(gathered)))
        lists = None if gathered is None else opened.enter_context(closing(ListIndex(gathered)))
        carriers = opened.enter_context(closing(ArchivedCarriers(segment, path)))
        judge = _LateJudge(segment, trusted, carriers)
        by = Auditor(
            opener=trusted,
            judge=judge,
            read_token=partial(verify_token, anchors=trusted.time) if trusted.time else None,
            own=own,
            period=period,
            deletions=known,
            revocation=ArchivedRevocation(segment, trusted.lists, judge.partners, lists),
        )
        audit = audit_segment(segment, by)
        audit.key_uses = judge.key_uses
        return audit


def segments(folder: Path) -> list[Path]:
    """Return the segments of a folder in the order of their ranges.

    Raises `GatewayError` ``archive.none``, and ``archive.folder`` for a foreign file with the suffix of a segment.
    """
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


def _told(audits: Iterable[SegmentAudit], count: int, progress: Callable[[int, int], None]) -> Iterator[SegmentAudit]:
    for done, audit in enumerate(audits, 1):
        yield audit
        progress(done, count)


def _each(files: Sequence[Path], judge: Callable[[Path], SegmentAudit], workers: int) -> Iterator[SegmentAudit]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(judge, files)


class _LateJudge:
    """`SignatureJudge` that is made of a segment's certificates once the segment is open."""

    def __init__(self, segment: ZipSegment, trust: Trust, carriers: ArchivedCarriers) -> None:
        self._segment, self._trust, self._carriers = segment, trust, carriers
        self._judge: SignatureJudge | None = None

    def judge(self, header: Header, octets: bytes) -> Facts | None:
        return self._made().judge(header, octets)

    def partners(self) -> Sequence[Partner]:
        return self._made().partners

    @property
    def key_uses(self) -> KeyUses:
        return KeyUses() if self._judge is None else self._judge.rules.uses

    def _made(self) -> SignatureJudge:
        if self._judge is None:
            self._judge = SignatureJudge(self._certificates(), self._trust, find=self._carriers.find)
        return self._judge

    def _certificates(self) -> dict[str, list[x509.Certificate]]:
        found = {}
        for name, pem in self._segment.certificates().items():
            try:
                found[name] = parse_pem(pem, name)
            except GatewayError as error:
                raise NotASegment(f"certificates/{name}.pem cannot be read") from error
        return found
