"""An administrator with every key and every file deletes a notice, and writes history anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapters.verifier.archive.auditor import audit_archive, read_checkpoint, segments
from adapters.verifier.archive.segment_consistency import judge_by_segments
from gateway.archive.archiving import Rhythm
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.runtime.verdict import Verdict

from .recorder import Recorder, reference
from .spoiled import entries

pytestmark = pytest.mark.long

A_WEEK = timedelta(days=7)


def delete_notice(recorder: Recorder, number: int) -> None:
    """Attack as a person with the database's password and an afternoon: the notice, its receipt, the message that
    carried it and the answer are gone, octets and records; so is the archive, and every checkpoint."""
    engine = create_engine(f"sqlite:///{recorder.folder.parent / 'gateway.db'}")
    ours = "FROM evidence WHERE notice = :notice OR id = :sent OR id = :answer"
    names = {"notice": reference(number), "sent": f"sent:{number}", "answer": f"answer:{number}"}
    with engine.begin() as connection:
        octets = f"DELETE FROM payload WHERE digest IN (SELECT payload_digest {ours})"
        assert connection.execute(text(octets), names).rowcount == 4
        assert connection.execute(text(f"DELETE {ours}"), names).rowcount == 4
        connection.execute(text("UPDATE evidence SET leaf_index = NULL"))
        for table in ("tree", "tree_tile", "checkpoint"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    shutil.rmtree(recorder.folder)


def keep(recorder: Recorder, name: str) -> Path:
    """The newest checkpoint, as an auditor takes it home."""
    last = recorder.store.log.last_checkpoint()
    assert last is not None
    path = recorder.folder.parent / name
    path.write_bytes(last.note)
    return path


def audit(recorder: Recorder, kept: Iterable[Path] = ()) -> AuditReport:
    return audit_archive(
        recorder.folder, recorder.trust, [read_checkpoint(path, recorder.trust) for path in kept], workers=1
    )


def mentions(recorder: Recorder, number: int) -> bool:
    name = reference(number).encode()
    return any(name in octets for path in segments(recorder.folder) for _, octets in entries(path))


@pytest.mark.parametrize(
    "rhythm", [Rhythm(every=timedelta(), records=8), Rhythm(every=timedelta(), records=1000)], ids=["many", "one"]
)
def test_an_auditor_with_last_weeks_checkpoint_finds_it_out(recorder: Recorder, rhythm: Rhythm) -> None:
    for number in range(5):
        recorder.serve([number])
    recorder.archive(rhythm)
    last_week = keep(recorder, "last-week.note")
    recorder.now += A_WEEK
    for number in range(5, 8):
        recorder.serve([number])
    recorder.archive(rhythm)
    today = keep(recorder, "today.note")
    assert audit(recorder, [last_week]).good
    assert mentions(recorder, 3)

    delete_notice(recorder, 3)
    recorder.archive(rhythm)
    assert not mentions(recorder, 3), "nothing of it is left anywhere"
    alone = audit(recorder)
    assert not alone.failed, "in itself the forged history is without a flaw"
    report = audit(recorder, [last_week])
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == {Check.HISTORY}
    assert "another than your checkpoint says" in report.findings[0].reason
    forged = [read_checkpoint(path, recorder.trust) for path in (last_week, keep(recorder, "forged.note"))]
    assert judge_by_segments(*forged, recorder.folder).verdict is Verdict.FAILED
    report = audit(recorder, [today])
    assert report.verdicts[Check.HISTORY] is Verdict.FAILED
    assert "the last ones are missing" in report.findings[0].reason


def test_what_came_after_it_a_checkpoint_cannot_speak_of(recorder: Recorder) -> None:
    for number in range(2):
        recorder.serve([number])
    recorder.archive()
    last_week = keep(recorder, "last-week.note")
    recorder.now += A_WEEK
    recorder.serve([2])
    recorder.archive()
    delete_notice(recorder, 2)
    recorder.archive()
    assert audit(recorder, [last_week]).good
