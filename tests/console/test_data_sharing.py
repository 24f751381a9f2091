"""Another body reads the state of service over HTTP: minimised, by its agreement, each reading on record before."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.cli.service.listening import LISTENERS, PUSH
from adapters.composition.installation import Installation
from adapters.composition.sharing import shared_notices
from adapters.composition.sharing.shared_notices import check_sharing, sharing_service
from adapters.composition.sources import push_router
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.municipal.sharing.sharing_application import SharingService
from adapters.sandbox.city import sharing_cases
from adapters.sandbox.city.comparison import compared, ledgers
from adapters.sandbox.city.sharing_comparisons import SHARING_COMPARISONS
from adapters.shipped.resources import SHARING
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.shared_read import BY_OTHER_BODY
from gateway.operations.sharing_agreement import Question, SharedField
from gateway.people.permissions import Role
from gateway.personal_data.actors import Actors
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission
from tests.console.signed_in import pages_of, visitor

BODY, PURPOSE = "fire-department", "safety"
TOKEN, OTHER_TOKEN = "f" * 40, "m" * 40
FIELDS = list(sharing_cases.FIELDS)
PERSONAL = ["state", "recipient_name", "recipient_identifier"]
AGREEMENTS = f"""
[[sharing]]
body = "{BODY}"
title = "سازمان آتش‌نشانی"
tokens_file = "fire-tokens"
purposes = {{ {PURPOSE} = "بررسی ایمنی" }}
fields = {json.dumps(FIELDS)}
bodies = ["article-100"]
from = "1404-01-01"
calls_per_minute = 6000
[[sharing]]
body = "ministry"
title = "وزارت دادگستری"
tokens_file = "ministry-tokens"
purposes = {{ audit = "بازرسی" }}
fields = {json.dumps(PERSONAL)}
from = 2026-01-01
calls_per_minute = 1
"""


@pytest.fixture(scope="module")
def folder(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = Path(shutil.copytree(lived_folder, tmp_path_factory.mktemp("shared") / "copy"))
    for name, token in (("fire-tokens", TOKEN), ("ministry-tokens", OTHER_TOKEN)):
        (copy / name).write_text(hashlib.sha256(token.encode()).hexdigest() + "\n")
    with (copy / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write(AGREEMENTS)
    return copy


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture(scope="module")
def base(city: Installation) -> Iterator[str]:
    server = WebServer("127.0.0.1:0", LISTENERS[PUSH].limits)
    server.service = push_router(city, server.url, PushTally())
    server.start()
    yield server.url
    server.close()


@pytest.fixture(scope="module")
def viewed(city: Installation) -> Admission:
    """A notice of the visible body with a renovation code."""
    for each in city.store().notices.find(state=DeliveryState.VIEWED, limit=1000, after=None):
        if each.body == "article-100" and code_of(city, each):
            return each
    raise AssertionError("none in the demonstration")


def code_of(city: Installation, notice: Admission) -> str:
    return sealed_fields(city.store().evidence.payload(notice.entry.seal_digest)).get("Case/RenovationCode", "")


def read(base: str, token: str = TOKEN, body: str = BODY, **question: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{base}/sharing/{body}/reads", json=question, headers=headers, timeout=60)


def record_of(city: Installation, answer: requests.Response) -> dict[str, Any]:
    row = city.store().evidence.record(answer.json()["record"])
    assert row is not None
    told: dict[str, Any] = json.loads(city.store().evidence.payload(row.payload_digest))
    return told


def reads(city: Installation) -> int:
    return city.store().records.number_between("act:sharing.read:", "act:sharing.read:~")


def test_the_state_of_a_case_is_told_by_the_agreed_fields_alone(
    city: Installation, base: str, viewed: Admission
) -> None:
    code = code_of(city, viewed)
    answer = read(base, purpose=PURPOSE, case_number=viewed.case_number, renovation_code=code.replace("-", "/"))
    assert answer.status_code == 200, answer.text
    notices = answer.json()["notices"]
    assert all(list(each) == FIELDS for each in notices)
    [own] = [each for each in notices if each["tracking_number"] == viewed.entry.tracking_number]
    assert (own["state"], own["kind"], own["effect"]) == ("VIEWED", viewed.kind, "ACTUAL")
    assert viewed.entry.service is not None
    assert own["service_date"] == viewed.entry.service.date
    assert viewed.recipient_name not in answer.text
    told = record_of(city, answer)
    assert (told["account"], told["reason"], told["authentication"]) == (BODY, PURPOSE, BY_OTHER_BODY)
    assert (told["fields"].split(), told["subject"]) == (FIELDS, viewed.case_number)
    assert viewed.entry.reference in told["references"]
    assert len(told["references"].split()) == int(told["notices"]) == len(notices)
    # The recipient's own export names the body, and takes it for no account of a person.
    assert Actors(city.store().people).id_of(told) == f"the body {BODY}"


def test_a_tracking_number_alone_names_one_notice(city: Installation, base: str, viewed: Admission) -> None:
    answer = read(base, purpose=PURPOSE, tracking_number=viewed.entry.tracking_number)
    assert [each["state"] for each in answer.json()["notices"]] == ["VIEWED"]
    assert record_of(city, answer)["references"] == viewed.entry.reference


def test_what_is_not_visible_and_what_does_not_exist_have_the_same_answer(
    city: Installation, base: str, viewed: Admission
) -> None:
    found = city.store().notices.find(state=None, limit=1000, after=None)
    hidden = next(each for each in found if each.body != "article-100" and code_of(city, each))
    questions = [
        {"case_number": hidden.case_number, "renovation_code": code_of(city, hidden)},
        {"case_number": viewed.case_number, "renovation_code": "1-1-1-1-1-1-1"},
        {"case_number": viewed.case_number, "renovation_code": "نامشخص"},
        {"case_number": "1404/0", "renovation_code": "1-1-1-1-1-1-1"},
        {"tracking_number": "TR-0"},
    ]
    before = reads(city)
    for question in questions:
        answer = read(base, purpose=PURPOSE, **question)
        told = answer.json()
        record = told.pop("record")
        assert (answer.status_code, told) == (200, {"notices": [], "complete": True})
        assert record.startswith("act:sharing.read:fire-department:")
        payload = record_of(city, answer)
        assert (payload["outcome"], payload["references"]) == ("nothing-visible", "")
        assert payload["subject"].startswith("sha256:"), "what a stranger typed is kept by its digest alone"
    assert reads(city) == before + len(questions)


def test_the_reading_is_on_record_before_the_answer_leaves(
    city: Installation, viewed: Admission, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    def fails(*_: object) -> str:
        raise GatewayError("store.unavailable")

    monkeypatch.setattr(shared_notices, "record_read", fails)
    answer = read(base, purpose=PURPOSE, tracking_number=viewed.entry.tracking_number)
    assert (answer.status_code, answer.json()["code"]) == (503, "store.unavailable")
    assert "notices" not in answer.json()


def test_a_value_that_contradicts_its_evidence_does_not_leave(
    city: Installation, viewed: Admission, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setattr(shared_notices, "unproven", lambda *_: {viewed.entry.reference: ["delivered_at"]})
    answer = read(base, purpose=PURPOSE, tracking_number=viewed.entry.tracking_number)
    assert (answer.status_code, answer.json()["code"]) == (503, "sharing.unproven")


def test_nothing_is_told_while_a_restored_store_may_have_forgotten_a_delivery(
    viewed: Admission, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setattr(shared_notices, "current", lambda _: object())
    answer = read(base, purpose=PURPOSE, tracking_number=viewed.entry.tracking_number)
    assert (answer.status_code, answer.json()["code"]) == (503, "sharing.recovery")


def test_a_notice_whose_paper_was_deleted_is_told_without_what_stood_in_it(
    city: Installation, viewed: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = city.store().evidence.payload

    def deleted(digest: str) -> bytes:
        if digest == viewed.entry.seal_digest:
            raise GatewayError("retention.deleted", where=digest)
        return payload(digest)

    monkeypatch.setattr(city.store().evidence, "payload", deleted)
    [_, ministry] = city.settings.sharing
    ask = Question(purpose="audit", tracking_number=viewed.entry.tracking_number)
    [told] = shared_notices.read_shared(city, ministry.agreement, ask, city.clock()).notices
    assert told[SharedField.RECIPIENT_IDENTIFIER] is None
    assert told[SharedField.STATE] == DeliveryState.VIEWED


@pytest.mark.parametrize(
    ("question", "token", "body", "status", "code"),
    [
        ({"purpose": "curiosity", "tracking_number": "1"}, TOKEN, BODY, 403, "sharing.purpose"),
        ({"purpose": PURPOSE, "tracking_number": "1"}, OTHER_TOKEN, BODY, 401, "sharing.unauthorized"),
        ({"purpose": PURPOSE, "tracking_number": "1"}, TOKEN, "nobody", 401, "sharing.unauthorized"),
        ({"purpose": PURPOSE, "tracking_number": "1"}, "", BODY, 401, "sharing.unauthorized"),
        ({"purpose": PURPOSE}, TOKEN, BODY, 400, "sharing.request"),
        ({"purpose": PURPOSE, "case_number": "1"}, TOKEN, BODY, 400, "sharing.request"),
        (
            {"purpose": PURPOSE, "case_number": "1", "renovation_code": "1", "tracking_number": "1"},
            TOKEN,
            BODY,
            400,
            "sharing.request",
        ),
        ({"purpose": PURPOSE, "tracking_number": "1\x00"}, TOKEN, BODY, 400, "sharing.request"),
        (
            {"purpose": PURPOSE, "tracking_number": "1", "fields": ["recipient_name"]},
            TOKEN,
            BODY,
            400,
            "sharing.request",
        ),
        ({"purpose": PURPOSE, "tracking_number": "1" * 20_000}, TOKEN, BODY, 413, "sharing.too-large"),
    ],
)
def test_a_refused_request_says_why_and_is_no_reading(
    city: Installation, base: str, question: dict[str, Any], token: str, body: str, status: int, code: str
) -> None:
    before = reads(city)
    answer = read(base, token, body, **question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["reason"]
    assert reads(city) == before


def test_personal_fields_leave_only_where_the_agreement_lists_them_and_the_rate_is_bounded(
    city: Installation, base: str, viewed: Admission
) -> None:
    ask = {"purpose": "audit", "tracking_number": viewed.entry.tracking_number}
    answer = read(base, OTHER_TOKEN, "ministry", **ask)
    [own] = answer.json()["notices"]
    assert list(own) == PERSONAL
    assert own["recipient_name"] == viewed.recipient_name
    again = read(base, OTHER_TOKEN, "ministry", **ask)
    assert (again.status_code, again.json()["code"], again.headers["Retry-After"]) == (429, "sharing.too-many", "30")
    assert read(base, purpose=PURPOSE, tracking_number="1").status_code == 200, "each body has a limit of its own"


def test_an_agreement_holds_from_one_day_to_another(city: Installation) -> None:
    service = sharing_service(city)
    assert isinstance(service, SharingService)
    today, day = city.clock().date(), timedelta(days=1)
    agreement = service.clients[BODY].agreement
    held = [
        replace(agreement, begins=begins, ends=ends).holds_at(city.clock())
        for begins, ends in ((today - 2 * day, None), (today - 2 * day, today + 2 * day), (today + 2 * day, None))
    ]
    assert held == [True, True, False]
    ended = replace(agreement, ends=today - 2 * day)
    with pytest.raises(GatewayError, match=r"sharing\.not-in-force"):
        ended.assert_allows(PURPOSE, city.clock())
    assert "fields kind, tracking_number, state" in check_sharing(city, city.settings.sharing[0])


def test_readings_stand_in_the_audit_of_accesses_and_in_status(
    city: Installation, folder: Path, base: str, viewed: Admission
) -> None:
    read(base, purpose=PURPOSE, tracking_number=viewed.entry.tracking_number)
    auditor = visitor(pages_of(city), Role.AUDITOR)
    page = auditor.page("/audit/acts?act=access")
    assert BODY in page
    assert PURPOSE in page
    done = CliRunner().invoke(app, ["status", "-c", str(folder / "gateway.toml"), "--json"])
    told = json.loads(done.stdout.splitlines()[-1])["sharing"]
    assert told[BODY] >= 1
    assert set(told) == {BODY, "ministry"}
    headers = [Header.of(row.header) for row in city.store().evidence.of_notice(viewed.entry.reference)]
    assert "sharing.read" in {header.context.get("act") for header in headers}
    assert not any(viewed.case_number in row.decode() for row in shared_headers(city))


def shared_headers(city: Installation) -> list[bytes]:
    with closing(sqlite3.connect(city.base / "gateway.db")) as store:
        return [row for (row,) in store.execute("SELECT header FROM evidence WHERE id LIKE 'act:sharing.read:%'")]


def test_the_ledger_of_the_other_body_agrees_with_our_evidence(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "city"))
    with closing(sqlite3.connect(copy / "gateway.db")) as store:
        store.execute("DELETE FROM message_notice WHERE evidence_id LIKE 'act:sharing.read:%'")
        store.execute("DELETE FROM evidence WHERE id LIKE 'act:sharing.read:%'")
        store.commit()
    sharing_cases.prepare(copy)
    text = (copy / "gateway.toml").read_text(encoding="utf-8")
    (copy / "gateway.toml").write_text(text.replace(AGREEMENTS, sharing_cases.section()), encoding="utf-8")
    with closing(Installation.of(copy / "gateway.toml")) as installation:
        server = WebServer("127.0.0.1:0", LISTENERS[PUSH].limits)
        server.service = push_router(installation, server.url, PushTally())
        server.start()
        try:
            figures = sharing_cases.ask(copy, server.url)
        finally:
            server.close()
    assert figures["refused"] == 0
    assert figures["notices"] > 0
    files = {name: copy / f"{name}.db" for name in ("gateway", "other_body")}
    with ledgers(files) as connection:
        told = list(compared(connection, "other_body", SHARING_COMPARISONS))
    assert all(each.counted for each in told), told
    assert [each.differences for each in told if each.differing] == []
    with closing(sqlite3.connect(copy / "other_body.db")) as ledger:
        ledger.execute(
            "UPDATE told SET value = 'REJECTED' WHERE name = 'state' AND read = (SELECT min(read) FROM told)"
        )
        ledger.execute("INSERT INTO told SELECT max(read), 1, 'recipient_name', 'x' FROM told")
        ledger.execute("UPDATE reads SET notices = 7 WHERE question IN (SELECT id FROM questions WHERE NOT is_real)")
        ledger.execute("DELETE FROM reads WHERE id = 1")
        ledger.commit()
    with ledgers(files) as connection:
        told = list(compared(connection, "other_body", SHARING_COMPARISONS))
    assert all(each.differing for each in told), told


BOUNDED = settings(
    deadline=None,
    max_examples=20,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = schemathesis.openapi.from_dict(json.loads((SHARING / "openapi.json").read_bytes()))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_of_the_published_contract(base: str, mode: GenerationMode) -> None:
    operation = DOCUMENT.find_operation_by_id("readState")

    @BOUNDED
    @given(case=operation.as_strategy(mode, path_parameters={"body": BODY}))
    def asked(case: schemathesis.Case) -> None:
        answer = case.call(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"})
        case.validate_response(answer, checks=CHECKS)

    asked()


def test_the_contract_is_served_and_another_path_is_not(base: str) -> None:
    assert requests.get(f"{base}/sharing/openapi.json", timeout=60).content == (SHARING / "openapi.json").read_bytes()
    assert requests.get(f"{base}/sharing/{BODY}/reads", timeout=60).status_code == 405
    assert requests.get(f"{base}/sharing/{BODY}/papers", timeout=60).status_code == 404
