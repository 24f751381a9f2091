"""Consistency of two checkpoints: the later tree begins with the earlier one, so nothing was rewritten or removed.

The holder of the tree makes the proof, a text. Anybody can check it with the two checkpoints alone (RFC 9162, 2.1.4):

    eblagh-consistency/1
    eblagh.city.example/archive     the archive's name
    1234 5678                       the two sizes
    47DEQpj8HBSa+/TImW+5JCeuQe…     the hashes of the proof, base64, one a line
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.merkle.checkpoint import Checkpoint, is_name
from gateway.merkle.tree import HASH_BYTES, Nodes, consistency_path, is_consistent
from gateway.runtime.verdict import Verdict

FORM: Final = "eblagh-consistency/1"
MAX_PROOF_BYTES: Final = 16 * 1024
_SIZES = re.compile(r"(0|[1-9][0-9]{0,17}) (0|[1-9][0-9]{0,17})")


class NotAProof(Exception):
    """The octets are no proof of consistency; the text gives the reason in a few words."""

    literal_name = "NotAProof"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsistencyProof:
    """Proof that the tree of ``new`` records of ``origin`` begins with the tree of ``old`` records."""

    origin: str
    old: int
    new: int
    path: Sequence[bytes]

    @property
    def octets(self) -> bytes:
        hashes = [base64.b64encode(each).decode() for each in self.path]
        return "".join(f"{line}\n" for line in (FORM, self.origin, f"{self.old} {self.new}", *hashes)).encode()

    @classmethod
    def make(cls, origin: str, old: int, new: int, nodes: Nodes) -> ConsistencyProof:
        """Build the proof. Raises ``ValueError`` if ``old`` is larger than ``new``, and the errors of ``nodes``."""
        return cls(origin=origin, old=old, new=new, path=consistency_path(old, new, nodes))

    @classmethod
    def of(cls, octets: bytes) -> ConsistencyProof:
        """Parse a proof without trusting its content. Raises `NotAProof`."""
        if len(octets) > MAX_PROOF_BYTES:
            raise NotAProof("too large")
        try:
            form, origin, sizes, *hashes = octets.decode("ascii").removesuffix("\n").split("\n")
            path = [base64.b64decode(each, validate=True) for each in hashes]
        except (UnicodeDecodeError, ValueError, binascii.Error) as error:
            raise NotAProof("a form, a name, two sizes and hashes are wanted, a line each") from error
        told = _SIZES.fullmatch(sizes)
        if form != FORM or not is_name(origin) or told is None or any(len(each) != HASH_BYTES for each in path):
            raise NotAProof("its form, name, sizes or hashes are others than are wanted")
        proof = cls(origin=origin, old=int(told[1]), new=int(told[2]), path=path)
        if proof.octets != octets:
            raise NotAProof("written in another form")
        return proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Verdict on two checkpoints, with the reason."""

    verdict: Verdict
    reason: str


def compare(old: Checkpoint, new: Checkpoint) -> Comparison | None:
    """Judge two checkpoints by themselves; return None if a proof is needed."""
    if old.origin != new.origin:
        return _failed(f"checkpoints of two archives: {old.origin} and {new.origin}")
    if old.size > new.size:
        reason = f"the first one has {old.size} records and the second {new.size}: give the earlier one first"
        return Comparison(verdict=Verdict.INDETERMINATE, reason=reason)
    if old.size < new.size:
        return None
    if old.root != new.root:
        # The signer showed different histories to different people: the two files together prove it.
        return _failed(f"two trees of {old.size} records, both signed by the archive's key")
    return Comparison(verdict=Verdict.PASSED, reason=f"both are of the same tree of {old.size} records")


def judge(old: Checkpoint, new: Checkpoint, proof: ConsistencyProof) -> Comparison:
    known = compare(old, new)
    if known is not None:
        return known
    if (proof.origin, proof.old, proof.new) != (old.origin, old.size, new.size):
        reason = f"the proof is of {proof.old} and {proof.new} records of {proof.origin}"
        return Comparison(verdict=Verdict.INDETERMINATE, reason=reason)
    if not is_consistent(old.size, old.root, new.size, new.root, proof.path):
        # A damaged proof does not mean that the trees differ.
        return _failed("the proof does not lead from the one to the other")
    return begins_with(old, new)


def begins_with(old: Checkpoint, new: Checkpoint) -> Comparison:
    reason = f"the tree of {new.size} records begins with that of {old.size}: nothing in it was rewritten or removed"
    return Comparison(verdict=Verdict.PASSED, reason=reason)


def _failed(reason: str) -> Comparison:
    return Comparison(verdict=Verdict.FAILED, reason=reason)
