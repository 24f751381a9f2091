"""Consistency of two checkpoints by the segments between them: only their records are hashed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.verifier.archive.auditor import segments
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.consistency import Comparison, begins_with, compare
from gateway.archive.segment import Manifest, NotASegment, range_of
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.runtime.verdict import Verdict

_TOGETHER = 1024


def judge_by_segments(old: Checkpoint, new: Checkpoint, folder: Path) -> Comparison:
    """Judge two checkpoints by an archive's folder.

    It begins with the segment that contains the earlier one. The tree before that segment is trusted once it leads to
    the signed root. Raises `GatewayError` ``archive.none`` or ``archive.folder``.
    """
    known = compare(old, new)
    if known is not None:
        return known
    walk = _Walk(old, new)
    try:
        for path in _between(folder, old.size, new.size):
            if not walk.joins(path):
                return _unclear(f"records from {walk.tree.size} on are missing; {path.name} comes next")
            with ZipSegment(path) as segment:
                wrong = walk.read(segment)
            if wrong:
                return Comparison(verdict=Verdict.FAILED, reason=wrong)
    except NotASegment as problem:
        return _unclear(f"{path.name}: {problem}")
    if walk.tree.size < new.size:
        return _unclear(f"records from {max(walk.tree.size, old.size)} to {new.size} are missing")
    return begins_with(old, new)


@dataclass(slots=True)
class _Walk:
    old: Checkpoint
    new: Checkpoint
    tree: Frontier = field(default_factory=Frontier)

    def joins(self, path: Path) -> bool:
        """Return True if a segment continues the last one; the first has to begin within the old tree."""
        first, _ = range_of(path.name) or (0, 0)
        return first == self.tree.size if self.tree.size else first <= self.old.size

    def read(self, segment: ZipSegment) -> str | None:
        """Append the records of a segment; return the defect, if any. Raises `NotASegment`."""
        manifest = segment.manifest()
        if manifest.file != segment.name:
            raise NotASegment(f"its content is that of {manifest.file}")
        if wrong := self._other(manifest):
            return wrong
        self.tree, leaves = manifest.before, []
        wanted = {each.size: each.root for each in (self.old, self.new)}
        if wanted.get(self.tree.size, self.tree.root()) != self.tree.root():
            return _another(self.tree.size)
        size = manifest.first
        for line in segment.records():
            leaves.append(leaf_hash(line))
            size += 1
            if size in wanted or size == manifest.end or len(leaves) == _TOGETHER:
                self.tree, leaves = self.tree.extend(leaves), []
            if size in wanted and self.tree.root() != wanted[size]:
                return _another(size)
        if size != manifest.end:
            raise NotASegment(f"{size - manifest.first} records, where {manifest.end - manifest.first} are told")
        return None

    def _other(self, manifest: Manifest) -> str | None:
        if manifest.origin != self.old.origin:
            return f"segments of {manifest.origin}, and checkpoints of {self.old.origin}"
        if self.tree.size and manifest.before != self.tree:
            return f"{manifest.file} goes on from another tree than that of the segment before it"
        return None


def _between(folder: Path, old: int, new: int) -> Iterator[Path]:
    for path in segments(folder):
        first, end = range_of(path.name) or (0, 0)
        if end >= old and first < new:
            yield path


def _another(size: int) -> str:
    return f"the records up to {size} are others than the checkpoint says"


def _unclear(reason: str) -> Comparison:
    return Comparison(verdict=Verdict.INDETERMINATE, reason=reason)
