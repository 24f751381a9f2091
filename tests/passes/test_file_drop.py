"""A dropped file from its folder to its report, over the real passes; and a crash at each step of that way."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.municipal.files import drop_folder, drop_reports
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.files.drop_folder import DropFolder
from adapters.municipal.files.drop_reports import REPORT_COLUMNS
from adapters.storage.engine.engine import Database
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.crash_matrix.boundaries import Fuse, watch_database, watch_segments
from tests.databases import DATABASES
from tests.forked import forked
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.manual_clock import ManualClock

from .case_table import PDF, ROW
from .conftest import Passes
from .ports import JudiciaryService

pytestmark = pytest.mark.long

PARTS = 4
"""Tests among which the boundaries are divided."""


def row(key: str, version: int = 1, **changed: object) -> dict[str, Any]:
    ids = {"notice_id": key, "change_no": version, "paper_number": key, "document_name": f"{key}.pdf"}
    return {**ROW, **ids, **changed}


def pass_(passes: Passes, drop: FileDrop) -> None:
    """Collect as the service does it."""
    assert drop.gather() == []
    passes.collect()
    assert drop.settle() == []


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "drop")


def test_a_file_name_that_is_not_utf8_stops_only_its_file(folder: Folder, store: SqlStore) -> None:
    passes, drop = passes_of(store, folder)
    bad = os.fsdecode(b"\xe4\xe5\xe6.csv")
    folder.drop(bad, csv_of([row("1")]))
    folder.drop("good.zip", zip_of({"list.csv": csv_of([row("2")]), "2.pdf": PDF}))
    (error,) = drop.gather()
    assert (error.code, error.where) == ("file.name", r"cases \xe4\xe5\xe6.csv")
    assert str(error).isprintable()
    passes.collect()
    assert drop.settle() == []
    assert folder.names("done") == ["good.zip", "good.zip.result.csv", "good.zip.result.json"]
    refused = r"\xe4\xe5\xe6.csv"
    assert folder.names("refused") == [refused, f"{refused}.result.csv", f"{refused}.result.json"]
    assert folder.report("refused", refused)["file"] == refused
    assert folder.names("work") == []
    assert drop.gather() == []


def test_a_file_name_of_the_longest_kind_or_with_signs_that_turn_texts_is_told_escaped(
    folder: Folder, store: SqlStore
) -> None:
    _, drop = passes_of(store, folder)
    long = os.fsdecode(b"\xe4" * 246 + b".csv")
    folder.drop(long, b"")
    folder.drop("fdp.\u202exslx\x1b[2J", b"")
    codes = {error.code for error in drop.gather()}
    assert codes == {"file.name", "file.kind"}
    names = folder.names("refused")
    assert len(names) == 6
    assert all(name.isprintable() and len(name.encode()) <= 255 for name in names)
    assert drop.gather() == []


def test_a_file_whose_name_ends_like_a_marker_is_refused_with_a_report(folder: Folder, store: SqlStore) -> None:
    passes, drop = passes_of(store, folder)
    folder.drop("rows.done", csv_of([row("1")]))
    folder.drop("rows.zip", zip_of({"list.csv": csv_of([row("2")]), "2.pdf": PDF}))
    (error,) = drop.gather()
    assert (error.code, error.where) == ("file.kind", "cases rows.done")
    assert folder.names("refused") == ["rows.done", "rows.done.result.csv", "rows.done.result.json"]
    passes.collect()
    assert drop.settle() == []
    assert folder.names("done") == ["rows.zip", "rows.zip.result.csv", "rows.zip.result.json"]
    assert (folder.names("in"), folder.names("work")) == ([], [])


def test_a_drop_folder_whose_refused_became_a_link_is_refused(folder: Folder, store: SqlStore, tmp_path: Path) -> None:
    _, drop = passes_of(store, folder)
    drop.gather()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder.path / "refused").rmdir()
    (folder.path / "refused").symlink_to(elsewhere)
    folder.drop("bad.xls", b"")
    with pytest.raises(GatewayError, match=r"file\.folder"):
        drop.gather()
    with pytest.raises(GatewayError, match=r"file\.folder"):
        drop.check()
    assert list(elsewhere.iterdir()) == []
    assert folder.names("in") == ["bad.xls", "bad.xls.done"]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("=1+1", "'=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ('a; "=1+1"', 'a;\' "=1+1"'),
        ("＝1＋1", "'＝1＋1"),
        ("＠SUM", "'＠SUM"),
        ("−2", "'−2"),
        ("a\n-2", "a\n'-2"),
        ("\tx", "'\tx"),
        ("منطقه ۵", "منطقه ۵"),
        ("a-b;c", "a-b;c"),
    ],
)
def test_csv_formulas_are_neutralised_for_semicolons_and_full_width_signs(text: str, reported: str) -> None:
    octets = drop_reports.as_csv(["key", "=own"], [{"key": text, "=own": "-"}])
    header, cells = csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), strict=True)
    assert header == ["key", "'=own"]
    assert cells == [reported, "'-"]


def passes_of(store: SqlStore, folder: Folder) -> tuple[Passes, FileDrop]:
    clock = ManualClock()
    drop = FileDrop("cases", store.inbox, DropFolder(folder.path), clock)
    return Passes(store=store, cases=drop, judiciary=JudiciaryService(clock), clock=clock), drop  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


def test_a_file_comes_to_its_end_with_a_report_and_its_results_follow(store: SqlStore, folder: Folder) -> None:
    passes, drop = passes_of(store, folder)
    rows = [row("1"), row("2", recipient_id="0012345678"), row("3")]
    folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "1.pdf": PDF, "2.pdf": PDF, "4.pdf": PDF}), "sha256")
    pass_(passes, drop)

    reported = folder.report("done", "a.zip")
    assert (reported["taken"], reported["accepted"], reported["refused"]) == (True, 1, 3)
    good, bad, missing, unlisted = reported["rows"]
    (entry,) = [found.entry for found in store.notices.find(state=None, limit=10, after=None)]
    assert (good["place"], good["key"], good["outcome"]) == ("row 2", "1", "accepted")
    assert good["reference"] == entry.reference
    assert (bad["outcome"], bad["code"], bad["field"]) == ("refused", "recipient.national-id", "recipient_id")
    assert "رقم کنترل کد ملی" in bad["reason"]
    assert bad["who_must_act"] == "municipality"
    assert (missing["place"], missing["code"]) == ("row 4", "file.document-missing")
    assert (unlisted["place"], unlisted["code"]) == ("4.pdf", "file.document-unlisted")
    assert folder.names("done") == ["a.zip", "a.zip.result.csv", "a.zip.result.json"]
    assert folder.names("in") == folder.names("work") == folder.names("refused") == []
    lines = list(csv.reader(io.StringIO((folder.path / "done" / "a.zip.result.csv").read_text("utf-8-sig"))))
    assert lines[0] == list(REPORT_COLUMNS)
    assert [line[3] for line in lines[1:]] == ["accepted", "refused", "refused", "refused"]

    passes.write_back()
    passes.dispatch()
    passes.write_back()
    assert [(r["key"], r["state"]) for r in folder.results()] == [("1", "QUEUED"), ("2", "REFUSED"), ("1", "SUBMITTED")]
    passes.write_back()
    assert len(folder.results()) == 3, "what was told is not told again"


def test_a_corrected_row_comes_in_another_file(store: SqlStore, folder: Folder) -> None:
    passes, drop = passes_of(store, folder)
    for version, name in ((1, ""), (2, "شخص نمونه")):
        rows = [row("1", version, recipient_name=name)]
        folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "1.pdf": PDF}))
        pass_(passes, drop)
    assert folder.report("refused", "a.zip")["rows"][0]["code"] == "recipient.name"
    assert folder.report("done", "a.zip")["accepted"] == 1


def test_a_file_that_comes_again_is_told_what_stands_and_makes_no_second_notice(
    store: SqlStore, folder: Folder
) -> None:
    passes, drop = passes_of(store, folder)
    for _ in range(2):
        folder.drop("a.zip", zip_of({"list.csv": csv_of([row("1")]), "1.pdf": PDF}))
        pass_(passes, drop)
    assert [f for f in folder.names("done") if f.endswith(".zip")] == ["a.zip", "a~2.zip"]
    first, second = folder.report("done", "a.zip"), folder.report("done", "a~2.zip")
    assert first["rows"] == second["rows"]
    assert len(store.notices.find(state=None, limit=10, after=None)) == 1


def test_a_file_waits_in_work_while_its_rows_are_not_decided(store: SqlStore, folder: Folder) -> None:
    passes, drop = passes_of(store, folder)
    folder.drop("a.zip", zip_of({"list.csv": csv_of([row("1")]), "1.pdf": PDF}))
    drop.gather()
    drop.settle()
    assert folder.names("work") == ["a.zip", "a.zip.done"]
    pass_(passes, drop)
    assert folder.names("work") == []


def test_a_row_that_a_newer_file_replaced_while_it_waited_is_reported_as_replaced(
    store: SqlStore, folder: Folder
) -> None:
    passes, drop = passes_of(store, folder)
    folder.drop("monday.zip", zip_of({"list.csv": csv_of([row("1")]), "1.pdf": PDF}))
    drop.gather()
    folder.drop("afternoon.zip", zip_of({"list.csv": csv_of([row("1", 2)]), "1.pdf": PDF}))
    pass_(passes, drop)
    assert folder.names("refused") == []
    (older,), (newer,) = (folder.report("done", name)["rows"] for name in ("monday.zip", "afternoon.zip"))
    assert (older["outcome"], older["code"], older["reference"]) == ("replaced", "push.version-older", None)
    assert newer["outcome"] == "accepted"


def test_a_row_of_which_neither_a_notice_nor_a_refusal_is_known_is_not_reported_as_accepted(
    store: SqlStore, folder: Folder
) -> None:
    _, drop = passes_of(store, folder)
    folder.drop("a.zip", zip_of({"list.csv": csv_of([row("1")]), "1.pdf": PDF}))
    drop.gather()
    store.commit(Changes(seen=drop.marks(None, 10)))
    assert drop.settle() == []
    assert (folder.names("work"), folder.names("done")) == (["a.zip", "a.zip.done"], [])


# A crash at any point.


def life(folder: Folder, url: str, fuse: Fuse | None = None) -> None:
    """One process: two files are dropped already; it collects, sends and writes back."""
    around = fuse or Fuse()
    watch_database(around)
    watch_segments(around)
    drop_folder.os = _Renaming(around)  # type: ignore[assignment]
    store = SqlStore(Database(url), SegmentPayloads(folder.path.parent / "payloads"))
    passes, drop = passes_of(store, folder)
    for _ in range(2):
        drop.gather()
        passes.collect()
        drop.settle()
        passes.write_back()
    (folder.path.parent / "places.json").write_text(json.dumps(around.places))
    store.close()


class _Renaming:
    """The module `os`, as the drop folder's code sees it: each move of a file is a boundary, before and after."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def replace(self, source: Path, target: Path) -> None:
        step = f"{source.parent.name} to {target.parent.name}{target.suffix}"
        self._fuse.at(f"before {step}")
        os.replace(source, target)
        self._fuse.at(f"after {step}")

    def fsync(self, descriptor: int) -> None:
        os.fsync(descriptor)
        self._fuse.at("after fsync")


def new_drop_folder(where: Path) -> Folder:
    where.mkdir()
    folder = Folder(where / "drop")
    rows = [row("1"), row("2", recipient_name="")]
    folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "1.pdf": PDF, "2.pdf": PDF}), "sha256")
    folder.drop("b.csv", csv_of([row("3")]).replace(b"change_no", b"change-no"), "")
    return folder


def fate(folder: Folder, url: str) -> dict[str, Any]:
    """Return the final facts of municipality and store, without times and references."""
    last = {each["key"]: (each["state"], each["code"]) for each in folder.results()}
    store = SqlStore(Database(url), SegmentPayloads(folder.path.parent / "payloads"))
    with closing(store):
        entries = [
            (found.entry.row_key, found.entry.state.value)
            for found in store.notices.find(state=None, limit=9, after=None)
        ]
    reports = {
        f"{part}/{name}": [(each["key"], each["outcome"], each["code"]) for each in folder.report(part, name)["rows"]]
        for part in ("done", "refused")
        for name in folder.names(part)
        if name.endswith((".zip", ".csv")) and ".result." not in name
    }
    return {"told": last, "entries": entries, "reports": reports, "left": folder.names("in") + folder.names("work")}


@pytest.mark.slow
@pytest.mark.exhaustive(keep=1)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(tmp_path: Path, part: int) -> None:
    def run(name: str, kill_at: int | None) -> tuple[list[str], dict[str, Any]]:
        folder = new_drop_folder(tmp_path / name)
        with DATABASES["sqlite"](folder.path.parent) as url:
            status = forked(lambda: life(folder, url, Fuse(kill_at)))
            if kill_at is None:
                assert status == 0
            else:
                assert os.WIFSIGNALED(status), (kill_at, status)
                assert os.WTERMSIG(status) == signal.SIGKILL
                assert forked(lambda: life(folder, url)) == 0
            return json.loads((folder.path.parent / "places.json").read_text()), fate(folder, url)

    places, undisturbed = run("undisturbed", None)
    assert undisturbed == {
        "told": {"1": ("QUEUED", None), "2": ("REFUSED", "recipient.name")},
        "entries": [("1", "QUEUED")],
        "reports": {
            "done/a.zip": [("1", "accepted", None), ("2", "refused", "recipient.name")],
            "refused/b.csv": [],
        },
        "left": [],
    }
    wanted = {place: number for number, place in reversed(list(enumerate(places)))}
    assert {"before in to work.done", "after in to work.zip", "after work to done.zip"} <= set(wanted)
    assert any("INSERT inbox_row" in place for place in wanted)
    for place, number in [*wanted.items()][part::PARTS]:
        assert run(str(number), number)[1] == undisturbed, place
