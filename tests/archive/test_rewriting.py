"""An administrator with every key and every file deletes a notice, and writes history anew."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from adapters.verifier.auditor import audit_archive, read_checkpoint
from gateway.archive import Rhythm
from gateway.recipe import Check, Verdict

from .city import City, reference

A_WEEK = timedelta(days=7)


def delete_notice(city: City, number: int, url: str) -> None:
    """What a person with the database's password and an afternoon can do."""
    engine = create_engine(url)
    with engine.begin() as connection:
        gone = {"notice": reference(number)}
        assert connection.execute(text("DELETE FROM evidence WHERE notice = :notice"), gone).rowcount == 2
        connection.execute(text("UPDATE evidence SET leaf_index = NULL"))
        for table in ("tree", "tree_tile", "checkpoint"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    shutil.rmtree(city.folder)


@pytest.mark.parametrize("segments", [Rhythm(every=timedelta(), records=8), Rhythm(every=timedelta(), records=1000)])
def test_a_checkpoint_of_last_week_tells_it(city: City, segments: Rhythm) -> None:
    url = f"sqlite:///{city.folder.parent / 'gateway.db'}"
    city.serve(range(5))
    city.archive(segments)
    kept = city.folder.parent / "last-week.note"
    last = city.store.log.last_checkpoint()
    assert last is not None
    kept.write_bytes(last.note)
    city.now += A_WEEK
    city.serve(range(5, 10))
    city.archive(segments)
    own = [read_checkpoint(kept, city.trust)]
    assert audit_archive(city.folder, city.trust, own, workers=1).good

    delete_notice(city, 7, url)
    city.archive(segments)
    report = audit_archive(city.folder, city.trust, own, workers=1)
    assert report.good, "what came after last week's checkpoint it cannot speak of"

    delete_notice(city, 3, url)
    city.archive(segments)
    without = audit_archive(city.folder, city.trust, workers=1)
    failed = [check for check, verdict in without.verdicts.items() if verdict is Verdict.FAILED]
    assert failed == [], "in itself the forged history is without a flaw"
    report = audit_archive(city.folder, city.trust, own, workers=1)
    assert report.verdicts[Check.HISTORY] is Verdict.FAILED
    assert "another than your checkpoint says" in report.findings[0].reason
