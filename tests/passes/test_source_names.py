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

from .conftest import City
from .ports import ROW, Cases

OLD, NEW = "cases", "district-one"


def mappers(city: City) -> Always:
    return Always(case_mapper(city.bodies()))


def renamed_in_configuration(city: City) -> None:
    """The same database under another name, as after an edit of the configuration."""
    city.cases.name = NEW


def refused(city: City, source: str = NEW) -> str:
    with pytest.raises(GatewayError) as caught:
        assert_own(city.cases, city.store, mappers(city))
    assert (caught.value.code, caught.value.where) == ("source.another", source)
    return caught.value.detail


def rename_it(city: City, *, brought: bool = False) -> Renamed:
    return rename(
        city.store,
        city.store.inbox,
        city.cases,
        mappers(city),
        OLD,
        city.act("source.rename"),
        "city",
        brought=brought,
    )


def test_a_renamed_source_is_refused_as_a_whole_and_no_row_of_it(city: City) -> None:
    (first, *_) = city.admit("1", "2", "3")
    city.write_back()
    renamed_in_configuration(city)
    assert f"row 1 stands for {first.reference}" in refused(city)
    with pytest.raises(GatewayError, match=r"source\.another"):
        city.collect()
    city.write_back()
    assert city.cases.refusals == {}
    assert city.store.tallies.counts()["refused"] == 0


def test_a_source_that_shows_nothing_is_refused_by_what_its_rows_ask_for(city: City) -> None:
    city.cases.silent = True
    city.admit("1", "2")
    renamed_in_configuration(city)
    assert "came from row 1 of source cases" in refused(city)


def test_another_database_with_one_paper_of_ours_is_taken_in(city: City) -> None:
    city.admit("1")
    city.cases = Cases(name="other")
    city.cases.put("77", paper_number="P-1")
    city.cases.put("78", paper_number="P-78")
    Ownership(city.cases, city.store, mappers(city)).prove()
    assert city.collect().counts == {"collected": 2, "admitted": 1, "refused": 1}


def test_a_refusal_of_a_second_row_names_the_row_that_is_served(city: City) -> None:
    city.admit("1")
    city.cases = Cases(name="other")
    city.cases.put("77", paper_number="P-1")
    city.collect()
    city.write_back()
    reason = city.cases.refusals["77"].reason
    assert "«1»" in reason
    assert "«cases»" in reason


def test_no_refusal_text_tells_clerks_to_delete_a_row() -> None:
    told = {
        code: text
        for code, entry in CATALOGUE.items()
        for text in (entry.remedy, entry.remedy_fa)
        if code.startswith(("notice.", "recipient.", "document.", "push.", "source."))
        and re.search(r"delete (the|a|this) row|remove (the|a|this) row|ردیف[^.؛]*حذف کنید", text)
    }
    assert told == {}


def test_a_rename_on_record_moves_what_is_kept_by_the_name(city: City) -> None:
    entries = city.admit("1", "2")
    city.cases.put("bad", recipient_id="1111111111")
    city.collect()
    city.write_back()
    cursor = city.store.rows.cursor(f"listed:{OLD}")
    before = [row.header for entry in entries for row in city.store.evidence.of_notice(entry.reference)]
    renamed_in_configuration(city)
    assert rename_it(city) == Renamed(notices=2, agreed=2)

    Ownership(city.cases, city.store, mappers(city)).prove()
    assert {city.entry(entry.reference).source for entry in entries} == {NEW}
    assert (city.store.rows.cursor(f"listed:{NEW}"), city.store.rows.cursor(f"listed:{OLD}")) == (cursor, None)
    assert list(city.store.refusals.of_rows(NEW, ["bad"])) == ["bad"]
    assert city.store.rows.unseen([RowMark(source=NEW, key="1", version=city.cases.versions["1"])]) == []
    assert [row.header for entry in entries for row in city.store.evidence.of_notice(entry.reference)] == before
    record = city.store.evidence.record(f"act:source.rename:source {OLD}:{city.clock():%Y-%m-%dT%H:%M:%S.%fZ}")
    assert record is not None
    assert NEW.encode() in city.store.evidence.payload(record.payload_digest)

    assert city.collect().idle, "nothing is taken in twice"
    city.cases.put("3")
    assert city.collect().counts["admitted"] == 1


def test_a_renamed_source_does_not_differ_from_the_evidence_of_its_notices(city: City) -> None:
    def told_of_source() -> list[str]:
        found: list[GatewayError] = []
        check_rows(city.store, lambda _: {}, None, found.append)
        return [error.where for error in found if "source" in error.detail]

    (entry,) = city.admit("1")
    city.write_back()
    renamed_in_configuration(city)
    rename_it(city)
    assert told_of_source() == []
    city.store.commit(Changes(renamed=(NEW, "by-hand")))
    assert told_of_source() == [entry.reference], "a name that no act gave"


def test_rows_that_an_earlier_version_told_to_delete_show_their_notices_after_a_rename(city: City) -> None:
    (entry,) = city.admit("1")
    city.write_back()
    renamed_in_configuration(city)
    now = city.clock()
    false = Refusal(
        source=NEW,
        row_key="1",
        row_version=city.cases.versions["1"],
        code=TWO_ROWS,
        field="notice_id",
        reason="ردیف تکراری را حذف کنید",
        refused_at=now,
    )
    mark = RowMark(source=NEW, key="1", version=city.cases.versions["1"])
    city.store.commit(Changes(refusals=[false], seen=[mark], cursors={f"listed:{NEW}": "000009"}))
    city.cases.refusals["1"] = false
    refused(city)
    rename_it(city)
    assert city.store.tallies.counts()["refused"] == 0
    assert city.write_back().counts == {"written": 1}, "what the row shows is written over"
    assert city.cases.results["1"].reference == entry.reference


def test_one_database_under_two_names_is_put_together(city: City) -> None:
    (first,) = city.admit("1")
    city.write_back()
    renamed_in_configuration(city)
    city.cases.put("2")
    city.store.commit(Changes(seen=[RowMark(source=NEW, key="1", version=city.cases.versions["1"])]))
    city.collect()
    city.write_back()
    assert {a.entry.source for a in city.store.notices.find(state=None, limit=9, after=None)} == {OLD, NEW}
    rename_it(city)
    assert {a.entry.source for a in city.store.notices.find(state=None, limit=9, after=None)} == {NEW}
    assert city.entry(first.reference).source == NEW
    assert city.collect().counts.get("refused", 0) == 0


def test_a_rename_to_another_database_is_refused(city: City) -> None:
    city.admit("1", "2")
    city.write_back()
    city.cases = Cases(name=NEW)
    city.cases.put("1", paper_number="of another")
    with pytest.raises(GatewayError, match=r"source\.rename-differs"):
        rename_it(city)
    assert {a.entry.source for a in city.store.notices.find(state=None, limit=9, after=None)} == {OLD}


def test_a_rename_of_a_name_that_nothing_is_kept_by_is_refused(city: City) -> None:
    city.cases.name = NEW
    with pytest.raises(GatewayError, match=r"source\.rename-unknown"):
        rename_it(city)


def test_a_rename_that_is_committed_twice_does_what_it_does_once(city: City) -> None:
    (entry,) = city.admit("1")
    city.write_back()
    renamed_in_configuration(city)
    for _ in range(2):
        city.store.commit(Changes(renamed=(OLD, NEW)))
    assert city.entry(entry.reference).source == NEW
    assert city.store.rows.cursor(f"listed:{NEW}") is not None
    assert city.collect().idle


def test_brought_rows_of_both_names_are_put_together(city: City) -> None:
    inbox, now = city.store.inbox, city.clock()

    def row(key: str, version: int, subject: str) -> PushedRow:
        return PushedRow(key=key, version=version, fields=ROW | {"paper_number": f"P-{key}", "subject": subject})  # type: ignore[arg-type]

    inbox.push(OLD, [row("a", 1, "one"), row("b", 3, "two"), row("c", 1, "three")], origin="push", now=now)
    inbox.push(NEW, [row("b", 2, "older"), row("c", 2, "newer"), row("d", 1, "new")], origin="push", now=now)
    city.cases.name = NEW
    rename_it(city, brought=True)
    assert inbox.marks(OLD, 0, 9) == []
    there = {r.key: r.fields["subject"] for r in inbox.rows(NEW, ["a", "b", "c", "d"])}
    assert there == {"a": "one", "b": "two", "c": "newer", "d": "new"}
    arrivals = [mark.version for mark in inbox.marks(NEW, 0, 9)]
    assert len(set(arrivals)) == 4
    inbox.push(NEW, [row("e", 1, "next")], origin="push", now=now)
    assert inbox.marks(NEW, 0, 9)[-1].key == "e", "numbers go on behind both"


def test_a_refused_source_alarms_at_once(city: City) -> None:
    pass_stats = PassStats(city.clock)
    pass_stats.keep([("collect:new", "collect", NEW)])
    pass_stats.began("collect:new")
    pass_stats.ended("collect:new", PassReport("collect", errors=[GatewayError("source.another", where=NEW)]))
    assert pass_stats.alarms(city.clock.now - city.clock.now)["collect:new"].code == "source.another"


@pytest.mark.parametrize("collected", [False, True])
def test_reconcile_tells_rows_that_show_notices_of_another_source(city: City, collected: bool) -> None:
    city.admit("1")
    city.write_back()
    renamed_in_configuration(city)
    if collected:
        city.store.commit(Changes(seen=[RowMark(source=NEW, key="1", version=city.cases.versions["1"])]))
    _, told = city.reconcile()
    assert [(f.code, f.row_key) for f in told if f.row_key] == [("reconcile.another-source", "1")]


def test_the_desk_takes_in_none_of_a_group_with_a_row_of_another_source(city: City) -> None:
    city.admit("1")
    renamed_in_configuration(city)
    city.cases.put("0")
    desk = AdmissionBatch(NEW, city.store, city.sealer, city.clock, city.court.destination, PassReport("collect"))
    rows = [replace(row, source=NEW) for row in city.cases.rows(["0", "1"])]
    with pytest.raises(GatewayError, match=r"source\.another"):
        desk.take(rows, case_mapper(city.bodies()))
    assert city.store.notices.known_rows(NEW, ["0", "1"]) == {}
