"""The pass that makes the archive: what is due when, what stands in its way, and that it goes on where it was."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import create_engine, text

from adapters.archive.zip_writer import ZipFolder
from adapters.verifier.archive.auditor import audit_archive, segments
from gateway.archive import archiving
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.archive.segment import file_name
from gateway.audit.audit_recipe import Check
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict

from .recorder import Authority, Recorder, plain

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
POLICY = ArchivePolicy(checkpoints=Rhythm(every=MINUTE, records=10), segments=Rhythm(every=DAY, records=25), batch=4)


def run(recorder: Recorder, policy: ArchivePolicy = POLICY, authority: Authority | None = None) -> PassReport:
    return archive(recorder.store.log, recorder.notes, recorder.zips, recorder.clock, policy, authority=authority)


def happen(recorder: Recorder, count: int) -> None:
    first = recorder.store.log.size()
    for number in range(first, first + count):
        recorder.record(f"act:{number}", EvidenceKind.PERSON_ACT, plain(f"act {number}".encode()))


def test_an_empty_store_has_no_archive(recorder: Recorder) -> None:
    assert run(recorder).idle
    assert not recorder.folder.exists()


def test_checkpoints_come_at_once_then_by_number_and_by_time(recorder: Recorder) -> None:
    happen(recorder, 3)
    assert run(recorder).counts == {"placed": 3, "checkpoints": 1}
    happen(recorder, 9)
    assert run(recorder).counts == {"placed": 9}, "fewer than ten, and not yet a minute"
    happen(recorder, 1)
    assert run(recorder).counts == {"placed": 1, "checkpoints": 1}
    happen(recorder, 1)
    recorder.now += MINUTE
    assert run(recorder).counts == {"placed": 1, "checkpoints": 1}
    recorder.now += DAY
    assert run(recorder).counts == {"segments": 1}, "nothing came: no checkpoint, but what waited a day is written"


def test_a_segment_ends_with_a_checkpoint_and_is_not_too_large(recorder: Recorder) -> None:
    for _ in range(6):
        happen(recorder, 10)
        run(recorder)
    assert [path.name for path in segments(recorder.folder)] == [
        "000000000000-000000000020.zip",
        "000000000020-000000000040.zip",
    ]
    run(
        recorder, ArchivePolicy(checkpoints=Rhythm(every=MINUTE, records=10), segments=Rhythm(every=0 * DAY, records=5))
    )
    assert [path.name for path in segments(recorder.folder)][2:] == [
        "000000000040-000000000050.zip",
        "000000000050-000000000060.zip",
    ], "a checkpoint that stands alone is one segment, however large"


def test_a_segment_holds_no_more_octets_than_may_be(recorder: Recorder) -> None:
    seals = [recorder.seal(number) for number in range(2)]
    most = sum(len(each.octets) for each in seals) + 20_000
    policy = replace(POLICY, checkpoints=Rhythm(every=MINUTE, records=1), octets=most)
    run(recorder, policy)
    for _ in range(3):
        recorder.record(f"act:{recorder.now}", EvidenceKind.PERSON_ACT, plain(os.urandom(most - 1000)))
        run(recorder, policy)
    recorder.send(0, seals)  # the message needs its seals in its own segment, too
    run(recorder, policy)
    for _ in range(2):
        recorder.record(f"act:{recorder.now}", EvidenceKind.PERSON_ACT, plain(os.urandom(9000)))
        run(recorder, policy)
    recorder.record(f"act:{recorder.now}", EvidenceKind.PERSON_ACT, plain(os.urandom(most + 1)))
    run(recorder, policy)
    recorder.now += DAY
    run(recorder, policy)
    cuts = [0, 2, 3, 4, 5, 7, 8, 9]
    assert [path.name for path in segments(recorder.folder)] == [file_name(*pair) for pair in pairwise(cuts)]


def test_checkpoints_without_a_time_stamp_do_not_keep_segments_from_being_written(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "NOTES", 3)
    for _ in range(8):  # the time authority is away
        happen(recorder, 1)
        recorder.now += MINUTE
        assert run(recorder).counts["checkpoints"] == 1
    happen(recorder, 1)
    recorder.now += DAY
    assert run(recorder, authority=Authority(recorder.pki, recorder.clock)).counts["segments"] == 1
    assert [path.name for path in segments(recorder.folder)] == ["000000000000-000000000009.zip"]
    with ZipFile(segments(recorder.folder)[0]) as segment:
        notes = [name for name in segment.namelist() if name.startswith("checkpoints/")]
    assert notes == [*(f"checkpoints/{size:012d}.note" for size in (1, 2, 3, 9)), "checkpoints/000000000009.tst"]


def test_what_an_authority_did_not_stamp_at_once_it_stamps_with_the_records_since(recorder: Recorder) -> None:
    """A late time-stamp on an earlier checkpoint would make the records behind it look as if they were dated back."""
    policy = replace(POLICY, checkpoints=Rhythm(every=DAY, records=1000))
    happen(recorder, 2)
    assert run(recorder, policy).counts == {"placed": 2, "checkpoints": 1}, "the time authority is away"
    happen(recorder, 1)
    recorder.now += 60 * MINUTE
    reported = run(recorder, policy, Authority(recorder.pki, recorder.clock))
    assert reported.counts == {"placed": 1, "checkpoints": 1, "time_stamps": 1}
    recorder.now += DAY
    run(recorder, policy, Authority(recorder.pki, recorder.clock))
    found = audit_archive(recorder.folder, recorder.trust, workers=1)
    assert found.size == 3
    assert found.verdicts[Check.TIME] is Verdict.PASSED


def test_what_is_torn_by_a_power_cut_is_made_anew(recorder: Recorder) -> None:
    happen(recorder, 5)
    run(recorder)
    recorder.now += DAY
    partial = recorder.folder / "000000000000-000000000005.partial"
    partial.parent.mkdir()
    partial.write_bytes(b"half of it")
    run(recorder)
    assert [path.name for path in recorder.folder.iterdir()] == ["000000000000-000000000005.zip"]


def test_nothing_is_written_behind_a_gap(recorder: Recorder) -> None:
    for _ in range(3):
        happen(recorder, 10)
        run(recorder)
        recorder.now += DAY
        run(recorder)
    segments(recorder.folder)[1].unlink()
    with pytest.raises(GatewayError) as gap:
        run(recorder)
    assert (gap.value.code, gap.value.detail) == ("archive.gap", "records 10 to 20")


def test_of_two_that_write_one_segment_at_once_the_later_goes_on_behind_it(recorder: Recorder) -> None:
    """A person says `archive write` while the service is about to write."""
    happen(recorder, 5)
    run(recorder)
    recorder.now += DAY
    by_hand = ArchivePolicy(checkpoints=Rhythm(every=0 * DAY, records=1), segments=Rhythm(every=0 * DAY, records=25))
    write = ZipFolder.write

    def write_later(folder: ZipFolder, *arguments: Any) -> bool:
        with pytest.MonkeyPatch.context() as before:
            before.setattr(ZipFolder, "write", write)
            happen(recorder, 1)
            assert run(recorder, by_hand).counts["segments"] == 1
        return write(folder, *arguments)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ZipFolder, "write", write_later)
        assert run(recorder).counts["segments"] == 0
    happen(recorder, 1)
    run(recorder, by_hand)
    assert [path.name for path in segments(recorder.folder)] == [file_name(0, 6), file_name(6, 7)]


def test_nobody_else_writes_into_the_folder_meanwhile(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def certificates() -> dict[str, bytes]:
        with pytest.raises(BlockingIOError):
            flock(folder, LOCK_EX | LOCK_NB)
        asked.append(folder)
        return {}

    happen(recorder, 5)
    run(recorder)
    recorder.now += DAY
    recorder.folder.mkdir()
    folder = os.open(recorder.folder, os.O_RDONLY)
    monkeypatch.setattr(recorder, "certificates", certificates)
    assert run(recorder).counts["segments"] == 1
    flock(folder, LOCK_EX | LOCK_NB)
    os.close(folder)
    assert asked


def test_two_segments_of_the_same_records_are_told(recorder: Recorder) -> None:
    recorder.folder.mkdir()
    for end in (5, 6):
        (recorder.folder / file_name(0, end)).touch()
    with pytest.raises(GatewayError) as overlap:
        run(recorder)
    told = overlap.value
    assert (told.code, told.detail) == ("archive.overlap", "000000000000-000000000006.zip begins before record 5")


def test_a_record_that_was_removed_is_told(recorder: Recorder) -> None:
    happen(recorder, 3)
    run(recorder)
    change(recorder, "DELETE FROM evidence WHERE leaf_index = 1")
    recorder.now += DAY
    with pytest.raises(GatewayError) as refused:
        run(recorder)
    assert refused.value.code == "archive.record-missing"


def test_a_folder_that_cannot_be_used_is_told(recorder: Recorder) -> None:
    happen(recorder, 3)
    run(recorder)
    recorder.now += DAY
    recorder.folder.write_text("a file")
    with pytest.raises(GatewayError) as refused:
        run(recorder)
    assert refused.value.code == "archive.folder"


def test_what_is_asked_of_a_trust_folder(archived: Path, tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as refused:
        audit_archive(archived / "archive", tmp_path)
    assert (refused.value.code, refused.value.detail) == ("archive.trust", "no municipality-*.pem")


def test_an_empty_folder_is_no_archive(pki: Path, tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as refused:
        audit_archive(tmp_path, pki / "anchors")
    assert refused.value.code == "archive.none"
    (tmp_path / "copy of 1.zip").touch()
    with pytest.raises(GatewayError) as refused:
        audit_archive(tmp_path, pki / "anchors")
    assert (refused.value.code, refused.value.detail) == ("archive.folder", "copy of 1.zip is no segment")


def change(recorder: Recorder, statement: str) -> None:
    engine = create_engine(f"sqlite:///{recorder.folder.parent / 'gateway.db'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
