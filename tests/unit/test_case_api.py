"""Answers of a case system that are not as the page says: each is an error of the source, and quotes no value."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from adapters.crypto.schema.strict_json import JsonLimits
from adapters.http.client import HttpAnswer
from adapters.municipal.rest import case_api
from adapters.municipal.rest.case_api import CaseApi, CaseApiSettings
from adapters.municipal.rest.pulled_cases import MOST_SILENT, CaseNames, PulledCases
from gateway.notice.source_row import Result, RowsUnreadable
from gateway.runtime.errors import GatewayError

SECRET = "9990000018"
RESULT = Result(
    row_key="C/1",
    reference="EB-1",
    replaces=None,
    state="QUEUED",
    seq=0,
    tracking_number=None,
    delivered_at=None,
    viewed_at=None,
    service_date=None,
    effect=None,
    code=None,
    reason=None,
)


def answering(body: str, status: int = 200) -> PulledCases:
    """Return a source whose case system gives one answer to everything."""

    return serving(lambda _path: (status, body))


def serving(answer: Callable[[str], tuple[int, str]]) -> PulledCases:
    """Return a source whose case system gives an answer for each path: its status and its body."""

    class Client:
        def ask(self, _method: str, url: str, *_: Any) -> HttpAnswer:
            status, body = answer(url.removeprefix("http://127.0.0.1:9/"))
            return HttpAnswer(status=status, media_type="application/json", body=body.encode())

    settings = CaseApiSettings(name="cases", url="http://127.0.0.1:9", token=lambda: "t", pause=lambda _seconds: None)
    api = CaseApi(settings)
    api._client = Client()  # type: ignore[assignment]
    return PulledCases("cases", api, CaseNames())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "source.schema"),
        ("[]", "source.schema"),
        (f'{{"cases": "{SECRET}"}}', "source.schema"),
        (f'{{"cases": [], "cases": ["{SECRET}"]}}', "source.schema"),
        ('{"cases": [{"case_id": "C", "version": NaN, "parties": ["1"]}]}', "source.schema"),
        (f'{{"cases": [{{"case_id": "C", "version": "{SECRET}", "parties": ["1"]}}]}}', "source.version"),
        ('{"cases": [{"case_id": "C", "version": true, "parties": ["1"]}]}', "source.version"),
        ('{"cases": [{"case_id": "C", "version": -1, "parties": ["1"]}]}', "source.version"),
    ],
)
def test_a_list_in_another_form_is_an_error_without_values(body: str, code: str) -> None:
    with pytest.raises(GatewayError) as error:
        answering(body).marks(None, 10)
    assert error.value.code == code
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("parties", ["null", '"1"', "[1]", "[]", '[""]', '["\\u0000"]', f'["{"x" * 600}"]'])
def test_a_case_whose_parties_cannot_be_rows_is_counted(parties: str) -> None:
    source = answering(f'{{"cases": [{{"case_id": "C", "version": 1, "parties": {parties}}}]}}')
    assert list(source.marks(None, 10)) == []
    assert source.unlisted() == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"case_id": "D", "version": 1, "parties": [{"party_id": "1"}]}',
        '{"case_id": "C", "version": 1}',
        '{"case_id": "C", "parties": []}',
    ],
)
def test_another_case_than_the_one_that_was_asked_for_is_not_believed(body: str) -> None:
    with pytest.raises(RowsUnreadable) as error:
        list(answering(body).rows(["C/1"]))
    assert error.value.keys == {"C/1"}


def case_of(path: str) -> str:
    case = path.removeprefix("cases/")
    return f'{{"case_id": "{case}", "version": 1, "parties": [{{"party_id": "1"}}, {{"party_id": "2"}}]}}'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, ""), "HTTP 500 [source.unavailable]"),
        ((413, ""), "HTTP 413 [source.schema]"),
        ((200, '{"case_id": "B", "version": 1, "parties": null}'), "case_id, parties [source.schema]"),
        ((200, '{"case_id": "B", "version": "1", "parties": []}'), "version [source.version]"),
    ],
)
def test_a_case_that_cannot_be_read_is_named_and_hides_no_other(answer: tuple[int, str], reason: str) -> None:
    there = {"cases/B": answer, "cases?from_version=0&limit=1": (200, '{"cases": []}')}
    source = serving(lambda path: there.get(path) or (200, case_of(path)))
    rows = source.rows(["A/1", "B/1", "B/2", "C/1", "C/2"])
    assert [row.key for row in islice(rows, 3)] == ["A/1", "C/1", "C/2"]
    with pytest.raises(RowsUnreadable) as unread:
        next(rows)
    assert (unread.value.code, unread.value.where, unread.value.detail) == (
        "source.row-unreadable",
        "cases",
        f"case B: {reason}",
    )
    assert unread.value.keys == {"B/1", "B/2"}


def test_an_answer_over_the_limit_is_one_unreadable_case(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = JsonLimits(max_bytes=200, max_depth=8, max_tokens=100)
    monkeypatch.setattr(case_api, "_LIMITS", limits)
    source = serving(lambda path: (200, case_of(path) + " " * 200 * (path == "cases/A")))
    rows = source.rows(["A/1", "B/1"])
    assert next(rows).key == "B/1"
    with pytest.raises(RowsUnreadable, match="case A"):
        next(rows)


def test_a_system_that_answers_nothing_is_away_and_no_case_is_to_blame() -> None:
    with pytest.raises(GatewayError) as away:
        list(answering("", 503).rows(["A/1", "B/1"]))
    assert away.value.code == "source.unavailable"


def test_a_system_that_lists_cases_and_gives_none_is_away_after_some_of_them() -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[int, str]:
        asked.append(path)
        return (200, '{"cases": []}') if path.startswith("cases?") else (500, "")

    with pytest.raises(GatewayError) as away:
        list(serving(answer).rows([f"{number}/1" for number in range(50)]))
    assert away.value.code == "source.unavailable"
    assert len({path for path in asked if not path.startswith("cases?")}) == MOST_SILENT


def test_inner_objects_lists_and_what_is_neither() -> None:
    body = """{"case_id": "C", "version": 1, "open": true, "paper": {"number": "17", "at": {"page": 2}},
               "attachments": [{"name": "a.pdf"}], "odd": [1], "parties": [{"party_id": "1", "kind": "x"}, 5]}"""
    [row] = answering(body).rows(["C/1", "C/2"])
    assert row.fields["paper_number"] == "17"
    assert row.fields["paper_at_page"] == 2
    assert row.fields["open"] == 1
    assert row.fields["attachments"] == ({"name": "a.pdf"},)
    assert row.fields["party_kind"] == "x"
    assert [(each.code, each.field) for each in row.defects] == [("notice.field-invalid", "odd")]


@pytest.mark.parametrize("body", ['{"rows": []}', '{"rows": [5]}', '{"rows": {"C/1": null}}', "{}"])
def test_what_rows_show_must_answer_each_of_them(body: str) -> None:
    with pytest.raises(GatewayError, match=r"source\.schema"):
        answering(body).shown(["C/1"])


@pytest.mark.parametrize("body", ['{"absent": [1]}', '{"absent": [-1]}', '{"absent": [true]}', '{"absent": 0}', "{}"])
def test_an_answer_to_results_names_places_of_results(body: str) -> None:
    with pytest.raises(GatewayError, match=r"source\.schema"):
        answering(body).write_results([RESULT])


@pytest.mark.parametrize(
    ("status", "code"),
    [(301, "source.schema"), (403, "source.schema"), (422, "source.row-refused"), (429, "source.unavailable")],
)
def test_a_status_says_who_must_act(status: int, code: str) -> None:
    with pytest.raises(GatewayError) as error:
        answering("", status).write_results([RESULT])
    assert (error.value.code, error.value.detail) == (code, f"HTTP {status}")
