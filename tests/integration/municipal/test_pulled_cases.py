"""Cases of a system that is asked by REST, over the stand-in of Shahriar: parties, faults, changes, refusals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.municipal.rest.case_api import CaseApi, CaseApiSettings, Object
from adapters.municipal.rest.pulled_cases import CaseNames, PulledCases
from adapters.sandbox.city.shahriar import touch
from gateway.notice.source_row import Position
from gateway.runtime.errors import GatewayError
from tests.conformance.test_source import delivered, read_all
from tests.integration.municipal.pulled_shahriar import PulledShahriar, shahriar


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PulledShahriar]:
    with shahriar(tmp_path_factory.mktemp("city")) as served:
        yield served


@pytest.fixture
def source(city: PulledShahriar) -> Iterator[PulledCases]:
    city.ledger.executescript("DELETE FROM standing; DELETE FROM parties; DELETE FROM cases;")
    with closing(city.source()) as source:
        yield source


def test_each_party_of_a_case_is_a_row_of_its_own(city: PulledShahriar, source: PulledCases) -> None:
    keys = city.add_case(["1", "2", "3"]) + city.add_case(["1"])
    rows = read_all(source, limit=1)
    assert [row.key for row in rows] == keys
    assert [row.fields["recipient_party_id"] for row in rows] == ["1", "2", "3", "1"]
    assert rows[0].version == rows[2].version < rows[3].version
    assert [row.key for row in source.rows([keys[1]])] == [keys[1]]


def test_a_party_that_is_added_later_comes_with_the_cases_next_version(
    city: PulledShahriar, source: PulledCases
) -> None:
    keys = city.add_case(["1", "2"])
    city.ledger.execute("UPDATE parties SET hidden = 1 WHERE row_key = ?", (keys[1],))
    (first,) = read_all(source)
    city.ledger.execute("UPDATE parties SET hidden = 0 WHERE row_key = ?", (keys[1],))
    [(case_id,)] = city.ledger.execute("SELECT case_id FROM cases")
    touch(city.ledger, case_id)
    again = read_all(source, Position(version=first.version, key=first.key))
    assert [row.key for row in again] == keys
    assert {row.version > first.version for row in again} == {True}


def test_a_case_without_parties_is_counted_and_hides_no_other(city: PulledShahriar, source: PulledCases) -> None:
    for _ in range(5):
        city.add_case([])
    (key,) = city.add()
    for limit in (1, 2, 10):
        assert [mark.key for mark in source.marks(None, limit)] == [key]
        assert source.unlisted() == 5
    assert source.unlisted() == 0


def test_a_list_in_another_order_passes_no_case_over_silently() -> None:
    class Collated(CaseApi):
        """A system whose database sorts without regard to case."""

        def marks(self, version: int, case: str | None, limit: int) -> list[Object]:
            keys = [each for each in ("a1", "B1") if case is None or each.lower() >= case.lower()]
            return [{"case_id": each, "version": max(version, 7), "parties": ["1"]} for each in keys][:limit]

    settings = CaseApiSettings(name="cases", url="http://127.0.0.1:9", token=lambda: "token")
    source = PulledCases("cases", Collated(settings), CaseNames())
    with closing(source), pytest.raises(GatewayError, match=r"source\.schema") as refused:
        source.marks(None, 1)
    assert "by code point" in refused.value.detail


def test_a_refused_result_keeps_all_of_them_out_and_comes_again(city: PulledShahriar, source: PulledCases) -> None:
    good, locked = city.add(parties=2)
    city.ledger.execute("INSERT INTO refuse_results (row_key, remaining) VALUES (?, 1)", (locked,))
    with pytest.raises(GatewayError) as refused:
        source.write_results([delivered(good), delivered(locked)])
    assert refused.value.code == "source.row-refused"
    assert city.shown(good)["eblagh_state"] is None
    source.write_results([delivered(good), delivered(locked)])
    assert {city.shown(key)["eblagh_state"] for key in (good, locked)} == {"DELIVERED"}
    [(kept,)] = city.ledger.execute("SELECT count(*) FROM results WHERE row_key IN (?, ?)", (good, locked))
    assert kept == 2


def test_a_document_that_is_no_base64_is_a_defect_of_its_row_alone(city: PulledShahriar) -> None:
    city.add()
    names = CaseNames(documents=["paper_content", "body"])
    city.ledger.execute("UPDATE cases SET body = '%' WHERE version = (SELECT max(version) FROM cases)")
    with closing(city.source(names=names)) as source:
        row = read_all(source)[-1]
    assert [(each.code, each.field) for each in row.defects] == [("document.not-pdf", "body")]


def test_a_service_that_is_away_and_one_that_lets_nobody_in(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("right")
    waited: list[float] = []
    with shahriar(tmp_path, "--token-file", str(token), "--unavailable-every", "2") as city:
        wrong = CaseApi(CaseApiSettings(name="cases", url=city.url, token=lambda: "wrong"))
        right = CaseApi(CaseApiSettings(name="cases", url=city.url, token=lambda: "right", pause=waited.append))
        with closing(wrong), closing(right):
            codes = [code_of(wrong), code_of(right), code_of(right)]
            with pytest.raises(GatewayError) as away:
                right.results([])
    assert codes == ["source.schema", None, None]
    assert away.value.code == "source.unavailable", "a call that writes is not tried again by itself"
    assert [row["status"] for row in calls(tmp_path)] == [401, 503, 200, 503, 200, 503]
    assert waited == [1.0, 1.0], "the stand-in asks for a second"


def test_nobody_listens(tmp_path: Path) -> None:
    with shahriar(tmp_path) as city:
        source = replace(city).source()
    with closing(source), pytest.raises(GatewayError) as away:
        source.marks(None, 1)
    assert away.value.code == "source.unavailable"


def code_of(api: CaseApi) -> str | None:
    try:
        api.marks(0, None, 1)
    except GatewayError as error:
        return error.code
    return None


def calls(directory: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(directory / "shahriar.db")) as ledger:
        ledger.row_factory = sqlite3.Row
        return ledger.execute("SELECT * FROM calls ORDER BY id").fetchall()
