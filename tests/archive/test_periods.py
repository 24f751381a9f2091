"""A period is complete between the checkpoints that lie around it, or it is said what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.verifier.archive.auditor import audit_archive, read_checkpoint, segments
from gateway.archive.archiving import Rhythm
from gateway.audit.audit import AuditReport, PeriodReport
from gateway.audit.audit_recipe import Check
from gateway.audit.period import Period
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.verdict import Verdict

from .defects import record_changed, segment_twice
from .recorder import AT_ONCE, Recorder, plain
from .spoiled import Spoiled, first_of

# Eight records on each of four days, and two on the fifth: all of 1404-11-14 to 1404-11-18.
FIRST = date(2026, 2, 3)


def ask(folder: Path, pki: Path, first: int, last: int, own: Sequence[Path] = ()) -> tuple[AuditReport, PeriodReport]:
    period = Period.of(FIRST.replace(day=first), FIRST.replace(day=last))
    kept = [read_checkpoint(path, pki / "anchors") for path in own]
    report = audit_archive(folder, pki / "anchors", kept, period=period, workers=1)
    assert report.period is not None
    return report, report.period


def test_a_period_lies_between_two_checkpoints(archived: Path, pki: Path) -> None:
    report, found = ask(archived / "archive", pki, 4, 5)
    assert report.verdicts[Check.PERIOD] is Verdict.PASSED
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.size, found.closing.size, found.of_period) == (8, 32, 16)
    assert found.opening.time < found.period.since <= found.period.until <= found.closing.time
    assert report.passed[Check.PERIOD] == 24


def test_what_is_not_asked_has_no_verdict(archived: Path, pki: Path) -> None:
    report = audit_archive(archived / "archive", pki / "anchors", workers=1)
    assert Check.PERIOD not in report.verdicts
    assert report.period is None


def test_a_period_before_which_nothing_is_begins_with_the_archive(archived: Path, pki: Path) -> None:
    report, found = ask(archived / "archive", pki, 1, 3)
    assert (found.opening, found.first, found.end) == (None, 0, 16)
    assert report.verdicts[Check.PERIOD] is Verdict.PASSED


def test_a_period_that_no_checkpoint_ends_may_have_more_records(archived: Path, pki: Path) -> None:
    report, found = ask(archived / "archive", pki, 6, 7)
    assert (found.closing, found.first, found.end) == (None, 24, 34)
    assert report.verdicts[Check.PERIOD] is Verdict.INDETERMINATE


def test_what_is_missing_in_it_is_named(spoiled: Path, pki: Path) -> None:
    segments(spoiled)[1].unlink()
    report, found = ask(spoiled, pki, 4, 5)
    assert found.missing == [(8, 16)]
    assert report.verdicts[Check.PERIOD] is report.verdicts[Check.JOIN] is Verdict.FAILED


def test_what_is_missing_outside_of_it_is_not_asked_about(spoiled: Path, pki: Path, archived: Path) -> None:
    segments(spoiled)[0].unlink()
    segments(spoiled)[-1].unlink()
    report, found = ask(spoiled, pki, 5, 5, [archived / "early.note"])
    assert (found.first, found.end, found.missing) == (16, 32, [])
    assert report.verdicts[Check.PERIOD] is Verdict.PASSED
    assert report.verdicts[Check.JOIN] is Verdict.INDETERMINATE
    assert report.verdicts[Check.HISTORY] is Verdict.INDETERMINATE, "the records of that checkpoint are not here"
    assert not report.failed


def test_a_part_that_was_changed_spoils_the_period_that_it_lies_in(spoiled: Path, pki: Path) -> None:
    record_changed(Spoiled(spoiled, pki))
    report, found = ask(spoiled, pki, 4, 4)
    assert found.spoiled[0] == "000000000008-000000000016.zip"
    assert report.verdicts[Check.PERIOD] is Verdict.FAILED
    report, _ = ask(spoiled, pki, 6, 6)
    assert report.verdicts[Check.PERIOD] is Verdict.PASSED, "what was changed lies before it"
    assert report.failed


def test_segments_of_two_histories_are_no_period(spoiled: Path, pki: Path) -> None:
    segment_twice(Spoiled(spoiled, pki))
    report, found = ask(spoiled, pki, 4, 4)
    assert found.spoiled == ["000000000008-000000000017.zip"]
    assert report.verdicts[Check.PERIOD] is Verdict.FAILED


@pytest.mark.parametrize("anchor", ["time-root.pem"])
def test_without_a_time_authority_no_period_has_bounds(archived: Path, pki: Path, tmp_path: Path, anchor: str) -> None:
    (tmp_path / "pki" / "anchors").mkdir(parents=True)
    for path in (pki / "anchors").iterdir():
        if path.name != anchor:
            (tmp_path / "pki" / "anchors" / path.name).write_bytes(path.read_bytes())
    report, found = ask(archived / "archive", tmp_path / "pki", 4, 5)
    assert (found.opening, found.closing, found.first, found.end) == (None, None, 0, 34)
    assert report.verdicts[Check.PERIOD] is Verdict.INDETERMINATE


def test_a_checkpoint_that_was_stamped_after_later_records_ends_no_period(spoiled: Path, pki: Path) -> None:
    """A genuine token of day 10 over the checkpoint of day 4 hides that the records of day 5 are not here."""
    archive = Spoiled(spoiled, pki)
    archive.change(1, lambda content: content.update({first_of(content, ".tst"): late(archive, content)}))
    archive.segment(2).unlink()
    report, found = ask(spoiled, pki, 4, 5)
    assert report.verdicts[Check.TIME] is Verdict.FAILED
    assert [each.reason.partition(" at 2026-02-13T")[0] for each in report.findings if each.check is Check.TIME] == [
        f"says that it was recorded at {day}, before the checkpoint of 16 records was time-stamped"
        for day in ("2026-02-06T09:30:39.123456Z", "2026-02-07T09:30:47.123456Z")
    ]
    assert found.closing is not None
    assert (found.closing.size, found.missing) == (32, [(16, 24)])
    assert report.verdicts[Check.PERIOD] is Verdict.FAILED


def test_an_earlier_checkpoint_than_the_opening_ends_no_period(spoiled: Path, pki: Path) -> None:
    archive = Spoiled(spoiled, pki)
    archive.change(0, lambda content: content.update({first_of(content, ".tst"): late(archive, content)}))
    for number in (4, 3, 2):
        archive.segment(number).unlink()
    report, found = ask(spoiled, pki, 5, 5)
    assert found.opening is not None
    assert (found.opening.size, found.closing) == (16, None)
    assert report.verdicts[Check.PERIOD] is Verdict.INDETERMINATE


def late(archive: Spoiled, content: dict[str, bytes]) -> bytes:
    return archive.stamp(content[first_of(content, ".note")], 24 * 10)


@pytest.mark.parametrize("segments", [AT_ONCE, Rhythm(every=timedelta(days=30), records=3)], ids=["many", "one"])
@pytest.mark.parametrize(("behind", "verdict"), [(11, Verdict.FAILED), (9, Verdict.PASSED)])
def test_a_record_that_is_dated_back_is_found(
    recorder: Recorder, segments: Rhythm, behind: int, verdict: Verdict
) -> None:
    """Of one segment, or of two; a gateway's clock may be some minutes behind the time authority's."""
    act(recorder, 1)
    recorder.archive(segments)
    recorder.now -= timedelta(minutes=behind)
    act(recorder, 2)
    recorder.now += timedelta(minutes=behind)
    act(recorder, 3)
    recorder.archive(segments)
    report = audit_archive(recorder.folder, recorder.trust, workers=1)
    assert report.segments == (2 if segments is AT_ONCE else 1)
    assert report.verdicts[Check.TIME] is verdict
    assert [each.subject for each in report.findings if each.check is Check.TIME] == (
        ["record 1, act:2"] if verdict is Verdict.FAILED else []
    )


def act(recorder: Recorder, number: int) -> None:
    recorder.record(f"act:{number}", EvidenceKind.PERSON_ACT, plain(f"act {number}".encode()))
