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

    def restored(self) -> None:
        self.forgotten.append(self.leaves)
        self.leaves, self.headers = [], []

    def grow(self, database: Any) -> str | None:
        """Read new places; return what is wrong with them."""
        size = database.tree_size()
        if size < len(self.leaves):
            return f"{size} records, and there were {len(self.leaves)}"
        if size > len(self.leaves):
            placed = {each.leaf: each.header for each in database.records(0) if each.leaf is not None}
            for index, header in enumerate(self.headers):
                if placed.get(index) != header:
                    return f"place {index} holds another record"
            for index in range(len(self.headers), size):
                if index not in placed:
                    return f"place {index} is empty"
                self.headers.append(placed[index])
                self.leaves.append(hashlib.sha256(b"\0" + placed[index]).digest())
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
        _, size, told = note.decode().split("\n")[:3]
        root = base64.b64decode(told)
        if int(size) > len(self.leaves):
            return f"a checkpoint of {size} records, and there are {len(self.leaves)}"
        if _root(self.leaves[: int(size)]) != root:
            return f"a checkpoint of {size} records has another root"
        return None


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _root(leaves[:half]) + _root(leaves[half:])).digest()
