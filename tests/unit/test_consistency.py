"""The text of a consistency proof: one form, which is read back or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.archive.consistency import ConsistencyProof, NotAProof, judge
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import Frontier, leaf_hash, node_hash
from gateway.runtime.verdict import Verdict

ORIGIN = "city.example/archive"


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(bytes([number])) for number in range(count)]


def node(level: int, index: int) -> bytes:
    if level == 0:
        return leaf_hash(bytes([index]))
    return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))


def checkpoint(size: int) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=Frontier().extend(leaves(size)).root())


@given(st.integers(0, 200), st.integers(0, 200), st.data())
def test_a_proof_is_read_back_and_a_changed_one_proves_nothing(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    proof = ConsistencyProof.make(ORIGIN, old, new, node)
    assert ConsistencyProof.of(proof.octets) == proof
    assert judge(checkpoint(old), checkpoint(new), proof).verdict is Verdict.PASSED
    if proof.path:
        at = data.draw(st.integers(0, len(proof.path) - 1))
        path = [*proof.path[:at], leaf_hash(b"another"), *proof.path[at + 1 :]]
        changed = ConsistencyProof(origin=ORIGIN, old=old, new=new, path=path)
        assert judge(checkpoint(old), checkpoint(new), changed).verdict is Verdict.FAILED


@given(st.binary(max_size=300))
def test_whatever_is_no_proof_is_refused_in_one_way(octets: bytes) -> None:
    with pytest.raises(NotAProof):
        ConsistencyProof.of(octets)


@pytest.mark.parametrize(
    "octets",
    [
        b"eblagh-consistency/2\ncity.example/archive\n1 2\n",
        b"eblagh-consistency/1\ncity example\n1 2\n",
        b"eblagh-consistency/1\ncity.example/archive\n01 2\n",
        b"eblagh-consistency/1\ncity.example/archive\n1 2\nAAAA\n",
        b"eblagh-consistency/1\ncity.example/archive\n1 2",
        b"eblagh-consistency/1\ncity.example/archive\n1 2\n" + b"A" * 20_000,
    ],
    ids=["another-form", "name-with-a-space", "leading-zero", "short-hash", "no-end", "too-large"],
)
def test_what_is_nearly_a_proof_is_refused(octets: bytes) -> None:
    with pytest.raises(NotAProof):
        ConsistencyProof.of(octets)
