"""REST: rows are kept before the answer, each once; whatever is not what the contract asks for is refused whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.rest.messages import Push
from adapters.municipal.rest.tokens import Tokens
from adapters.shipped.resources import PUSH
from adapters.storage.sql_store import SqlStore
from gateway.notice.source_row import Refusal
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.conformance.test_source import delivered
from tests.own_results import STATE, own_mapper
from tests.passes.case_table import PDF

from .senders import TOKEN, RestSender, json_row

CONTRACT = json.loads((PUSH / "openapi.json").read_text(encoding="utf-8"))


TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def fits(name: str, value: Any) -> Any:
    """Return a value that is what the contract says."""
    _check({"$ref": f"#/components/schemas/{name}"}, value)
    return value


def _check(schema: dict[str, Any], value: Any) -> None:
    if "$ref" in schema:
        schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        assert value in schema["enum"]
    elif schema["type"] == "object" and "properties" not in schema:
        for inner in value.values():
            _check(schema["additionalProperties"], inner)
    elif schema["type"] == "object":
        assert set(schema["required"]) <= set(value) <= set(schema["properties"])
        assert schema["additionalProperties"] is False
        for name, inner in value.items():
            _check(schema["properties"][name], inner)
    elif schema["type"] == "array":
        for inner in value:
            _check(schema["items"], inner)
    else:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        assert any(isinstance(value, TYPES[kind]) for kind in kinds), (schema, value)


def pushed(answer: requests.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = fits("Taken", answer.json())["rows"]
    return rows


def test_rows_are_kept_and_become_rows_of_the_source(portal: RestSender, store: SqlStore) -> None:
    reported = pushed(portal.push(json_row("1"), json_row("2", revision=2, archive_number=None)))
    assert [(row["key"], row["version"], row["taking"]) for row in reported] == [("1", 1, "stored"), ("2", 1, "stored")]
    source = InboxSource("portal", store.inbox)
    first, second = source.rows([mark.key for mark in source.marks(None, 10)])
    assert (first.fields["subject"], first.fields["document"]) == ("ابلاغ رأی", PDF)
    assert (second.fields["revision"], second.fields["archive_number"]) == (2, None)


def test_a_row_that_comes_again_has_no_second_effect(portal: RestSender, store: SqlStore) -> None:
    assert [row["taking"] for row in pushed(portal.push(json_row("1"), json_row("1")))] == ["stored", "repeated"]
    assert [row["taking"] for row in pushed(portal.push(json_row("1")))] == ["repeated"]
    assert len(InboxSource("portal", store.inbox).marks(None, 10)) == 1


ROWS = {
    "other content": (json_row("1", 5, subject="x"), "push.version-reused"),
    "an older version": (json_row("1", 4), "push.version-older"),
    "no base64": (json_row("2", document="PDF!"), "push.document"),
    "a key with a NUL": (json_row("2\0"), "push.key"),
    "a field and a document of one name": ({**json_row("2"), "fields": {"document": "x"}}, "push.field"),
    "a field whose name is none": ({**json_row("2"), "fields": {"\n": "x"}}, "push.field"),
    "a number beyond measure": ({**json_row("2"), "fields": {"revision": 10**18}}, "push.field"),
}


@pytest.mark.parametrize(("row", "code"), ROWS.values(), ids=ROWS)
def test_a_bad_row_refuses_itself_alone(portal: RestSender, row: dict[str, Any], code: str) -> None:
    pushed(portal.push(json_row("1", 5)))
    bad, good = pushed(portal.push(row, json_row("3")))
    assert (bad["taking"], bad["code"], bad["who_must_act"]) == ("refused", code, "municipality")
    assert CATALOGUE[code].fa in bad["reason"]
    assert good["taking"] == "stored"


BODIES = {
    "nothing": b"",
    "no json": b"rows",
    "not utf-8": b'{"rows": ["\xff"]}',
    "utf-16": '{"rows": []}'.encode("utf-16"),
    "a name twice": b'{"rows": [], "rows": []}',
    "not a number": b'{"rows": [NaN]}',
    "infinitely much": b'{"rows": [{"key": "1", "version": 1, "fields": {"a": 1e999}}]}',
    "deep": b'{"rows": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a list": b"[]",
    "no rows": b'{"rows": []}',
    "an unknown name": b'{"rows": [{"key": "1", "version": 1, "fields": {}, "owner": "x"}]}',
    "no version": b'{"rows": [{"key": "1", "fields": {}}]}',
    "a version of text": b'{"rows": [{"key": "1", "version": "1", "fields": {}}]}',
    "a version of truth": b'{"rows": [{"key": "1", "version": true, "fields": {}}]}',
    "a version with a fraction": b'{"rows": [{"key": "1", "version": 1.0, "fields": {}}]}',
    "a field of truth": b'{"rows": [{"key": "1", "version": 1, "fields": {"a": true}}]}',
    "a field of fields": b'{"rows": [{"key": "1", "version": 1, "fields": {"a": {}}}]}',
    "a long number": b'{"rows": [{"key": "1", "version": ' + b"9" * 5_000 + b', "fields": {}}]}',
    "501 rows": json.dumps({"rows": [{"key": "1", "version": 1, "fields": {}}] * 501}).encode(),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_what_is_asked_for_is_refused_whole(
    portal: RestSender, store: SqlStore, body: bytes
) -> None:
    answer = portal.send(body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert fits("Problem", answer.json())["code"] == "push.request"
    assert store.inbox.marks("portal", 0, 10) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Encoding": "gzip"},
    ],
    ids=str,
)
def test_another_form_is_refused_unread(portal: RestSender, headers: dict[str, str]) -> None:
    assert portal.send(b"{}", **headers).json()["code"] == "push.request"


def test_a_body_that_is_too_large_is_refused(portal: RestSender) -> None:
    assert portal.send(b" " * (32 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    ("source", "token"), [("portal", TOKEN[:-1]), ("portal", "short"), ("registry", TOKEN), ("nobody", TOKEN)]
)
def test_without_a_token_of_the_source_nothing_is_taken(portal: RestSender, source: str, token: str) -> None:
    portal.source, portal.token = source, token
    for answer in (portal.push(json_row("1")), portal.results()):
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert fits("Problem", answer.json())["code"] == "push.unauthorized"


def test_other_paths_and_methods_are_told_apart(portal: RestSender, base: str) -> None:
    session = portal.session
    assert session.get(f"{base}/rest/portal/others").json()["code"] == "push.source"
    answer = session.get(f"{base}/rest/portal/rows")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert session.get(f"{base}/elsewhere").status_code == 404


def test_results_are_read_behind_a_change(portal: RestSender, store: SqlStore) -> None:
    pushed(portal.push(json_row("1"), json_row("2"), json_row("3")))
    source = InboxSource("portal", store.inbox)
    marks = {mark.key: mark.version for mark in source.marks(None, 10)}
    refusals = [
        Refusal(
            source="portal",
            row_key=key,
            row_version=marks[key],
            code="recipient.name",
            field="recipient_name",
            reason="نام مخاطب وارد نشده است.",
            refused_at=datetime(2026, 2, 3, 8, tzinfo=UTC),
        )
        for key in ("1", "2", "3")
    ]
    source.write_refusals(refusals)
    page = fits("Results", portal.results(limit=2).json())
    assert [(r["key"], r["change"], r["state"]) for r in page["results"]] == [("1", 1, "REFUSED"), ("2", 2, "REFUSED")]
    assert (page["next"], page["more"]) == (2, True)
    rest = fits("Results", portal.results(after=page["next"], limit=2).json())
    assert ([r["key"] for r in rest["results"]], rest["next"], rest["more"]) == (["3"], 3, False)
    assert rest["results"][0]["updated_at"] == "2026-02-03T08:00:00.000000Z"
    assert portal.results(after=3).json() == {"results": [], "next": 3, "more": False}


def test_what_the_senders_own_mapping_makes_stands_beside_what_every_sender_is_told(
    portal: RestSender, store: SqlStore
) -> None:
    pushed(portal.push(json_row("1"), json_row("2")))
    own = own_mapper().result(delivered("1"), datetime(2026, 2, 3, 8, tzinfo=UTC))
    InboxSource("portal", store.inbox).write_results([replace(delivered("1"), own=own), delivered("2")])
    first, second = fits("Results", portal.results().json())["results"]
    assert (first["state"], first["fields"][STATE], first["fields"]["served_on"]) == (
        "DELIVERED",
        "ابلاغ شد",
        "2026-02-03",
    )
    assert (first["fields"]["steps"], first["fields"]["arrived_at"]) == (3, "2026-02-03T08:00:00.250000Z")
    assert second.keys() == first.keys() - {"fields"}


@pytest.mark.parametrize("query", [{"after": "-1"}, {"after": ""}, {"limit": 501}, {"limit": 0}, {"since": 1}], ids=str)
def test_a_query_that_is_none_is_refused(portal: RestSender, query: dict[str, Any]) -> None:
    assert portal.results(**query).json()["code"] == "push.request"


def test_a_store_that_is_away_is_no_fault_of_the_sender(portal: RestSender, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise GatewayError("store.unavailable", where="postgresql://gateway@secret.example")

    monkeypatch.setattr("adapters.storage.stores.inbox.SqlInbox.push", away)
    answer = portal.push(json_row("1"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert fits("Problem", answer.json())["code"] == "store.unavailable"
    assert "secret" not in answer.text


def test_the_contract_is_served_and_is_that_of_the_code(portal: RestSender, base: str) -> None:
    served = portal.session.get(f"{base}/rest/openapi.json").json()
    assert served == CONTRACT
    model = Push.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, schema in (*model.pop("$defs").items(), ("Push", model)):
        assert served["components"]["schemas"][name] == schema


FILES = {"nothing": "", "a token itself": TOKEN, "a comment alone": "# none yet\n", "too short": "ab12\n"}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_of_tokens_is_judged(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens").write_text(text)
    with pytest.raises(GatewayError) as error:
        Tokens.load(tmp_path / "tokens")
    assert error.value.code == "push.token-file"
    assert TOKEN not in str(error.value)
    with pytest.raises(GatewayError, match="there is no such file"):
        Tokens.load(tmp_path / "absent")
