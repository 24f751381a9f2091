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
        self._rows: dict[Place, list[list[bytes]]] = {}

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
        tile_level, above = divmod(level, HEIGHT)
        tile, offset = divmod(index, WIDTH >> above)
        place = tile_level, tile
        # Every hash of a tile is computed once, however many roots are asked for.
        if (rows := self._rows.get(place)) is None:
            rows = self._rows[place] = _rows_above(_row(self._tile(place)))
        row = rows[above]
        if not offset < len(row):
            raise KeyError((level, index))
        return row[offset]

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
        self._rows.pop(place, None)
        if offset == WIDTH - 1:
            whole = tree.node_hash(*_rows_above(_row(hashes))[-1])
            self._add(level + 1, index, whole)

    def _tile(self, place: Place) -> bytes:
        if place not in self._known:
            self._known[place] = self._read(place)
        return self._known[place]


def _row(tile: bytes) -> list[bytes]:
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile) - HASH_BYTES + 1, HASH_BYTES)]


def _rows_above(row: list[bytes]) -> list[list[bytes]]:
    """Return the rows of a tile's subtrees, from its own hashes up to the last row below its root."""
    rows = [row]
    while len(rows) < HEIGHT:
        row = list(map(tree.node_hash, row[::2], row[1::2]))
        rows.append(row)
    return rows
