"""A source that is renamed, and one database under two names: its served rows are never told to be second rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.intake.admission import AdmissionBatch
from gateway.intake.row_ownership import TWO_ROWS, Ownership, assert_own
from gateway.intake.source_renaming import Renamed, rename
from gateway.judiciary.pass_statistics import PassStats
from gateway.mapping.model.mapper import Always
from gateway.notice.source_row import Refusal, RowMark
from gateway.reconciliation.integrity import check_rows
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.inbox import PushedRow
from gateway.store.stored import Changes
from tests.mappers import case_mapper

from .case_table import ROW, Cases
from .conftest import Passes

OLD, NEW = "cases", "district-one"


def mappers(passes: Passes) -> Always:
    return Always(case_mapper(passes.bodies()))


def renamed_in_configuration(passes: Passes) -> None:
    """The same database under another name, as after an edit of the configuration."""
    passes.cases.name = NEW


def refused(passes: Passes, source: str = NEW) -> str:
    with pytest.raises(GatewayError) as caught:
        assert_own(passes.cases, passes.store, mappers(passes))
    assert (caught.value.code, caught.value.where) == ("source.another", source)
    return caught.value.detail


def rename_it(passes: Passes, *, brought: bool = False) -> Renamed:
    return rename(
        passes.store,
        passes.store.inbox,
        passes.cases,
        mappers(passes),
        OLD,
        passes.act("source.rename"),
        "city",
        brought=brought,
    )


def test_a_renamed_source_is_refused_as_a_whole_and_no_row_of_it(passes: Passes) -> None:
    (first, *_) = passes.admit("1", "2", "3")
    passes.write_back()
    renamed_in_configuration(passes)
    assert f"row 1 stands for {first.reference}" in refused(passes)
    with pytest.raises(GatewayError, match=r"source\.another"):
        passes.collect()
    passes.write_back()
    assert passes.cases.refusals == {}
    assert passes.store.tallies.counts()["refused"] == 0


def test_a_source_that_shows_nothing_is_refused_by_what_its_rows_ask_for(passes: Passes) -> None:
    passes.cases.silent = True
    passes.admit("1", "2")
    renamed_in_configuration(passes)
    assert "came from row 1 of source cases" in refused(passes)


def test_another_database_with_one_paper_of_ours_is_taken_in(passes: Passes) -> None:
    passes.admit("1")
    passes.cases = Cases(name="other")
    passes.cases.put("77", paper_number="P-1")
    passes.cases.put("78", paper_number="P-78")
    Ownership(passes.cases, passes.store, mappers(passes)).prove()
    assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}


def test_a_refusal_of_a_second_row_names_the_row_that_is_served(passes: Passes) -> None:
    passes.admit("1")
    passes.cases = Cases(name="other")
    passes.cases.put("77", paper_number="P-1")
    passes.collect()
    passes.write_back()
    reason = passes.cases.refusals["77"].reason
    assert "«1»" in reason
    assert "«cases»" in reason


def test_no_refusal_text_tells_clerks_to_delete_a_row() -> None:
    reported = {
        code: text
        for code, entry in CATALOGUE.items()
        for text in (entry.remedy, entry.remedy_fa)
        if code.startswith(("notice.", "recipient.", "document.", "push.", "source."))
        and re.search(r"delete (the|a|this) row|remove (the|a|this) row|ردیف[^.؛]*حذف کنید", text)
    }
    assert reported == {}


def test_a_rename_on_record_moves_what_is_kept_by_the_name(passes: Passes) -> None:
    entries = passes.admit("1", "2")
    passes.cases.put("bad", recipient_id="1111111111")
    passes.collect()
    passes.write_back()
    cursor = passes.store.rows.cursor(f"listed:{OLD}")
    before = [row.header for entry in entries for row in passes.store.evidence.of_notice(entry.reference)]
    renamed_in_configuration(passes)
    assert rename_it(passes) == Renamed(notices=2, agreed=2)

    Ownership(passes.cases, passes.store, mappers(passes)).prove()
    assert {passes.entry(entry.reference).source for entry in entries} == {NEW}
    assert (passes.store.rows.cursor(f"listed:{NEW}"), passes.store.rows.cursor(f"listed:{OLD}")) == (cursor, None)
    assert list(passes.store.refusals.of_rows(NEW, ["bad"])) == ["bad"]
    assert passes.store.rows.unseen([RowMark(source=NEW, key="1", version=passes.cases.versions["1"])]) == []
    assert [row.header for entry in entries for row in passes.store.evidence.of_notice(entry.reference)] == before
    record = passes.store.evidence.record(f"act:source.rename:source {OLD}:{passes.clock():%Y-%m-%dT%H:%M:%S.%fZ}")
    assert record is not None
    assert NEW.encode() in passes.store.evidence.payload(record.payload_digest)

    assert passes.collect().idle, "nothing is taken in twice"
    passes.cases.put("3")
    assert passes.collect().counts["admitted"] == 1


def test_a_renamed_source_does_not_differ_from_the_evidence_of_its_notices(passes: Passes) -> None:
    def reported_of_source() -> list[str]:
        found: list[GatewayError] = []
        check_rows(passes.store, lambda _: {}, None, found.append)
        return [error.where for error in found if "source" in error.detail]

    (entry,) = passes.admit("1")
    passes.write_back()
    renamed_in_configuration(passes)
    rename_it(passes)
    assert reported_of_source() == []
    passes.store.commit(Changes(renamed=(NEW, "by-hand")))
    assert reported_of_source() == [entry.reference], "a name that no act gave"


def test_rows_that_an_earlier_version_told_to_delete_show_their_notices_after_a_rename(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    renamed_in_configuration(passes)
    now = passes.clock()
    false = Refusal(
        source=NEW,
        row_key="1",
        row_version=passes.cases.versions["1"],
        code=TWO_ROWS,
        field="notice_id",
        reason="ردیف تکراری را حذف کنید",
        refused_at=now,
    )
    mark = RowMark(source=NEW, key="1", version=passes.cases.versions["1"])
    passes.store.commit(Changes(refusals=[false], seen=[mark], cursors={f"listed:{NEW}": "000009"}))
    passes.cases.refusals["1"] = false
    refused(passes)
    rename_it(passes)
    assert passes.store.tallies.counts()["refused"] == 0
    assert passes.write_back().counts == {"written": 1}, "what the row shows is written over"
    assert passes.cases.results["1"].reference == entry.reference


def test_one_database_under_two_names_is_put_together(passes: Passes) -> None:
    (first,) = passes.admit("1")
    passes.write_back()
    renamed_in_configuration(passes)
    passes.cases.put("2")
    passes.store.commit(Changes(seen=[RowMark(source=NEW, key="1", version=passes.cases.versions["1"])]))
    passes.collect()
    passes.write_back()
    assert {a.entry.source for a in passes.store.notices.find(state=None, limit=9, after=None)} == {OLD, NEW}
    rename_it(passes)
    assert {a.entry.source for a in passes.store.notices.find(state=None, limit=9, after=None)} == {NEW}
    assert passes.entry(first.reference).source == NEW
    assert passes.collect().counts.get("refused", 0) == 0


def test_a_rename_to_another_database_is_refused(passes: Passes) -> None:
    passes.admit("1", "2")
    passes.write_back()
    passes.cases = Cases(name=NEW)
    passes.cases.put("1", paper_number="of another")
    with pytest.raises(GatewayError, match=r"source\.rename-differs"):
        rename_it(passes)
    assert {a.entry.source for a in passes.store.notices.find(state=None, limit=9, after=None)} == {OLD}


def test_a_rename_of_a_name_that_nothing_is_kept_by_is_refused(passes: Passes) -> None:
    passes.cases.name = NEW
    with pytest.raises(GatewayError, match=r"source\.rename-unknown"):
        rename_it(passes)


def test_a_rename_that_is_committed_twice_does_what_it_does_once(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    renamed_in_configuration(passes)
    for _ in range(2):
        passes.store.commit(Changes(renamed=(OLD, NEW)))
    assert passes.entry(entry.reference).source == NEW
    assert passes.store.rows.cursor(f"listed:{NEW}") is not None
    assert passes.collect().idle


def test_brought_rows_of_both_names_are_put_together(passes: Passes) -> None:
    inbox, now = passes.store.inbox, passes.clock()

    def row(key: str, version: int, subject: str) -> PushedRow:
        return PushedRow(key=key, version=version, fields=ROW | {"paper_number": f"P-{key}", "subject": subject})  # type: ignore[arg-type]

    inbox.push(OLD, [row("a", 1, "one"), row("b", 3, "two"), row("c", 1, "three")], origin="push", now=now)
    inbox.push(NEW, [row("b", 2, "older"), row("c", 2, "newer"), row("d", 1, "new")], origin="push", now=now)
    passes.cases.name = NEW
    rename_it(passes, brought=True)
    assert inbox.marks(OLD, 0, 9) == []
    there = {r.key: r.fields["subject"] for r in inbox.rows(NEW, ["a", "b", "c", "d"])}
    assert there == {"a": "one", "b": "two", "c": "newer", "d": "new"}
    arrivals = [mark.version for mark in inbox.marks(NEW, 0, 9)]
    assert len(set(arrivals)) == 4
    inbox.push(NEW, [row("e", 1, "next")], origin="push", now=now)
    assert inbox.marks(NEW, 0, 9)[-1].key == "e", "numbers go on behind both"


def test_a_refused_source_alarms_at_once(passes: Passes) -> None:
    pass_stats = PassStats(passes.clock)
    pass_stats.keep([("collect:new", "collect", NEW)])
    pass_stats.began("collect:new")
    pass_stats.ended("collect:new", PassReport("collect", errors=[GatewayError("source.another", where=NEW)]))
    assert pass_stats.alarms(passes.clock.now - passes.clock.now)["collect:new"].code == "source.another"


@pytest.mark.parametrize("collected", [False, True])
def test_reconcile_tells_rows_that_show_notices_of_another_source(passes: Passes, collected: bool) -> None:
    passes.admit("1")
    passes.write_back()
    renamed_in_configuration(passes)
    if collected:
        passes.store.commit(Changes(seen=[RowMark(source=NEW, key="1", version=passes.cases.versions["1"])]))
    _, reported = passes.reconcile()
    assert [(f.code, f.row_key) for f in reported if f.row_key] == [("reconcile.another-source", "1")]


def test_a_batch_admits_none_of_a_group_with_a_row_of_another_source(passes: Passes) -> None:
    passes.admit("1")
    renamed_in_configuration(passes)
    passes.cases.put("0")
    report = PassReport("collect")
    batch = AdmissionBatch(
        passes.cases, passes.store, passes.sealer, passes.clock, passes.judiciary.destination, report
    )
    rows = [replace(row, source=NEW) for row in passes.cases.rows(["0", "1"])]
    with pytest.raises(GatewayError, match=r"source\.another"):
        batch.take(rows, case_mapper(passes.bodies()))
    assert passes.store.notices.known_rows(NEW, ["0", "1"]) == {}
    batch.take(rows[:1], case_mapper(passes.bodies()))
    assert list(passes.store.notices.known_rows(NEW, ["0", "1"])) == ["0"]
    assert report.counts == {"admitted": 1}, "nothing is left of the group that failed"
