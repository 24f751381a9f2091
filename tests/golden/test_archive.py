"""The archive: old checkpoints, proofs, tiles and segments are still read and verified, and written in the same way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.crypto.keys.note import NoteVerifier
from adapters.verifier.verbs.main import app
from gateway.archive.consistency import ConsistencyProof, judge
from gateway.archive.segment import Manifest, is_entry, range_of
from gateway.merkle.tiles import Tiles
from gateway.runtime.verdict import Verdict
from tests.golden import signed
from tests.golden.keeping import golden_lines, golden_octets
from tests.golden.octets import OCTETS, ORIGIN, checkpoint, leaves, manifest, note_signer, tree


@pytest.mark.parametrize("name", [name for name in OCTETS if name.startswith("archive/")])
def test_the_archive_is_written_as_it_always_was(name: str) -> None:
    assert OCTETS[name]() == golden_octets(name)


def test_a_golden_checkpoint_verifies() -> None:
    verifier = NoteVerifier.of(golden_octets("archive/archive.vkey").decode())
    assert verifier.open(golden_octets("archive/checkpoint.note")) == checkpoint()


def test_a_golden_manifest_is_read() -> None:
    found = Manifest.of(golden_octets("archive/segment.json"))
    assert found == manifest()
    assert found.file == "000000000260-000000000300.zip"


def test_a_golden_proof_of_consistency_leads_from_tree_to_tree() -> None:
    proof = ConsistencyProof.of(golden_octets("archive/consistency.txt"))
    signer = note_signer()
    old = signer.verifier.open(signer.sign(200, tree(200).root()))
    assert (proof.origin, proof.old, proof.new) == (ORIGIN, 200, 260)
    assert judge(old, checkpoint(), proof).verdict is Verdict.PASSED


def test_golden_tiles_are_the_tree_of_their_leaves() -> None:
    kept = dict(line.split(" ") for line in golden_octets("archive/tiles.txt").decode().splitlines())
    tiles = Tiles(260, lambda place: bytes.fromhex(kept["{}/{}".format(*place)]))
    assert tiles.root() == checkpoint().root
    assert tiles.node(0, 259) == leaves(260)[259]


@pytest.mark.parametrize("keys", signed.KEYS)
def test_golden_signed_files_verify_as_they_always_did(keys: str) -> None:
    lost = golden_lines(f"verdicts-{keys}") - set(signed.verdicts(signed.FOLDER / keys))
    assert not lost


@pytest.mark.parametrize("keys", signed.KEYS)
def test_names_in_a_golden_segment_are_still_those_of_a_segment(keys: str) -> None:
    [path] = (signed.FOLDER / keys / "archive").iterdir()
    assert range_of(path.name) == (0, 17)
    names = [name.partition(": ")[2] for name in signed.members(signed.FOLDER / keys) if name.startswith(path.name)]
    assert len(names) > 30
    assert all(map(is_entry, names))


def test_the_auditors_program_compares_golden_checkpoints(tmp_path: Path) -> None:
    shutil.copytree(signed.FOLDER / "ec-p256" / "trust", tmp_path, dirs_exist_ok=True)
    (tmp_path / "archive.vkey").write_bytes(golden_octets("archive/archive.vkey"))
    (tmp_path / "old.note").write_bytes(note_signer().sign(200, tree(200).root()))
    for name in ("checkpoint.note", "consistency.txt"):
        (tmp_path / name).write_bytes(golden_octets(f"archive/{name}"))
    files = [str(tmp_path / name) for name in ("old.note", "checkpoint.note")]
    proof = ["--proof", str(tmp_path / "consistency.txt"), "--trust", str(tmp_path)]
    result = CliRunner().invoke(app, ["consistency", *files, *proof])
    assert result.exit_code == 0, result.output
