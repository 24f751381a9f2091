"""Merkle tree of RFC 9162: hashes, roots, proofs, and their verification. Nothing is stored here.

`Nodes` gives the hash of a perfect subtree by its level and index. The subtree covers the leaves from
``index << level`` up to ``(index + 1) << level``.
These hashes suffice for any proof; reading leaves in order needs only a `Frontier`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Nodes = Callable[[int, int], bytes]
"""Function that returns the hash of the perfect subtree at (level, index); leaf hashes are at level 0."""

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(octets: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + octets).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """Right edge of a tree of ``size`` leaves: the roots of its maximal perfect subtrees, the largest first.

    It suffices for appending to the tree and for its root.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaf hashes were appended."""
        size, roots = self.size, list(self.roots)
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = node_hash(roots.pop(), node)
                rest >>= 1
            roots.append(node)
            size += 1
        return Frontier(size=size, roots=tuple(roots))

    def root(self) -> bytes:
        """Return the root hash (RFC 9162, 2.1.1)."""
        if not self.roots:
            return EMPTY_ROOT
        *left, node = self.roots
        for sibling in reversed(left):
            node = node_hash(sibling, node)
        return node


def root(size: int, nodes: Nodes) -> bytes:
    """Return the root hash of the first ``size`` leaves."""
    return _root_of(0, size, nodes) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that leaf ``index`` stands in the tree of ``size`` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_root_of(middle, end, nodes))
            end = middle
        else:
            path.append(_root_of(begin, middle, nodes))
            begin = middle
    return path[::-1]


def consistency_path(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """Return the proof that the tree of ``new`` leaves begins with that of ``old`` (RFC 9162, 2.1.4.1).

    It is empty if the trees are the same, or the old one has no leaf.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot begin with {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    begin, end = 0, new
    # True while the old tree is a whole subtree of this range: the verifier knows its hash.
    whole = True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_root_of(middle, end, nodes))
            end = middle
        else:
            path.append(_root_of(begin, middle, nodes))
            begin, whole = middle, False
    if not whole:
        path.append(_root_of(begin, end, nodes))
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or None if it does not fit this place."""
    if not 0 <= index < size:
        return None
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Return True if the proof shows that the new tree begins with the old one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not path:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """Return the largest power of two below ``size``, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def _root_of(begin: int, end: int, nodes: Nodes) -> bytes:
    """Return the hash of leaves ``begin`` to ``end``, a range of RFC 9162's splitting."""
    size = end - begin
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, begin >> level)
    middle = begin + _split(size)
    return node_hash(_root_of(begin, middle, nodes), _root_of(middle, end, nodes))
