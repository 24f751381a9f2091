"""Forks of the archive's history: a checkpoint under the archive's name that this store's tree does not lead to.

One tree goes on from each checkpoint that was ever signed. A store that was restored, or rolled back with all that
lies beside it, grows another tree: the archive's folder or a witness then holds a checkpoint of more records than are
here, or with another root. Nothing is signed or written on the other tree, and nothing is sent, until a person has set
the forgotten history aside on record (`gateway.record.set_aside`).
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
"""The holder of a checkpoint that the archive's own folder holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A checkpoint of another tree. ``holder`` is ``archive`` or the name of a witness; ``note`` is the signed note;
    ``act`` is the evidence of the act that set it aside, None while nobody has acted."""

    size: int
    root: bytes
    holder: str
    note: bytes = field(repr=False)
    seen_at: datetime
    act: str | None = None

    @property
    def error(self) -> GatewayError:
        """``archive.forked``."""
        return GatewayError("archive.forked", where=self.holder, detail=f"a checkpoint of {self.size} records")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEnd:
    """A segment in the folder, and the checkpoint at its end, unverified, as its ``note`` says it."""

    file: str
    first: int
    end: int
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """Raises `gateway.merkle.checkpoint.NotANote`."""
        return Checkpoint.of(SignedNote.of(self.note).text)


class Tree(Protocol):
    """The store's own tree. Raises `GatewayError` ``store.*``."""

    def size(self) -> int: ...

    def tile(self, place: Place) -> bytes: ...


class ForkBook(Tree, Protocol):
    """Keeps forks beside the tree."""

    def forks(self) -> Sequence[Fork]:
        """Return all of them, those that were set aside too."""
        ...

    def found(self, fork: Fork) -> None:
        """Keep a fork; one that is known stays as it is."""
        ...


def of_another_tree(tree: Tree, checkpoints: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the checkpoints that the tree does not lead to: larger ones, and those with another root."""
    own = Tiles(tree.size(), tree.tile)
    return [c for c in checkpoints if c.size > own.size or merkle.root(c.size, own.node) != c.root]


def open_fork(forks: Sequence[Fork]) -> Fork | None:
    """Return the largest fork that nobody has set aside."""
    return max((fork for fork in forks if fork.act is None), key=lambda fork: fork.size, default=None)


def fork_at(end: SegmentEnd, now: datetime) -> Fork:
    """Return the fork that a segment on another tree shows."""
    checkpoint = end.checkpoint
    return Fork(size=checkpoint.size, root=checkpoint.root, holder=ARCHIVE, note=end.note, seen_at=now)
