"""The tree of records as an outsider computes it (RFC 9162, 2.1.1), and the histories that restores forgot."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..world.archive import Segment


@dataclass(slots=True)
class History:
    """Leaf hashes of the present tree, and of forgotten ones."""

    leaves: list[bytes] = field(default_factory=list)
    headers: list[bytes] = field(default_factory=list)
    forgotten: list[list[bytes]] = field(default_factory=list)
    published: dict[tuple[int, bytes], None] = field(default_factory=dict)
    """Size and root of each checkpoint that others hold, but for those of a history that a person has set aside."""
    aside: set[tuple[int, bytes]] = field(default_factory=set)
    """Those of a history that a person has set aside."""
    _nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """Hashes of the present tree's whole subtrees, by first leaf and size: a tree that only grows keeps them."""

    def restored(self) -> None:
        self.forgotten.append(self.leaves)
        self.leaves, self.headers, self._nodes = [], [], {}

    def grow(self, database: Any) -> str | None:
        """Read new places; return what is wrong with them."""
        size, known = database.tree_size(), len(self.leaves)
        if size < known:
            return f"{size} records, and there were {known}"
        placed = {} if size == known else database.headers(known)
        for index in range(known, size):
            if index not in placed:
                return f"place {index} is empty"
            self.headers.append(placed[index])
            self.leaves.append(hashlib.sha256(b"\0" + placed[index]).digest())
        return None

    def moved(self, database: Any) -> str | None:
        """Read every place again; return which one has changed."""
        placed = database.headers(0)
        for index, header in enumerate(self.headers):
            if placed.get(index) != header:
                return f"place {index} holds another record"
        return None

    def wrong_segments(self, segments: Sequence[Segment]) -> tuple[str, str] | None:
        """Return the invariant that the folder breaks once a segment was written, and how."""
        end = 0
        for each in segments:
            if each.first != end or len(each.headers) != each.end - each.first:
                return "segments-join", f"{each.file} does not begin at {end}"
            end = each.end
            if tuple(self.headers[each.first : each.end]) != each.headers:
                return "segments-join", f"{each.file} holds other records"
        if segments and (wrong := self.wrong_note(segments[-1].note)) is not None:
            return "one-history", wrong
        return None

    def wrong_note(self, note: bytes) -> str | None:
        """Return what is wrong with a new checkpoint: it must be of the present tree."""
        size, root = _read(note)
        if size > len(self.leaves):
            return f"a checkpoint of {size} records, and there are {len(self.leaves)}"
        if self._root(0, size) != root:
            return f"a checkpoint of {size} records has another root"
        for other in self.published:
            if not self._is_of_this_tree(*other) and not self._divided_later((size, root), other):
                return f"a checkpoint of {size} records, and one of {other[0]} records of another tree is not set aside"
        self.published[size, root] = None
        return None

    def is_divided(self, note: bytes) -> bool:
        """Return True if a checkpoint is of another tree that nobody has set aside."""
        told = _read(note)
        return told not in self.aside and not self._is_of_this_tree(*told)

    def set_aside(self) -> None:
        """Forget the checkpoints of other trees: a person sets their history aside."""
        self.aside |= {each for each in self.published if not self._is_of_this_tree(*each)}
        self.published = {each: None for each in self.published if self._is_of_this_tree(*each)}

    def _is_of_this_tree(self, size: int, root: bytes) -> bool:
        return size <= len(self.leaves) and self._root(0, size) == root

    def _divided_later(self, note: tuple[int, bytes], other: tuple[int, bytes]) -> bool:
        """Return True if one forgotten tree had both: what was signed before the backup is of both histories."""
        return any(
            all(size <= len(leaves) and _root(leaves, 0, size, {}) == root for size, root in (note, other))
            for leaves in self.forgotten
        )

    def _root(self, first: int, size: int) -> bytes:
        return _root(self.leaves, first, size, self._nodes)


def _root(leaves: Sequence[bytes], first: int, size: int, nodes: dict[tuple[int, int], bytes]) -> bytes:
    if size < 2:
        return leaves[first] if size else hashlib.sha256().digest()
    is_whole = size & (size - 1) == 0
    if is_whole and (known := nodes.get((first, size))) is not None:
        return known
    half = 1 << (size - 1).bit_length() - 1
    left, right = _root(leaves, first, half, nodes), _root(leaves, first + half, size - half, nodes)
    found = hashlib.sha256(b"\1" + left + right).digest()
    if is_whole:
        nodes[first, size] = found
    return found


def _read(note: bytes) -> tuple[int, bytes]:
    _, size, root = note.decode().split("\n")[:3]
    return int(size), base64.b64decode(root)
