"""Answers of a case system that are not as the page says: each is an error of the source, and quotes no value."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.http.client import HttpAnswer
from adapters.municipal.rest.case_api import CaseApi, CaseApiSettings
from adapters.municipal.rest.pulled_cases import CaseNames, PulledCases
from gateway.notice.source_row import Result
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

    class Client:
        def ask(self, *_: Any) -> HttpAnswer:
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
    with pytest.raises(GatewayError) as error:
        list(answering(body).rows(["C/1"]))
    assert error.value.code in ("source.schema", "source.version")


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
