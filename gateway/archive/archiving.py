"""Archive pass: place records in the tree, sign checkpoints, write segments.

Nothing here decides anything about a notice. The step that makes a record also writes it; this pass places it soon
after, in order of arrival.
A checkpoint is signed after enough records or enough time. Records that a checkpoint covers are written into segments,
which anybody can verify without us.
Each of the three steps is idempotent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.archive.segment import Manifest
from gateway.archive.timestamping import TimeAuthority
from gateway.evidence.evidence_log import EvidenceLog, StoredCheckpoint
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.fork import SegmentEnd, fork_at, of_another_tree, open_fork
from gateway.merkle.tiles import Tiles
from gateway.record.damage import Damage, DamageReport
from gateway.record.evidence_record import Header
from gateway.runtime.clock import Clock, parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport


class CheckpointSigner(Protocol):
    """Signer of a tree's state as a note; ``name`` is the tree's origin."""

    @property
    def name(self) -> str: ...

    def sign(self, size: int, root: bytes) -> bytes: ...


class ArchiveFolder(Protocol):
    """Folder of segments. Raises `gateway.runtime.errors.GatewayError` ``archive.*``."""

    def end(self) -> int:
        """Return the number of records that stand in segments here; the next segment begins there."""
        ...

    def last(self) -> SegmentEnd | None:
        """Return the last segment, its note unverified; None if there is none."""
        ...

    def write(
        self,
        manifest: Manifest,
        notes: Sequence[StoredCheckpoint],
        log: EvidenceLog,
        without: Sequence[Damage] = (),
    ) -> bool:
        """Write a complete segment: verify and sync it, and only then give it its name.

        Payloads that are recorded as damaged are left out. Return False, and write nothing, if the next segment no
        longer begins at this record: another process has written one.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Rule for due work: after ``records`` new records, or once the oldest has waited ``every``."""

    every: timedelta
    records: int

    def is_due(self, waiting: int, since: datetime, now: datetime) -> bool:
        return waiting >= self.records or (waiting > 0 and now - since >= self.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePolicy:
    """Intervals of checkpoints and segments; ``batch`` is the number of records placed at a time.

    ``octets`` limits the payloads of a segment, far below the limit of its reader. A checkpoint's records stand in one
    segment, however large they are.
    """

    checkpoints: Rhythm
    segments: Rhythm
    octets: int = 2 * 1024**3
    batch: int = 1000


def archive(
    log: EvidenceLog,
    signer: CheckpointSigner,
    folder: ArchiveFolder,
    clock: Clock,
    policy: ArchivePolicy,
    may_continue: MayContinue = always,
    authority: TimeAuthority | None = None,
) -> PassReport:
    """Place all records, sign and time-stamp a checkpoint, and write the segments that are due.

    Without an ``authority`` nothing is time-stamped; with one, a segment ends with a time-stamp.
    """
    report = PassReport("archive")
    while may_continue() and (placed := log.place(policy.batch)):
        report.counts["placed"] += placed
    if forked := _forked(log, folder, clock()):
        # Records are still collected and placed. Nothing is signed or written on a tree that nobody has confirmed.
        report.errors.append(forked)
        return report
    if may_continue() and _checkpoint(log, signer, clock(), policy.checkpoints):
        report.counts["checkpoints"] += 1
    if may_continue() and authority is not None:
        _stamp(log, signer, authority, clock(), report)
    stamped = authority is not None
    while may_continue() and _write_segment(log, signer.name, folder, clock(), policy, report, stamped=stamped):
        pass
    return report


def origin_of(log: EvidenceLog, folder: ArchiveFolder) -> str | None:
    """Return the archive's name in its newest checkpoint, or else in its last segment; None if there is neither."""
    if (kept := log.last_checkpoint()) is not None:
        return Checkpoint.of(SignedNote.of(kept.note).text).origin
    return last.checkpoint.origin if (last := folder.last()) is not None else None


def first_unarchived(log: EvidenceLog, folder: ArchiveFolder) -> datetime | None:
    """Return the creation time of the oldest placed record that is in no segment yet."""
    leaves = log.leaves(folder.end(), 1)
    return parse_timestamp(Header.of(leaves[0].header).recorded_at) if leaves else None


def _forked(log: EvidenceLog, folder: ArchiveFolder, now: datetime) -> GatewayError | None:
    """Compare the last segment with the store's tree; record a difference, so that every process of the store stops."""
    last = folder.last()
    wrong = fork_at(last, now) if last and of_another_tree(log, [last.checkpoint]) else None
    if wrong is not None:
        log.found(wrong)
    fork = open_fork(log.forks()) or wrong
    return fork.error if fork else None


def _checkpoint(log: EvidenceLog, signer: CheckpointSigner, now: datetime, rhythm: Rhythm) -> bool:
    size, last = log.size(), log.last_checkpoint()
    covered, since = (last.size, last.made_at) if last else (0, now)
    # The first checkpoint is made at once: from then on no record can be removed without trace.
    if size == covered or not (last is None or rhythm.is_due(size - covered, since, now)):
        return False
    # Signing stays outside any transaction. If two processes sign one size at once, the first note is kept.
    log.keep(_signed(log, signer, size, now))
    return True


def _signed(log: EvidenceLog, signer: CheckpointSigner, size: int, now: datetime) -> StoredCheckpoint:
    tree = Tiles(size, log.tile)
    return StoredCheckpoint(size=size, note=signer.sign(size, tree.root()), made_at=now)


def _stamp(
    log: EvidenceLog, signer: CheckpointSigner, authority: TimeAuthority, now: datetime, report: PassReport
) -> None:
    """Time-stamp the newest checkpoint; its time bounds all records before it, too.

    If the authority was away, the records since are covered by a checkpoint of now: an auditor takes records behind a
    time-stamp for records of a later time.
    """
    last = log.last_checkpoint()
    if last is None or last.token is not None:
        return
    size = log.size()
    newest = last if size == last.size else _signed(log, signer, size, now)
    try:
        token = authority.stamp(hashlib.sha256(SignedNote.of(newest.note).text).digest())
    except GatewayError as error:
        # The checkpoint remains without a time-stamp until the next pass; all other work continues.
        report.errors.append(error)
        return
    if newest is not last:
        log.keep(newest)
        report.counts["checkpoints"] += 1
    log.stamp(newest.size, token)
    report.counts["time_stamps"] += 1


_PAGE = 200

NOTES = 1000
"""Maximum number of checkpoints in one segment, of those with a time-stamp and of the first ones each."""


def _write_segment(
    log: EvidenceLog,
    origin: str,
    folder: ArchiveFolder,
    now: datetime,
    policy: ArchivePolicy,
    report: PassReport,
    *,
    stamped: bool,
) -> bool:
    """Write the next segment, unless another process has written one meanwhile; return False if none is due."""
    first = folder.end()
    ends, oldest = log.checkpoints(first, NOTES, stamped=stamped), log.checkpoints(first, 1)
    if not ends or not policy.segments.is_due(ends[-1].size - first, oldest[0].made_at, now):
        return False
    # A segment ends with a checkpoint: the last one within the size limits, or else the next one.
    most = _fitting(log, first, min(ends[-1].size, first + policy.segments.records), policy.octets)
    end = max((note.size for note in ends if note.size <= most), default=ends[0].size)
    # Any number of checkpoints without a time-stamp may lie before the first one that has it.
    notes = {note.size: note for note in [*log.checkpoints(first, NOTES), *ends]}
    fitting = [notes[size] for size in sorted(notes) if size <= end]
    before = Tiles(first, log.tile).frontier()
    manifest = Manifest(origin=origin, first=first, end=end, before=before)
    try:
        written = folder.write(manifest, fitting, log, log.damages())
    except GatewayError as error:
        if error.code not in _MAY_BE_DAMAGE or not _reported(log, manifest, now):
            raise
        written = folder.write(manifest, fitting, log, log.damages())
    if written:
        report.counts["segments"] += 1
    return True


def _fitting(log: EvidenceLog, first: int, end: int, octets: int) -> int:
    """Return the last place before which the payloads of records from ``first`` on have at most so many octets."""
    counted: set[str] = set()
    at = first
    while at < end and (leaves := log.leaves(at, min(_PAGE, end - at))):
        sizes = log.sizes([leaf.payload_digest for leaf in leaves])
        for leaf in leaves:
            needed = sizes.get(leaf.payload_digest, {})
            octets -= sum(size for digest, size in needed.items() if digest not in counted)
            if octets < 0:
                return leaf.index
            counted.update(needed)
        at += len(leaves)
    return end


_MAY_BE_DAMAGE = ("archive.segment", "store.payload-missing")


def _reported(log: EvidenceLog, manifest: Manifest, now: datetime) -> bool:
    """Record damaged payloads of a segment; return True if any are new.

    A damaged payload keeps no later record out of the archive.
    """
    digests: dict[str, None] = {}
    at = manifest.first
    while at < manifest.end and (leaves := log.leaves(at, min(_PAGE, manifest.end - at))):
        digests.update(dict.fromkeys(leaf.payload_digest for leaf in leaves))
        at += len(leaves)
    known = {each.digest for each in log.damages()}
    new = [each for each in log.damaged(digests) if each.digest not in known]
    if new:
        log.report_damage(DamageReport(at=now, payloads=new), manifest.origin)
    return bool(new)
