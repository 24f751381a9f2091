"""Two checkpoints: a proof, or the segments that lie between, tell whether anything before the first was rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.crypto.keys.note import load_note_signer
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import read_checkpoint, segments
from adapters.verifier.archive.segment_consistency import judge_by_segments
from gateway.archive.consistency import ConsistencyProof, judge
from gateway.evidence.evidence_log import EvidenceLog
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import leaf_hash
from gateway.runtime.verdict import Verdict

from .defects import (
    frame_leads_elsewhere,
    index_lies_about_the_tree_before_it,
    index_names_another_archive,
    record_changed,
    record_removed_and_all_signed_anew,
    record_removed_from_the_middle,
    segment_under_another_name,
    two_records_swapped,
)
from .recorder import ORIGIN
from .spoiled import Spoiled


@pytest.fixture
def log(archived: Path) -> Iterator[EvidenceLog]:
    with closing(SqlStore.open(f"sqlite:///{archived / 'gateway.db'}")) as store:
        yield store.log


@pytest.fixture
def checkpoints(log: EvidenceLog, pki: Path, tmp_path: Path) -> dict[int, Checkpoint]:
    """Every checkpoint of the archive, by its size."""
    found = {}
    for kept in log.checkpoints(0, 100):
        path = tmp_path / f"{kept.size}.note"
        path.write_bytes(kept.note)
        found[kept.size] = read_checkpoint(path, pki / "anchors")
    assert sorted(found) == [8, 16, 24, 32, 34]
    return found


def test_each_two_are_consistent_by_proof_and_by_segments(
    checkpoints: dict[int, Checkpoint], log: EvidenceLog, archived: Path
) -> None:
    for old in checkpoints.values():
        for new in checkpoints.values():
            if old.size <= new.size:
                proof = ConsistencyProof.make(ORIGIN, old.size, new.size, Tiles(new.size, log.tile).node)
                assert judge(old, new, ConsistencyProof.of(proof.octets)).verdict is Verdict.PASSED
                assert judge_by_segments(old, new, archived / "archive").verdict is Verdict.PASSED


def test_only_the_segments_between_are_needed(checkpoints: dict[int, Checkpoint], spoiled: Path) -> None:
    first, *_, last = segments(spoiled)
    first.unlink()
    last.unlink()
    assert judge_by_segments(checkpoints[16], checkpoints[32], spoiled).verdict is Verdict.PASSED
    assert judge_by_segments(checkpoints[8], checkpoints[32], spoiled).verdict is Verdict.PASSED, "the tree before it"
    reported = judge_by_segments(checkpoints[16], checkpoints[34], spoiled)
    assert (reported.verdict, reported.reason) == (Verdict.INDETERMINATE, "records from 32 to 34 are missing")
    segments(spoiled)[1].unlink()
    reported = judge_by_segments(checkpoints[16], checkpoints[32], spoiled)
    assert (reported.verdict, reported.reason) == (
        Verdict.INDETERMINATE,
        "records from 16 on are missing; 000000000024-000000000032.zip comes next",
    )


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (record_changed, Verdict.FAILED),
        (two_records_swapped, Verdict.FAILED),
        (record_removed_and_all_signed_anew, Verdict.FAILED),
        (index_lies_about_the_tree_before_it, Verdict.FAILED),
        (index_names_another_archive, Verdict.FAILED),
        (record_removed_from_the_middle, Verdict.INDETERMINATE),
        (segment_under_another_name, Verdict.INDETERMINATE),
        (frame_leads_elsewhere, Verdict.PASSED),  # payloads are not asked about
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_is_done_between_them_is_found(
    spoil: object, verdict: Verdict, checkpoints: dict[int, Checkpoint], spoiled: Path, pki: Path
) -> None:
    spoil(Spoiled(spoiled, pki))  # type: ignore[operator]
    assert judge_by_segments(checkpoints[8], checkpoints[34], spoiled).verdict is verdict


def test_a_forged_end_is_found_by_proof_and_by_segments(
    checkpoints: dict[int, Checkpoint], log: EvidenceLog, archived: Path, pki: Path
) -> None:
    signer = load_note_signer(pki / "municipality" / "archive.key.pem", ORIGIN)
    forged = signer.verifier.open(signer.sign(34, leaf_hash(b"forged")))
    proof = ConsistencyProof.make(ORIGIN, 8, 34, Tiles(34, log.tile).node)
    assert judge(checkpoints[8], forged, proof).verdict is Verdict.FAILED
    assert judge_by_segments(checkpoints[8], forged, archived / "archive").verdict is Verdict.FAILED
    reported = judge(checkpoints[34], forged, proof)
    assert (reported.verdict, reported.reason) == (
        Verdict.FAILED,
        "two trees of 34 records, both signed by the archive's key",
    )


def test_a_proof_of_others_says_nothing(checkpoints: dict[int, Checkpoint], log: EvidenceLog) -> None:
    proof = ConsistencyProof.make(ORIGIN, 8, 32, Tiles(32, log.tile).node)
    assert judge(checkpoints[8], checkpoints[34], proof).verdict is Verdict.INDETERMINATE
    assert judge(checkpoints[34], checkpoints[8], proof).verdict is Verdict.INDETERMINATE
