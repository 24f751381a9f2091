"""Hashes of a tree in stored tiles of 256, in the form of C2SP's tlog-tiles.

A tile at (level, index) holds up to 256 hashes in a row. At level 0 these are leaf hashes from ``256 * index`` on, at
level n the roots of the full tiles of level n - 1.
Stored hashes never change; a partial tile only grows. An inclusion proof reads at most two tiles of each level, and a
billion leaves have four levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.merkle import tree
from gateway.merkle.tree import HASH_BYTES, Frontier

HEIGHT = 8
WIDTH = 1 << HEIGHT

Place = tuple[int, int]
"""Level and index of a tile."""

ReadTile = Callable[[Place], bytes]
"""Function that returns a tile's hashes so far, empty for an absent tile."""


class Tiles:
    """Tree of ``size`` leaves over stored tiles; each is read at most once."""

    def __init__(self, size: int, read: ReadTile) -> None:
        self.size, self._read = size, read
        self._known: dict[Place, bytes] = {}
        self._changed: set[Place] = set()
        self._nodes: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes; `changed` then has the tiles to store."""
        for leaf in leaves:
            self._add(0, self.size, leaf)
            self.size += 1

    @property
    def changed(self) -> dict[Place, bytes]:
        """Return the tiles that grew since construction."""
        return {place: self._known[place] for place in sorted(self._changed)}

    def node(self, level: int, index: int) -> bytes:
        """Return a node's hash (`gateway.merkle.tree.Nodes`). Raises `KeyError` for a node outside the tree."""
        # A whole subtree never changes, so its hash is computed once, however many roots are asked for.
        if (known := self._nodes.get((level, index))) is not None:
            return known
        tile_level, above = divmod(level, HEIGHT)
        if above:
            found = tree.node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
        else:
            tile, offset = divmod(index, WIDTH)
            found = self._tile((tile_level, tile))[offset * HASH_BYTES :][:HASH_BYTES]
            if len(found) != HASH_BYTES:
                raise KeyError((level, index))
        self._nodes[level, index] = found
        return found

    def root(self) -> bytes:
        return tree.root(self.size, self.node)

    def frontier(self) -> Frontier:
        """Return the frontier, which allows appending without the tiles."""
        roots, begin = [], 0
        for level in reversed(range(self.size.bit_length())):
            if self.size >> level & 1:
                roots.append(self.node(level, begin >> level))
                begin += 1 << level
        return Frontier(size=self.size, roots=tuple(roots))

    def _add(self, level: int, position: int, node: bytes) -> None:
        index, offset = divmod(position, WIDTH)
        place = level, index
        hashes = self._tile(place)[: offset * HASH_BYTES] + node
        self._known[place] = hashes
        self._changed.add(place)
        if offset == WIDTH - 1:
            row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
            self._add(level + 1, index, _root(row))

    def _tile(self, place: Place) -> bytes:
        if place not in self._known:
            self._known[place] = self._read(place)
        return self._known[place]


def _root(row: list[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    while len(row) > 1:
        row = [tree.node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]
