"""The auditor's verbs as they are typed: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.verifier.verbs.main import app
from gateway.audit.audit_recipe import RECIPE, Check
from gateway.runtime.errors import GatewayError

from .defects import record_changed
from .spoiled import Spoiled


def verify(*arguments: object, exit: int = 0) -> str:
    done: Result = CliRunner().invoke(app, [*map(str, arguments)])
    if isinstance(done.exception, GatewayError):
        raise done.exception
    assert done.exit_code == exit, done.output
    return done.output


def test_each_check_has_its_verdict_and_its_question(archived: Path, pki: Path) -> None:
    kept = ("--checkpoint", archived / "last.note")
    reported = verify("archive", archived / "archive", "--trust", pki / "anchors", *kept, "--workers", 1)
    shown = " ".join(reported.split())
    for check, step in RECIPE.items():
        assert (f"{check} PASSED" in shown and step.asks.en in shown) == (check is not Check.PERIOD), check
    assert "compare these with what each owner says of them, by another way" in shown
    assert "Not proven by this:" in shown


def test_what_failed_is_told_with_its_reason(spoiled: Path, pki: Path) -> None:
    record_changed(Spoiled(spoiled, pki))
    reported = verify("archive", spoiled, "--trust", pki / "anchors", "--workers", 1, exit=1)
    assert "FAILED 3 tree: a record was changed, or two were swapped" in reported
    assert "checkpoints/000000000016.note: the records up to 16 have another root than was signed" in reported


def test_a_report_is_written_after_the_answer_and_for_its_reader_alone(
    archived: Path, pki: Path, tmp_path: Path
) -> None:
    page, asked = (
        tmp_path / "report.html",
        ("archive", archived / "archive", "--trust", pki / "anchors", "--workers", 1),
    )
    page.write_bytes(b"of last year")
    page.chmod(0o644)
    assert f"report to read: {page}" in verify(*asked, "--html", page).replace("\n", "")
    assert page.stat().st_mode & 0o777 == 0o600
    done: Result = CliRunner().invoke(app, [*map(str, asked), "--html", str(tmp_path / "no" / "report.html")])
    assert isinstance(done.exception, GatewayError)
    assert "1 container" in done.output, "what was found is told, though no report can be written"


def test_a_period_is_asked_about_in_either_calendar(archived: Path, pki: Path, tmp_path: Path) -> None:
    asked = ("archive", archived / "archive", "--trust", pki / "anchors", "--workers", 1)
    page = tmp_path / "report.html"
    reported = json.loads(verify(*asked, "--from", "1404-11-15", "--until", "2026-02-05", "--json", "--html", page))
    assert reported["verdicts"]["10 period"] == "PASSED"
    assert reported["period"] == {
        "since": "2026-02-03T20:30:00.000000Z",
        "until": "2026-02-05T20:30:00.000000Z",
        "opening": {"size": 8, "time": "2026-02-03T09:30:23.123000Z"},
        "closing": {"size": 32, "time": "2026-02-06T09:30:47.123000Z"},
        "first": 8,
        "end": 32,
        "of_period": 16,
        "missing": [],
        "spoiled": [],
    }
    assert page.read_bytes().startswith(b"<!DOCTYPE html>")
    reported = verify(*asked, "--from", "1404-11-20", "--until", "1404-11-20")
    assert "to   the last record that is here, as no checkpoint is later" in reported
    assert "INDETERMINATE 10 period: no checkpoint was time-stamped after the period yet" in reported


@pytest.mark.parametrize(
    "days",
    [("--from", "1404-11-15"), ("--until", "1404-11-15"), ("--from", "1404-13-01", "--until", "1404-12-01")],
    ids=["no-end", "no-beginning", "no-such-month"],
)
def test_what_is_no_period_is_wrong_usage(days: tuple[str, ...], archived: Path, pki: Path) -> None:
    verify("archive", archived / "archive", "--trust", pki / "anchors", *days, exit=2)


def test_two_checkpoints_are_compared(archived: Path, pki: Path, tmp_path: Path) -> None:
    early, last = archived / "early.note", archived / "last.note"
    trust = ("--trust", pki / "anchors")
    reported = verify("consistency", early, last, *trust, "--archive", archived / "archive")
    assert reported.startswith("PASSED the tree of 34 records begins with that of 8")
    reported = json.loads(
        verify("consistency", last, early, *trust, "--archive", archived / "archive", "--json", exit=1)
    )
    assert reported["verdict"] == "INDETERMINATE"
    assert reported["reason"] == "the first one has 34 records and the second 8: give the earlier one first"
    verify("consistency", early, last, *trust, exit=2)
    for code, arguments in {
        "archive.proof": (early, last, *trust, "--proof", early),
        "archive.checkpoint": (early, tmp_path / "nothing", *trust, "--archive", archived / "archive"),
        "archive.none": (early, last, *trust, "--archive", tmp_path),
    }.items():
        with pytest.raises(GatewayError) as refused:
            verify("consistency", *arguments)
        assert refused.value.code == code
