"""Each defect of the sample is refused with its own code and its own Persian reason, by the real intake and store."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.municipal.papers.examiner import PaperExaminer
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.sandbox.cases import generate
from adapters.sandbox.cases.bodies import BODIES
from adapters.sandbox.cases.defects import DEFECTS, NOT_MADE
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.mapping.model.mapper import Always
from gateway.runtime.errors import CATALOGUE
from gateway.writeback.result_writing import write_back
from tests.databases import make_store
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.ports import Stamp

pytestmark = pytest.mark.long

NAMES = [defect.name for defect in DEFECTS]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[sqlite3.Row]]:
    """The rows of a sample after one collection, as the clerk sees them."""
    folder = tmp_path_factory.mktemp("defects")
    generate(folder / "cases.db", notices=600, seed=4, small_documents=True)
    url = f"sqlite:///{folder / 'gateway.db'}"
    make_store(url)
    store, source = SqlStore.open(url), SqlCaseSource("cases", f"sqlite:///{folder / 'cases.db'}")
    examiner = PaperExaminer()
    mapper = case_mapper({body.code: body for body in BODIES}, examiner.examine)
    collect(source, store, Always(mapper), Stamp(), ManualClock(), IntakePolicy(destination="court"))
    write_back(store, source)
    store.close()
    examiner.close()
    with closing(sqlite3.connect(folder / "cases.db")) as connection:
        connection.row_factory = sqlite3.Row
        yield connection.execute("SELECT * FROM notices JOIN sample_expectations USING (notice_id)").fetchall()


@pytest.mark.parametrize("name", NAMES)
def test_a_defect_is_refused_with_its_code(judged: list[sqlite3.Row], name: str) -> None:
    found = [row for row in judged if row["defect"] == name]
    assert found
    assert {row["eblagh_state"] for row in found} == {"REFUSED"}
    assert {row["eblagh_code"] for row in found} == {row["expected_code"] for row in found}
    code = found[0]["expected_code"]
    for row in found:
        assert CATALOGUE[code].fa in row["eblagh_reason"]
        assert CATALOGUE[code].remedy_fa in row["eblagh_reason"]


def test_no_two_codes_share_a_reason(judged: list[sqlite3.Row]) -> None:
    codes = defaultdict(set)
    for row in judged:
        if row["defect"]:
            codes[row["eblagh_reason"]].add(row["eblagh_code"])
    assert {reason: found for reason, found in codes.items() if len(found) > 1} == {}


def test_good_rows_are_admitted_and_a_correction_waits_for_its_predecessors_end(judged: list[sqlite3.Row]) -> None:
    good = [row for row in judged if not row["defect"]]
    assert {row["eblagh_state"] for row in good if row["revision"] == 1} == {"QUEUED"}
    assert {row["eblagh_code"] for row in good if row["revision"] == 2} == {"notice.predecessor"}


def test_each_code_of_a_row_is_made_or_it_is_said_why_not() -> None:
    of_rows = {code for code in CATALOGUE if code.startswith(("notice.", "recipient.", "document."))}
    made = {defect.code for defect in DEFECTS}
    assert made | NOT_MADE.keys() == of_rows
    assert not made & NOT_MADE.keys()
    assert len(set(NAMES)) == len(NAMES)
