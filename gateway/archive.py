"""Prove: evidence records get their places in the tree, checkpoints say what it is, segments carry it to a folder.

Nothing here decides anything about a notice. A record is written by the step that made it and is placed soon after, in
the order of coming; a checkpoint is signed when enough has come, or enough time has passed; what checkpoints cover is
written into segments, which anybody can verify without us. Each of the three may be done twice and is then done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.clock import Clock
from gateway.evidence_log import EvidenceLog, StoredCheckpoint
from gateway.leave import Leave, always
from gateway.report import PassReport
from gateway.segment import Manifest
from gateway.tiles import Tiles


class CheckpointSigner(Protocol):
    """Signs the state of a tree as a note; ``name`` is the tree's origin."""

    @property
    def name(self) -> str: ...

    def sign(self, size: int, root: bytes) -> bytes: ...


class ArchiveFolder(Protocol):
    """Where segments are. Raises `gateway.errors.GatewayError` ``archive.*``."""

    def end(self) -> int:
        """How many records of the log stand in segments here: the next one begins there."""
        ...

    def write(self, manifest: Manifest, notes: Sequence[StoredCheckpoint], log: EvidenceLog) -> None:
        """Write a segment whole: it is verified, synced and only then has its name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Something is due for each ``records`` that have come, and for fewer once the oldest has waited ``every``."""

    every: timedelta
    records: int

    def is_due(self, waiting: int, since: datetime, now: datetime) -> bool:
        return waiting >= self.records or (waiting > 0 and now - since >= self.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePolicy:
    """When checkpoints are made and segments written; ``batch`` records get their places at once."""

    checkpoints: Rhythm
    segments: Rhythm
    batch: int = 1000


def archive(
    log: EvidenceLog,
    signer: CheckpointSigner,
    folder: ArchiveFolder,
    clock: Clock,
    policy: ArchivePolicy,
    leave: Leave = always,
) -> PassReport:
    """Give every record its place, make a checkpoint if one is due, and write the segments that are due."""
    report = PassReport("archive")
    while leave() and (placed := log.place(policy.batch)):
        report.counts["placed"] += placed
    if leave() and _checkpoint(log, signer, clock(), policy.checkpoints):
        report.counts["checkpoints"] += 1
    while leave() and _write_segment(log, signer.name, folder, clock(), policy.segments):
        report.counts["segments"] += 1
    return report


def _checkpoint(log: EvidenceLog, signer: CheckpointSigner, now: datetime, rhythm: Rhythm) -> bool:
    size, last = log.size(), log.last_checkpoint()
    covered, since = (last.size, last.made_at) if last else (0, now)
    # The first one is made at once: from then on nothing can be taken away unseen.
    if size == covered or not (last is None or rhythm.is_due(size - covered, since, now)):
        return False
    tree = Tiles(size, log.tile)
    # Signing is outside any transaction; of two processes that sign one size at once, the first one's note stays.
    log.keep(StoredCheckpoint(size=size, note=signer.sign(size, tree.root()), made_at=now))
    return True


NOTES = 1000
"""Checkpoints in one segment, at most."""


def _write_segment(log: EvidenceLog, origin: str, folder: ArchiveFolder, now: datetime, rhythm: Rhythm) -> bool:
    first = folder.end()
    notes = log.checkpoints(first, NOTES)
    if not notes or not rhythm.is_due(notes[-1].size - first, notes[0].made_at, now):
        return False
    # A segment ends with a checkpoint: with the last one that does not make it too large, or else with the next.
    fitting = [note for note in notes if note.size - first <= rhythm.records] or notes[:1]
    before = Tiles(first, log.tile).frontier()
    folder.write(Manifest(origin=origin, first=first, end=fitting[-1].size, before=before), fitting, log)
    return True
