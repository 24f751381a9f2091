"""A clock was forty days ahead: what was queued by it is sealed anew by the next collection once the clock is right."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.ledgers import damage, receipt_reader
from adapters.composition.tasks import tasks
from gateway.runtime.clock import Clock, system_clock
from gateway.runtime.may_continue import always
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import JUDICIARY

from .test_renewed_seal import folder, renew

__all__ = ["folder"]

AHEAD = timedelta(days=40)


def ahead() -> datetime:
    return system_clock() + AHEAD


def collected(folder: Path, clock: Clock) -> PassReport:
    """Let a service that heard an outside clock say what its own says collect once."""
    file = folder / "gateway.toml"
    with closing(Installation.of(file)) as read, closing(Installation(read.settings, file, clock)) as opened:
        keeper = opened.timekeeper
        keeper.heard(JUDICIARY, clock(), keeper.steady())
        [task] = tasks(opened, ["collect"])
        return task.run(always)


def test_a_collection_seals_anew_what_a_clock_ahead_had_sealed_and_its_rows_stay_as_evidence_says(
    folder: Path,
) -> None:
    assert collected(folder, ahead).counts["admitted"] == 6
    began = system_clock()
    report = collected(folder, system_clock)
    assert (report.counts["sealed_anew"], report.errors) == (6, [])
    assert collected(folder, system_clock).counts["sealed_anew"] == 0
    with closing(Installation.of(folder / "gateway.toml")) as opened:
        store = opened.store()
        assert damage(store, receipt_reader(opened), always) == []
        admissions = store.notices.find(state=None, limit=10, after=None)
        assert [began <= each.entry.admitted_at <= system_clock() for each in admissions] == [True] * 6
        assert {len(store.evidence.of_notice(each.entry.reference)) for each in admissions} == {2}
    shown = CliRunner().invoke(
        app,
        ["notice", "show", admissions[0].entry.reference, "-c", str(folder / "gateway.toml")],
        env={"COLUMNS": "200"},
    )
    assert "sealed anew: the clock was ahead" in shown.stdout
    assert "replaced before it was sent" in shown.stdout


def test_a_case_database_that_is_away_keeps_no_notice_from_being_sealed_anew(folder: Path) -> None:
    assert collected(folder, ahead).counts["admitted"] == 6
    (folder / "cases.db").rename(folder / "away.db")
    report = collected(folder, system_clock)
    assert report.counts["sealed_anew"] == 6
    assert [error.code for error in report.errors] == ["source.unavailable"]


def test_a_seal_that_verifies_by_no_certificate_of_its_body_is_told_and_stays(folder: Path) -> None:
    assert collected(folder, ahead).counts["admitted"] == 6
    renew(folder, start=system_clock() - timedelta(minutes=50))
    report = collected(folder, system_clock)
    assert report.counts["sealed_anew"] == 0
    assert {error.code for error in report.errors} == {"seal.anew"}
    assert all("verify.unknown-certificate" in error.detail for error in report.errors)
