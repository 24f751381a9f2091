"""An administrator with every key and every file deletes a notice, and writes history anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adapters.verifier.archive.auditor import audit_archive, read_checkpoint, segments
from adapters.verifier.archive.consistency import judge_by_segments
from gateway.archive.archiving import Rhythm
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import Check
from gateway.runtime.verdict import Verdict

from .city import City, reference
from .defects import entries

A_WEEK = timedelta(days=7)


def delete_notice(city: City, number: int) -> None:
    """What a person with the database's password and an afternoon can do: the notice, its receipt, the message that
    carried it and the answer are gone, octets and records; so is the archive, and every checkpoint."""
    engine = create_engine(f"sqlite:///{city.folder.parent / 'gateway.db'}")
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
    shutil.rmtree(city.folder)


def keep(city: City, name: str) -> Path:
    """The newest checkpoint, as an auditor takes it home."""
    last = city.store.log.last_checkpoint()
    assert last is not None
    path = city.folder.parent / name
    path.write_bytes(last.note)
    return path


def audit(city: City, kept: Iterable[Path] = ()) -> AuditReport:
    return audit_archive(city.folder, city.trust, [read_checkpoint(path, city.trust) for path in kept], workers=1)


def mentions(city: City, number: int) -> bool:
    name = reference(number).encode()
    return any(name in octets for path in segments(city.folder) for _, octets in entries(path))


@pytest.mark.parametrize(
    "rhythm", [Rhythm(every=timedelta(), records=8), Rhythm(every=timedelta(), records=1000)], ids=["many", "one"]
)
def test_an_auditor_with_last_weeks_checkpoint_finds_it_out(city: City, rhythm: Rhythm) -> None:
    for number in range(5):
        city.serve([number])
    city.archive(rhythm)
    last_week = keep(city, "last-week.note")
    city.now += A_WEEK
    for number in range(5, 8):
        city.serve([number])
    city.archive(rhythm)
    today = keep(city, "today.note")
    assert audit(city, [last_week]).good
    assert mentions(city, 3)

    delete_notice(city, 3)
    city.archive(rhythm)
    assert not mentions(city, 3), "nothing of it is left anywhere"
    alone = audit(city)
    assert not alone.failed, "in itself the forged history is without a flaw"
    report = audit(city, [last_week])
    assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == {Check.HISTORY}
    assert "another than your checkpoint says" in report.findings[0].reason
    forged = [read_checkpoint(path, city.trust) for path in (last_week, keep(city, "forged.note"))]
    assert judge_by_segments(*forged, city.folder).verdict is Verdict.FAILED
    report = audit(city, [today])
    assert report.verdicts[Check.HISTORY] is Verdict.FAILED
    assert "the last ones are missing" in report.findings[0].reason


def test_what_came_after_it_a_checkpoint_cannot_speak_of(city: City) -> None:
    for number in range(2):
        city.serve([number])
    city.archive()
    last_week = keep(city, "last-week.note")
    city.now += A_WEEK
    city.serve([2])
    city.archive()
    delete_notice(city, 2)
    city.archive()
    assert audit(city, [last_week]).good
