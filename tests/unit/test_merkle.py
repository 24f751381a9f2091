"""Trees against the definition of RFC 9162, written down once more in its own recursive words."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.merkle import tree as merkle
from gateway.merkle.tiles import WIDTH, Place, Tiles
from gateway.merkle.tree import Frontier

SIZES = st.integers(min_value=1, max_value=300)


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(f"record {number}".encode()) for number in range(size)]


def by_definition(hashes: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, of entries whose leaf hashes are given."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\x01" + by_definition(hashes[:half]) + by_definition(hashes[half:])).digest()


def tree(size: int) -> Tiles:
    tiles = Tiles(0, lambda _: b"")
    tiles.append(leaves(size))
    return tiles


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 512, 1000])
def test_the_root_is_that_of_the_definition(size: int) -> None:
    expected = by_definition(leaves(size))
    assert tree(size).root() == expected
    assert Frontier().extend(leaves(size)).root() == expected
    assert tree(size).frontier() == Frontier().extend(leaves(size))


@given(SIZES, SIZES)
def test_a_frontier_grows_as_if_it_had_been_made_at_once(first: int, second: int) -> None:
    hashes = leaves(first + second)
    grown = Frontier().extend(hashes[:first]).extend(hashes[first:])
    assert grown == Frontier().extend(hashes)


@given(st.data(), SIZES)
def test_an_inclusion_proof_leads_to_the_root_and_to_no_other_place(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    tiles, hashes = tree(size), leaves(size)
    path = merkle.inclusion_path(index, size, tiles.node)
    assert merkle.root_from_inclusion(hashes[index], index, size, path) == tiles.root()
    assert merkle.root_from_inclusion(merkle.leaf_hash(b"other"), index, size, path) != tiles.root()
    other = data.draw(st.integers(min_value=0, max_value=size - 1).filter(lambda n: n != index or size == 1))
    if other != index:
        assert merkle.root_from_inclusion(hashes[index], other, size, path) != tiles.root()


@given(st.data(), SIZES)
def test_a_proof_that_was_changed_proves_nothing(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    tiles, leaf = tree(size), leaves(size)[index]
    path = merkle.inclusion_path(index, size, tiles.node)
    longer, shorter = [*path, merkle.EMPTY_ROOT], path[:-1]
    assert merkle.root_from_inclusion(leaf, index, size, longer) is None
    if path:
        assert merkle.root_from_inclusion(leaf, index, size, shorter) is None
        at = data.draw(st.integers(min_value=0, max_value=len(path) - 1))
        changed = [*path[:at], merkle.EMPTY_ROOT, *path[at + 1 :]]
        assert merkle.root_from_inclusion(leaf, index, size, changed) != tiles.root()


@given(st.data(), SIZES)
def test_a_consistency_proof_holds_for_its_two_trees_alone(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(min_value=0, max_value=new))
    tiles, hashes = tree(new), leaves(new)
    path = merkle.consistency_path(old, new, tiles.node)
    before, after = by_definition(hashes[:old]), tiles.root()
    assert merkle.is_consistent(old, before, new, after, path)
    rewritten = by_definition([*hashes[: old - 1], merkle.EMPTY_ROOT]) if old else merkle.leaf_hash(b"other")
    assert not merkle.is_consistent(old, rewritten, new, after, path)
    if old:  # every tree begins with the empty one
        assert not merkle.is_consistent(old, before, new, merkle.EMPTY_ROOT, path)
    assert not merkle.is_consistent(old, before, new, after, [*path, merkle.EMPTY_ROOT])
    if path:
        assert not merkle.is_consistent(old, before, new, after, path[:-1])


def test_every_proof_of_every_small_tree_holds() -> None:
    for size in range(1, 34):
        tiles, hashes = tree(size), leaves(size)
        for index in range(size):
            path = merkle.inclusion_path(index, size, tiles.node)
            assert merkle.root_from_inclusion(hashes[index], index, size, path) == tiles.root()
            proof = merkle.consistency_path(index, size, tiles.node)
            assert merkle.is_consistent(index, by_definition(hashes[:index]), size, tiles.root(), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_path(index, size, tree(3).node)
    assert merkle.root_from_inclusion(b"", index, size, []) is None


def test_tiles_are_stored_and_go_on() -> None:
    stored: dict[Place, bytes] = {}
    hashes, size = leaves(3 * WIDTH + 5), 0
    for batch in (1, 100, WIDTH, 2 * WIDTH - 96):
        tiles = Tiles(size, lambda place: stored.get(place, b""))
        tiles.append(hashes[size : size + batch])
        stored.update(tiles.changed)
        size = tiles.size
    assert size == len(hashes)
    assert stored.keys() == {(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)}
    assert len(stored[0, 3]) == 5 * 32
    assert len(stored[1, 0]) == 3 * 32
    again = Tiles(size, lambda place: stored.get(place, b""))
    assert again.root() == by_definition(hashes)
    # What another one has appended since is beyond this tree, and harmless to it.
    assert Tiles(300, lambda place: stored.get(place, b"")).root() == by_definition(hashes[:300])


def test_a_node_that_is_not_complete_is_none() -> None:
    with pytest.raises(KeyError):
        tree(5).node(2, 1)
