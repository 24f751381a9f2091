"""Forks of the archive's history: checkpoints under the archive's name that this store's tree does not lead to.

One tree continues each checkpoint that was ever signed. A store that was restored, or rolled back with all data beside
it, grows another tree.
The archive's folder or a witness then holds a checkpoint of more records, or with another root. Nothing is signed,
written or sent for the other tree until a person has set the forgotten history aside on record
(`gateway.record.set_aside`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from gateway.merkle import tree as merkle
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.tiles import Place, Tiles
from gateway.runtime.errors import GatewayError

ARCHIVE: Final = "archive"
"""Holder's name for a checkpoint in the archive's own folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Checkpoint of another tree.

    ``holder`` is ``archive`` or the name of a witness; ``note`` is the signed note. ``act`` is the evidence of the act
    that set it aside; None if nobody has acted.
    """

    size: int
    root: bytes
    holder: str
    note: bytes = field(repr=False)
    seen_at: datetime
    act: str | None = None

    @property
    def error(self) -> GatewayError:
        """Return the error ``archive.forked``."""
        return GatewayError("archive.forked", where=self.holder, detail=f"a checkpoint of {self.size} records")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEnd:
    """Segment in the folder; ``note`` holds the checkpoint at its end, unverified."""

    file: str
    first: int
    end: int
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """Parse the checkpoint of ``note``. Raises `gateway.merkle.checkpoint.NotANote`."""
        return Checkpoint.of(SignedNote.of(self.note).text)


class Tree(Protocol):
    """Tree of the store. Raises `GatewayError` ``store.*``."""

    def size(self) -> int: ...

    def tile(self, place: Place) -> bytes: ...


class ForkBook(Tree, Protocol):
    """Store of forks beside the tree."""

    def forks(self) -> Sequence[Fork]:
        """Return all forks, including those that were set aside."""
        ...

    def found(self, fork: Fork) -> None:
        """Store a fork; a known one does not change."""
        ...


def of_another_tree(tree: Tree, checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return checkpoints that do not belong to the tree: larger ones, and those with another root."""
    own = Tiles(tree.size(), tree.tile)
    return [c for c in checkpoints if c.size > own.size or merkle.root(c.size, own.node) != c.root]


def open_fork(forks: Sequence[Fork]) -> Fork | None:
    """Return the largest fork that nobody has set aside."""
    return max((fork for fork in forks if fork.act is None), key=lambda fork: fork.size, default=None)


def fork_at(end: SegmentEnd, now: datetime) -> Fork:
    """Return the fork of a segment that ends on another tree."""
    checkpoint = end.checkpoint
    return Fork(size=checkpoint.size, root=checkpoint.root, holder=ARCHIVE, note=end.note, seen_at=now)
