"""Archives that somebody has changed (`defects.py`, `container_defects.py`): each is found, under its own check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner, load_note_signer
from adapters.verifier.archive.auditor import audit_archive, read_checkpoint, segments
from gateway.audit.audit import AuditReport, SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.tree import leaf_hash
from gateway.runtime.verdict import Verdict

from . import container_defects, defects
from .defect import Defect
from .recorder import ORIGIN
from .spoiled import Content, Spoiled, entries, write

BATTERY = [*defects.BATTERY, *container_defects.BATTERY]


def audit(folder: Path, pki: Path, *kept: Path) -> AuditReport:
    trust = pki / "anchors"
    return audit_archive(folder, trust, [read_checkpoint(path, trust) for path in kept], workers=1)


def test_an_archive_that_nobody_touched_passes_every_check(archived: Path, pki: Path) -> None:
    report = audit(archived / "archive", pki, archived / "early.note", archived / "last.note")
    assert report.findings == []
    assert report.good
    assert report.stamped_at[:19] >= report.last_time[:19]
    assert len(segments(archived / "archive")) == 5
    assert report.kinds == {
        "SEALED_NOTICE": 12,
        "MESSAGE_SENT": 4,
        "MESSAGE_RECEIVED": 5,
        "RECEIPT": 12,
        "PERSON_ACT": 1,
    }
    # What came and was not believed has no signature that could verify, and an act has none.
    assert report.passed[Check.SIGNATURE] == report.records - 2
    assert report.passed[Check.PAYLOAD] == report.records == report.size


@pytest.mark.long
def test_several_processes_come_to_the_same(archived: Path, pki: Path) -> None:
    folder, trust = archived / "archive", pki / "anchors"
    assert audit_archive(folder, trust, workers=2) == audit_archive(folder, trust, workers=1)


@pytest.mark.parametrize("defect", BATTERY, ids=lambda defect: defect.name)
@pytest.mark.exhaustive(keep=24)
def test_whatever_is_done_to_it_is_found(defect: Defect, spoiled: Path, pki: Path, archived: Path) -> None:
    defect.spoil(Spoiled(spoiled, pki))
    kept = [archived / "early.note", archived / "last.note"] if defect.kept else []
    report = audit(spoiled, pki, *kept)
    failed = {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED}
    assert failed == {defect.check, *defect.also}
    said = [found.reason for found in report.findings if found.check is defect.check]
    assert any(defect.says in reason for reason in said), said


def test_no_two_defects_have_one_name() -> None:
    assert len({defect.name for defect in BATTERY}) == len(BATTERY) >= 30


def test_what_a_forger_wrote_stays_text() -> None:
    audit = SegmentAudit(file="x")
    audit.add(Check.RECORDS, "\x1b]0;owned\x07\u202e", "y" * 1000 + "نیم\u200cفاصله")
    audit.add(Check.RECORDS, "نیم\u200cفاصله", "")
    forged, persian = audit.findings
    assert forged.subject == "\ufffd]0;owned\ufffd\ufffd"
    assert len(forged.reason) < 600
    assert persian.subject == "نیم\u200cفاصله"


def test_a_checkpoint_without_a_time_stamp_is_undated_and_not_wrong(spoiled: Path, pki: Path) -> None:
    for path in segments(spoiled):
        write(path, [(name, octets) for name, octets in entries(path) if not name.endswith(".tst")])
    report = audit(spoiled, pki)
    assert report.verdicts[Check.TIME] is Verdict.INDETERMINATE
    assert {finding.reason for finding in report.findings if finding.check is Check.TIME} == {"without a time-stamp"}


def test_who_trusts_no_time_authority_is_told_so(archived: Path, pki: Path, tmp_path: Path) -> None:
    trust = shutil.copytree(pki / "anchors", tmp_path / "trust")
    (trust / "time-root.pem").unlink()
    report = audit_archive(archived / "archive", trust, workers=1)
    assert report.verdicts[Check.TIME] is Verdict.INDETERMINATE
    assert report.stamped_at == ""


@pytest.mark.long
def test_what_is_cut_off_at_the_end_is_known_by_a_checkpoint_alone(spoiled: Path, pki: Path, archived: Path) -> None:
    segments(spoiled)[-1].unlink()
    assert audit(spoiled, pki).verdicts[Check.HISTORY] is Verdict.INDETERMINATE
    assert audit(spoiled, pki, archived / "early.note").good
    report = audit(spoiled, pki, archived / "last.note")
    assert report.verdicts[Check.HISTORY] is Verdict.FAILED
    assert "the last ones are missing" in report.findings[0].reason


def test_two_kept_checkpoints_of_one_size_show_two_histories(archived: Path, pki: Path, tmp_path: Path) -> None:
    signer = load_note_signer(pki / "municipality" / "archive.key.pem", ORIGIN)
    (tmp_path / "other.note").write_bytes(signer.sign(34, leaf_hash(b"another history")))
    for kept in ([tmp_path / "other.note", archived / "last.note"], [archived / "last.note", tmp_path / "other.note"]):
        report = audit(archived / "archive", pki, *kept)
        assert report.verdicts[Check.HISTORY] is Verdict.FAILED
        assert "different trees of this size" in report.findings[0].reason


@pytest.mark.long
def test_an_archive_whose_key_was_changed_has_both(spoiled: Path, pki: Path, tmp_path: Path) -> None:
    trust = shutil.copytree(pki / "anchors", tmp_path / "trust")
    later = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate())

    def sign_anew(content: Content) -> None:
        name = next(name for name in content if name.endswith(".note"))
        text = Checkpoint.of(SignedNote.of(content[name]).text)
        content[name] = later.sign(text.size, text.root)

    Spoiled(spoiled, pki).change(-1, sign_anew)
    assert audit_archive(spoiled, trust, workers=1).verdicts[Check.CHECKPOINT] is Verdict.FAILED
    for name in ("a.vkey", "z.vkey"):
        (trust / name).write_text(later.verifier.line, encoding="ascii")
        assert audit_archive(spoiled, trust, workers=1).verdicts[Check.CHECKPOINT] is Verdict.PASSED, name
        (trust / name).unlink()
