"""Rows become sealed, queued notices, or go back with a reason; nothing is taken in twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.intake import collection
from gateway.judiciary.courier import Rejected
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import Notice
from gateway.notice.outbox import advance
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

from .case_table import PDF, Cases
from .conftest import Passes
from .ports import Stamp


def test_a_row_becomes_a_sealed_notice_with_its_evidence(passes: Passes) -> None:
    (entry,) = passes.admit("7")
    assert entry.state is DeliveryState.QUEUED
    assert passes.store.evidence.payload(entry.seal_digest).startswith(f"<sealed {entry.reference}".encode())
    (record,) = passes.store.evidence.of_notice(entry.reference)
    assert (record.kind, record.payload_digest) == ("SEALED_NOTICE", entry.seal_digest)
    assert b'"mapping":"case-view-1"' in record.header
    assert passes.events(entry.reference) == [DeliveryEvent.ADMISSION]


def test_a_bad_row_goes_back_in_persian_and_blocks_nothing(passes: Passes) -> None:
    passes.cases.put("1")
    passes.cases.put("2", recipient_id="0012345678")
    passes.cases.put("3")
    assert passes.collect().counts == {"collected": 3, "admitted": 2, "refused": 1}
    passes.write_back()
    refusal = passes.cases.refusals["2"]
    assert (refusal.code, refusal.field) == ("recipient.national-id", "recipient_id")
    assert "کد ملی" in refusal.reason
    assert set(passes.cases.results) == {"1", "3"}


def test_a_refused_row_tells_its_case_where_that_can_be_read(passes: Passes) -> None:
    passes.cases.put("bad", recipient_id="0012345678", case_number="۱۴۰۴-۱۰۰-۷")
    passes.cases.put("without", case_number=None)
    passes.admit("changed")
    passes.cases.put("changed", subject="متن دیگر", case_number="1404-100-1")
    passes.collect()
    found = passes.store.refusals.page(source=None, code=None, limit=9, after=None)
    reported = {each.refusal.row_key: each.refusal.case_number for each in found}
    assert reported == {"bad": "1404-100-7", "without": None, "changed": "1404-100-1"}


def test_only_what_is_new_is_read(passes: Passes) -> None:
    passes.admit("1", "2")
    assert passes.collect().idle
    passes.cases.put("3")
    assert passes.collect().counts["collected"] == 1


def test_many_rows_come_in_pages(passes: Passes) -> None:
    for number in range(23):
        passes.cases.put(str(number))
    assert passes.collect(page_rows=5).counts == {"collected": 23, "admitted": 23}


def test_a_corrected_row_is_admitted_and_its_refusal_forgotten(passes: Passes) -> None:
    passes.cases.put("1", recipient_id="1111111111")
    passes.collect()
    passes.cases.put("1", recipient_id="۰۰۱۲۳۴۵۶۷۹")
    assert passes.collect().counts["admitted"] == 1
    passes.write_back()
    assert passes.cases.refusals == {}
    assert passes.cases.results["1"].state == "QUEUED"
    assert passes.store.tallies.counts()["refused"] == 0


def test_a_row_that_is_touched_without_change_is_nothing_new(passes: Passes) -> None:
    passes.admit("1")
    passes.write_back()
    passes.cases.put("1")
    assert passes.collect().counts == {"collected": 1}
    assert passes.write_back().idle, "what the row shows stays as it is"


@pytest.mark.parametrize(("overlap", "collected"), [(0, set()), (2, {"late"}), (3, {"late", "later"})])
def test_a_row_that_appears_behind_the_cursor_is_collected_in_the_window(
    passes: Passes, overlap: int, collected: set[str]
) -> None:
    passes.admit("1", "2", "3", "4", "5")
    passes.cases.put("late", change=3)
    passes.cases.put("later", change=2)
    passes.cases.read.clear()
    passes.collect(overlap=overlap)
    assert set(passes.cases.read) == collected, "and no row is read that was seen"


def test_what_the_window_misses_the_next_sweep_finds(passes: Passes) -> None:
    passes.admit("1", "2", "3")
    passes.cases.put("late", change=1)
    passes.clock.advance(hours=23)
    assert passes.collect(overlap=0).idle
    passes.clock.advance(hours=1)
    assert passes.collect(overlap=0).counts["admitted"] == 1
    passes.cases.put("later", change=1)
    assert passes.collect(overlap=0).idle, "that was the sweep of this day"


def test_a_person_may_compare_everything_from_a_version_on(passes: Passes) -> None:
    passes.admit("1", "2", "3", "4")
    for key, change in (("a", 1), ("b", 2), ("c", 3)):
        passes.cases.put(key, change=change)
    assert passes.collect(overlap=0, since="2").counts["admitted"] == 2
    with pytest.raises(GatewayError, match=r"source\.since"):
        passes.collect(since="yesterday")


def test_a_batch_with_one_version_is_collected_across_pages(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "LISTED", 4)
    for number in range(23):
        passes.cases.put(str(number), change=7)
    assert passes.collect(page_rows=3, overlap=0).counts == {"collected": 23, "admitted": 23}


def test_a_pass_that_ended_within_a_batch_goes_on_there(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "LISTED", 4)
    for number in range(10):
        passes.cases.put(str(number), change=7)
    left = iter([True, True, True, True, False])
    assert passes.collect(page_rows=2, overlap=0, may_continue=lambda: next(left)).counts["collected"] == 4
    assert passes.collect(page_rows=2, overlap=0).counts["collected"] == 6


def test_a_cursor_that_was_lost_costs_reading_of_marks_alone(passes: Passes) -> None:
    passes.admit("1", "2")
    passes.store.commit(Changes(cursors={"listed:cases": "of-another-kind"}))
    passes.cases.read.clear()
    passes.cases.put("late", change=0)
    assert passes.collect(overlap=0).counts["admitted"] == 1
    assert passes.cases.read == ["late"]
    assert passes.store.rows.cursor("listed:cases") == "000002"


def test_a_window_never_moves_the_cursor_back(passes: Passes) -> None:
    passes.admit("1", "2", "3")
    passes.cases.put("late", change=1)
    passes.cases.versions["3"] = "000001"
    passes.collect(overlap=3)
    assert passes.store.rows.cursor("listed:cases") == "000003"


def test_rows_that_cannot_be_listed_are_told_at_each_pass(passes: Passes) -> None:
    passes.cases.unversioned = 2
    for _ in range(2):
        (error,) = passes.collect().errors
        assert (error.code, error.where, error.detail) == ("source.no-version", "cases", "2 rows")


def test_large_documents_are_committed_a_few_at_a_time(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "GROUP_BYTES", 2 * len(PDF))
    for number in range(5):
        passes.cases.put(str(number))
    left = iter([True, True, True, True, False])
    assert passes.collect(may_continue=lambda: next(left)).counts["collected"] == 4


def test_a_paper_that_was_changed_after_admission_is_not_served_anew(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.cases.put("1", subject="متن دیگر")
    assert passes.collect().counts["refused"] == 1
    passes.write_back()
    assert passes.cases.refusals["1"].code == "notice.changed"
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED


def test_the_same_notice_in_two_rows_is_served_once(passes: Passes) -> None:
    passes.cases.put("1", paper_number="P-9")
    passes.cases.put("2", paper_number="P-9")
    assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}
    passes.write_back()
    assert passes.cases.refusals["2"].code == "notice.two-rows"


def between_reading_and_commit(passes: Passes, monkeypatch: pytest.MonkeyPatch, other: Passes) -> None:
    """Let another process collect while this one seals its next notice."""
    seal = passes.sealer.seal

    def slowly(notice: Notice, at: datetime) -> Any:
        monkeypatch.undo()
        assert other.collect().counts == {"collected": 1, "admitted": 1}
        return seal(notice, at)

    monkeypatch.setattr(passes.sealer, "seal", slowly)


def test_a_paper_of_two_sources_collected_at_once_is_served_once_and_the_second_row_refused(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(passes, cases=Cases("other"), sealer=Stamp())
    other.cases.put("first", paper_number="P-9")
    passes.cases.put("second", paper_number="P-9")
    passes.cases.put("third")
    between_reading_and_commit(passes, monkeypatch, other)
    assert passes.collect(overlap=0).counts == {"collected": 2, "admitted": 1, "refused": 1}
    assert passes.collect(overlap=0).idle
    passes.write_back()
    other.write_back()
    refusal = passes.cases.refusals["second"]
    assert refusal.code == "notice.two-rows"
    assert "«first»" in refusal.reason
    assert "«other»" in refusal.reason
    assert (set(passes.cases.results), set(other.cases.results)) == ({"third"}, {"first"})


def test_a_row_of_one_key_in_two_sources_collected_at_once_is_told(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(passes, cases=Cases("other"), sealer=Stamp())
    other.cases.put("1")
    passes.cases.put("1")
    between_reading_and_commit(passes, monkeypatch, other)
    for _ in range(2):
        with pytest.raises(GatewayError, match=r"source\.another"):
            passes.collect(overlap=0)


def test_a_row_that_was_changed_while_it_was_collected_twice_is_refused(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes.cases.put("1", subject="متن دیگر")
    before = replace(passes, cases=Cases(), sealer=Stamp())
    before.cases.put("1")
    between_reading_and_commit(passes, monkeypatch, before)
    assert passes.collect().counts == {"collected": 1, "refused": 1}
    passes.write_back()
    assert passes.cases.refusals["1"].code == "notice.changed"


def test_a_new_revision_waits_for_the_end_of_the_one_before(passes: Passes) -> None:
    (first,) = passes.admit("1")
    passes.cases.put("2", paper_number="P-1", revision=2)
    assert passes.collect().counts["refused"] == 1
    passes.write_back()
    assert passes.cases.refusals["2"].code == "notice.predecessor"

    passes.store.commit(Changes(steps=[advance(first, DeliveryEvent.WITHDRAWAL, now=passes.clock())]))
    assert passes.collect().counts == {"admitted": 1}, "the row is looked at again by itself"
    second = next(a for a in passes.store.notices.find(state=DeliveryState.QUEUED, limit=9, after=None))
    assert (second.revision, second.predecessor) == (2, first.reference)


def test_a_case_database_that_is_away_loses_nothing(passes: Passes) -> None:
    passes.admit("1")
    passes.cases.put("2")
    passes.cases.away = True
    with pytest.raises(GatewayError, match=r"source\.unavailable"):
        passes.collect()
    passes.cases.away = False
    assert passes.collect().counts["admitted"] == 1


@pytest.mark.parametrize(
    "edit", [{"case_number": "1404-100-2"}, {"recipient_id": "1234567891"}, {"paper_number": "P-other"}]
)
def test_a_row_that_names_another_notice_now_is_refused_while_its_first_runs(
    passes: Passes, edit: dict[str, str]
) -> None:
    (entry,) = passes.admit("1")
    passes.cases.put("1", **edit)
    assert passes.collect().counts == {"collected": 1, "refused": 1}
    passes.dispatch()
    passes.write_back()
    assert passes.cases.refusals["1"].code == "notice.changed"
    assert passes.judiciary.received == [entry.reference]


def test_a_row_whose_notice_was_rejected_may_name_another(passes: Passes) -> None:
    (first,) = passes.admit("1")
    passes.judiciary.outcome = lambda reference: Rejected(code="R-101")
    passes.dispatch()
    passes.write_back()
    passes.cases.put("1", recipient_id="1234567891")
    assert passes.collect().counts == {"collected": 1, "admitted": 1}
    passes.write_back()
    shown = passes.cases.results["1"]
    assert (shown.replaces, shown.state) == (first.reference, "QUEUED")


def test_a_refusal_is_still_told_when_the_notice_goes_on(passes: Passes) -> None:
    passes.admit("1")
    passes.write_back()
    passes.cases.put("1", subject="متن دیگر")
    passes.collect()
    passes.write_back()
    passes.cases.refusals.clear()
    passes.dispatch()
    passes.write_back()
    assert passes.cases.results["1"].state == "SUBMITTED"
    assert passes.cases.refusals["1"].code == "notice.changed", "written again, after the result that covered it"


def test_a_change_that_was_taken_back_is_refused_no_longer(passes: Passes) -> None:
    passes.admit("1")
    passes.cases.put("1", subject="متن دیگر")
    passes.collect()
    passes.write_back()
    passes.cases.put("1", subject="ابلاغ رأی")
    passes.collect()
    counts = passes.store.tallies.counts()
    assert (counts["refused"], counts["collected"]) == (0, 1)
    assert passes.write_back().counts == {"written": 1}


def test_a_kind_that_is_configured_later_needs_no_change_of_the_row(passes: Passes) -> None:
    passes.cases.put("1", kind="hearing")
    assert passes.collect().counts["refused"] == 1
    passes.kinds = {"ruling": "رأی", "hearing": "دعوت"}
    assert passes.collect().counts == {"admitted": 1}
    assert passes.store.tallies.counts()["refused"] == 0


def test_many_refused_rows_are_looked_at_again_in_turn(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection, "MAX_AGAIN", 4)
    for number in range(10):
        passes.cases.put(str(number), kind="hearing")
    passes.collect()
    looked_at: list[list[str]] = []
    for _ in range(5):
        passes.cases.read.clear()
        passes.collect(page_rows=3)
        looked_at.append([*passes.cases.read])
    assert looked_at == [
        ["0", "1", "2", "3"],
        ["4", "5", "6", "7"],
        ["8", "9"],
        ["0", "1", "2", "3"],
        ["4", "5", "6", "7"],
    ]
    passes.kinds = {"ruling": "رأی", "hearing": "دعوت"}
    admitted = [passes.collect().counts["admitted"] for _ in range(3)]
    assert admitted == [2, 4, 4]


def test_a_seal_that_cannot_be_used_holds_its_own_rows_only(passes: Passes) -> None:
    passes.sealer = Stamp(unusable={"P-1"})
    passes.cases.put("1")
    passes.cases.put("2")
    report = passes.collect()
    assert report.counts == {"collected": 2, "admitted": 1, "refused": 1}
    assert [error.code for error in report.errors] == ["notice.seal"]
    assert passes.collect().errors, "an operator is told as long as it lasts"
    passes.sealer = Stamp()
    assert passes.collect().counts == {"admitted": 1}


def test_a_sealer_that_fails_otherwise_loses_nothing(passes: Passes) -> None:
    passes.cases.put("1")
    passes.sealer = Stamp(broken=True)
    with pytest.raises(GatewayError, match=r"key\.unreadable"):
        passes.collect()
    passes.sealer = Stamp()
    assert passes.collect().counts["admitted"] == 1


def test_a_date_by_which_it_must_be_served_decides_what_is_sent_first(passes: Passes) -> None:
    for number in range(12):
        passes.cases.put(f"{number}", serve_by="1404/12/01" if number in (7, 9, 11) else None)
    passes.collect(page_rows=20)
    passes.dispatch(batch=4)
    first = [passes.entry(wire_reference).serve_by for wire_reference in passes.judiciary.received[:4]]
    assert sorted(map(str, first)) == ["2026-02-20", "2026-02-20", "2026-02-20", "None"]
