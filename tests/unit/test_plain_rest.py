"""Plain REST: requests made of a document, answers by their status, and what a refused token leads to."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.composition.judiciary import ended_codes
from adapters.contracts.json_schema import either, tree_of_schema
from adapters.contracts.openapi_30 import as_json_schema
from adapters.contracts.rest_document import RestDocument
from adapters.crypto.message.username_token import Credentials
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical
from adapters.http.client import HttpAnswer
from adapters.judiciary.answer_judge import ConnectionAnswers
from adapters.judiciary.call_context import CallContext, call_about
from adapters.judiciary.channel import Unsent
from adapters.judiciary.mapped.content_echo import ContentEcho
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.message_courier import CourierSettings, MessageCourier
from adapters.judiciary.plain_rest.http_message import RestRequest, RestResponse, read_request, written_request
from adapters.judiciary.plain_rest.oauth2 import OAuth2Login
from adapters.judiciary.plain_rest.plain_contract import plain_rest_contract
from adapters.judiciary.plain_rest.plain_rest_wire import PlainRestWire
from adapters.judiciary.session.login import LoginCall
from adapters.judiciary.session.token_session import Session, bearer
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import ROOT
from gateway.judiciary.courier import (
    Accepted,
    CallFailed,
    Message,
    NoAccount,
    NotKnown,
    Operation,
    Rejected,
    SealSlice,
    Unknown,
)
from gateway.judiciary.session_token import SessionToken
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.schema import Group
from gateway.mapping.model.values import Type
from gateway.notice.envelope import Frame
from gateway.notice.notice import Document
from gateway.runtime.clock import steady_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.trust_policy import Rejection
from tests.integration.sandbox.municipality import notice

RAVAN = ROOT / "examples" / "rest_oauth2" / "profile"
ENDPOINT = "https://ravan.invalid"
REFERENCE = "EB-" + "A" * 32
NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
SECRET, TOKEN = b"s3cret/+", "opaque-token-1"


@cache
def bound(folder: Path = RAVAN) -> tuple[JudiciaryProfile, MappedContract[Any]]:
    profile = load_profile(str(folder), Path())
    return profile, plain_rest_contract(profile, {"organisation": "QOM-30417"})


def changed(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    folder = tmp_path / "profile"
    shutil.copytree(RAVAN, folder, dirs_exist_ok=True)
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


@dataclass
class FakeChannel:
    """The service: answers in turn, and what was asked."""

    answers: list[HttpAnswer]
    asked: list[tuple[str, str, bytes, Mapping[str, str]]] = field(default_factory=list)
    endpoint: str = ENDPOINT

    def ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        self.asked.append((method, target, body, headers))
        return self.answers.pop(0)

    def send(self, wire: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        return self.ask("POST", "", wire, headers)

    def assert_ready(self, now: datetime) -> None: ...


def answer(status: int, said: object = None, **headers: str) -> HttpAnswer:
    kind = "application/json" if status < 300 else "application/problem+json"
    named = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = b"" if said is None else json.dumps(said).encode()
    return HttpAnswer(status=status, media_type=kind, body=body, headers=named)


def problem(status: int, code: str) -> HttpAnswer:
    said = {"type": "https://ravan.invalid/x", "title": "x", "status": status, "detail": "متن", "code": code}
    return answer(status, said)


class FakeTokens:
    """Tokens 1, 2 and so on; each is used until it is refused."""

    def __init__(self) -> None:
        self.number = 1

    def current(self) -> SessionToken:
        return SessionToken(id=str(self.number), value=str(self.number), usable_until=NOW)

    def refused(self, token: SessionToken) -> None:
        assert token.value == str(self.number)
        self.number += 1


def wire_to(*answers: HttpAnswer, profile: Path = RAVAN) -> tuple[PlainRestWire, FakeChannel]:
    _, contract = bound(profile)
    channel = FakeChannel(list(answers))
    form: Any = contract.form
    made = PlainRestWire(endpoint=ENDPOINT, channel=channel, form=form)  # type: ignore[arg-type]
    return made, channel


def courier_to(*answers: HttpAnswer, profile: Path = RAVAN) -> tuple[MessageCourier[Any], FakeChannel]:
    """Return a courier in a session whose tokens are numbers."""
    reported, contract = bound(profile)
    wire, channel = wire_to(*answers, profile=profile)
    timekeeper = Timekeeper(lambda: NOW, steady_clock, timedelta(minutes=1))
    ended = ended_codes(reported)
    courier = MessageCourier(
        CourierSettings(destination="ravan", endpoint=ENDPOINT, codes=reported.codes, ended=ended),
        wire,
        contract,
        ConnectionAnswers(wire=wire, timekeeper=timekeeper),
        clock=lambda: NOW,
        timekeeper=timekeeper,
        session=Session(tokens=FakeTokens(), ended=ended, headers=bearer),
    )
    return courier, channel


def read(made: PlainRestWire, got: HttpAnswer, operation: str = "SubmitNotices") -> Any:
    return made.read(made._written(got, operation).body)


def outcome_of(got: HttpAnswer) -> object:
    made, _ = wire_to()
    _, contract = bound()
    content = read(made, got)
    contract.assert_answers("SubmitNotices", content)
    fault = contract.fault("SubmitNotices", content)
    return fault.code if fault is not None else contract.outcomes(content, contract_call())[REFERENCE]


def contract_call() -> CallContext:
    return call_about(NOW, [REFERENCE])


def test_what_is_sent_is_what_evidence_stores_and_holds_no_secret() -> None:
    made, channel = wire_to(answer(200, []))
    _, contract = bound()
    call = contract_call()
    signed = made.sign("InquireStatus", call.id, contract.inquiry([REFERENCE], call), NOW)
    assert (
        signed.wire
        == (
            f"GET {ENDPOINT}/v2/organisations/QOM-30417/letters?reference={REFERENCE} HTTP/1.1\r\n"
            f"X-Request-Id: {call.uuid}\r\n\r\n"
        ).encode()
    )
    assert signed.frame.fill(lambda _: b"") == signed.wire
    made.send(signed.wire, "InquireStatus", bearer("1"))
    [(method, target, body, headers)] = channel.asked
    assert (method, body) == ("GET", b"")
    assert target == f"/v2/organisations/QOM-30417/letters?reference={REFERENCE}"
    assert headers["Authorization"] == "Bearer 1"
    assert b"Bearer" not in signed.wire


@pytest.mark.parametrize("body", [b"", b'{"a":"\r\n\r\n"}'])
def test_a_request_is_read_as_it_was_written(body: bytes) -> None:
    made = RestRequest(method="PUT", target="/a%2Fb?c=d", headers={"X-A": "b: c"}, body=body)
    assert read_request(written_request(made, ENDPOINT), ENDPOINT) == made
    with pytest.raises(ValueError, match="another endpoint"):
        read_request(written_request(made, "https://other.invalid"), ENDPOINT)
    with pytest.raises(Rejection):
        written_request(replace(made, headers={"X-A": "b\r\nX-B: c"}), ENDPOINT)


@pytest.mark.parametrize(
    ("got", "outcome"),
    [
        (answer(202, {"number": "RV0000000001", "status": "received", "receivedAt": "2026-02-03T12:00:00+03:30"}),
         Accepted(tracking_number="RV0000000001")),
        (problem(422, "recipient-deceased"), Rejected(code="recipient-deceased", text="متن")),
        (problem(422, "quota-review"), Rejected(code="quota-review", text="متن")),
        (problem(422, "no-account"), NoAccount()),
        (problem(409, "reference-conflict"),
         Unknown(code="courier.incomplete-answer", detail="status UNKNOWN; the service says reference-conflict: متن")),
        (problem(502, "new-word"),
         Unknown(code="courier.incomplete-answer", detail="status UNKNOWN; the service says new-word: متن")),
        (problem(429, "busy"), "busy"),
        (problem(403, "organisation"), "organisation"),
    ],
)  # fmt: skip
def test_the_status_and_the_code_say_what_became_of_a_letter(got: HttpAnswer, outcome: object) -> None:
    assert outcome_of(got) == outcome


@pytest.mark.parametrize(
    ("listed", "standing"),
    [([], NotKnown()), ([1], Accepted(tracking_number="RV0000000001")),
     ([1, 2], Unknown(code="courier.incomplete-answer", detail="status UNKNOWN"))],
)  # fmt: skip
def test_a_list_at_the_top_says_where_a_letter_stands(listed: list[int], standing: object) -> None:
    made, _ = wire_to()
    _, contract = bound()
    letters = [
        {"reference": REFERENCE, "number": f"RV000000000{n}", "status": "under-review", "sha256": "0" * 64}
        for n in listed
    ]
    content = read(made, answer(200, letters), "InquireStatus")
    contract.assert_answers("InquireStatus", content)
    assert contract.standings(content, contract_call())[REFERENCE] == standing


def test_a_page_of_something_in_between_is_no_answer() -> None:
    made, _ = wire_to()
    _, contract = bound()
    page = HttpAnswer(status=502, media_type="text/html", body=b"<html>", headers={"Content-Type": "text/html"})
    with pytest.raises(GatewayError) as refusal:
        contract.assert_answers("SubmitNotices", read(made, page))
    assert (refusal.value.code, refusal.value.detail) == ("courier.http-status", "502 text/html")


def test_an_answer_of_another_call_is_not_believed() -> None:
    made, _ = wire_to()
    echo, call = ContentEcho(made.form, ("header", "x-request-id")), contract_call()
    echo.check(read(made, answer(200, [], X_Request_Id=call.uuid), "InquireStatus"), call.id)
    for other in (answer(200, [], X_Request_Id="another"), answer(200, [])):
        with pytest.raises(Rejection):
            echo.check(read(made, other, "InquireStatus"), call.id)


def message(operation: Operation) -> Message:
    """Return a message that was made before."""
    target = f"/v2/organisations/QOM-30417/letters/{REFERENCE}"
    wire = written_request(RestRequest(method="PUT", target=target, body=b"{}"), ENDPOINT)
    return Message(
        id=contract_call().id,
        operation=operation,
        references=(REFERENCE,),
        created_at=NOW,
        wire=wire,
        frame=Frame(pieces=(wire,), seals=()),
        signed=False,
    )


@pytest.mark.parametrize(
    ("operation", "changes", "attempts"),
    [
        ("InquireStatus", [], 2),
        ("SubmitNotices", [], 2),
        # The profile does not say that nothing was acted on: the notice is in doubt, as after any other fault.
        ("SubmitNotices", [('not_acted_on = ["busy", "closed", "internal", "token", ', "not_acted_on = [")], 1),
        ("SubmitNotices", [("replay_check_first = true", "replay_check_first = false")], 1),
    ],
)  # fmt: skip
def test_a_refused_token_is_renewed_once(
    tmp_path: Path, operation: str, changes: list[tuple[str, str]], attempts: int
) -> None:
    refused = problem(401, "token")
    made, channel = courier_to(refused, refused, refused, profile=changed(tmp_path, "profile.toml", *changes))
    sent = message(Operation(operation))
    made.submit(sent) if sent.operation is Operation.SUBMIT else made.inquire(sent)
    assert [headers["Authorization"] for *_, headers in channel.asked] == ["Bearer 1", "Bearer 2"][:attempts]


def test_a_status_has_a_meaning_by_itself_where_the_profile_gives_it_one(tmp_path: Path) -> None:
    table = '[codes.http]\n503 = ["busy", "not_acted_on"]\n404 = "answer"\n\n[codes.container]'
    profile, contract = bound(changed(tmp_path, "profile.toml", ("[codes.container]", table)))
    made, _ = wire_to()
    page = HttpAnswer(status=503, media_type="text/html", body=b"<html>", headers={"Content-Type": "text/html"})
    content = read(made, page)
    contract.assert_answers("SubmitNotices", content)
    fault = contract.fault("SubmitNotices", content)
    assert fault is not None
    assert fault.code == "http.503"
    assert fault.code in profile.codes.busy & profile.codes.not_acted_on
    assert contract.fault("FetchReceipts", read(made, answer(404))) is not None


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "found"),
    [
        ("submit.toml", 'target = "header.Idempotency-Key"', 'target = "header.Idempotency-Kee"',
         "mapping.target-unknown", "Idempotency-Key"),
        ("inquiry.toml", 'target = "query.reference"', 'target = "query.referense"',
         "mapping.target-unknown", "reference"),
        ("outcome.toml", 'from = "body.number"', 'from = "body.nummer"', "mapping.source-unknown", "number"),
    ],
)  # fmt: skip
def test_a_name_that_the_document_does_not_have_is_a_mistake(
    tmp_path: Path, file: str, old: str, new: str, code: str, found: str
) -> None:
    with pytest.raises(MappingMistaken) as mistaken:
        bound(changed(tmp_path, file, (old, new)))
    first = mistaken.value.mistakes[0]
    assert first.code == code
    assert found in first.found


def test_schemas_of_openapi_3_0_are_read_as_those_of_3_1() -> None:
    old = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "nullable": True, "enum": ["x"], "example": "x"},
            "b": {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
            "c": {"$ref": "#/x", "description": "nothing beside a reference counts"},
            "nullable": {"type": "boolean"},
        },
    }
    made = as_json_schema(old)["properties"]
    assert made["a"]["type"] == ["string", "null"]
    assert made["a"]["enum"] == ["x", None]
    assert (made["b"]["exclusiveMinimum"], made["b"].get("minimum"), made["b"]["maximum"]) == (1, None, 9)
    assert made["c"] == {"$ref": "#/x"}
    assert made["nullable"] == {"type": "boolean"}


def test_two_bodies_of_one_place_are_read_as_either() -> None:
    document = RestDocument(RAVAN / "openapi.json")
    call = document.operation("sendLetter")
    good, bad = (next(iter(call.answers[status].bodies.values())) for status in ("202", "422"))
    assert good is not None
    assert bad is not None
    both = either([tree_of_schema(document.folder, good), tree_of_schema(document.folder, bad)])
    assert isinstance(both, Group)
    assert not both.members["number"].required
    status = both.members["status"]
    assert not isinstance(status, Group)
    assert status.type is Type.ANY


def session(*answers: HttpAnswer) -> tuple[OAuth2Login, FakeChannel]:
    channel = FakeChannel(list(answers), endpoint=f"{ENDPOINT}/oauth/token")
    client = Credentials(username="qom:1", password=SECRET)
    to_server: Any = channel
    return OAuth2Login(to_server, client, {"scope": "a b", "resource": "urn:x"}, lambda: NOW), channel


def token(text: str = TOKEN, life: int = 300) -> HttpAnswer:
    return answer(200, {"access_token": text, "token_type": "Bearer", "expires_in": life})


def test_a_token_is_asked_for_by_the_client_and_kept_until_shortly_before_its_end() -> None:
    made, channel = session(token())
    got = made.log_in()
    assert (got.value, got.usable_until) == (TOKEN, NOW + timedelta(seconds=270))
    [(_, _, form, headers)] = channel.asked
    assert form == b"grant_type=client_credentials&scope=a+b&resource=urn%3Ax"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"qom%3A1:s3cret%2F%2B"
    assert TOKEN not in repr(got)


@pytest.mark.parametrize(
    ("got", "code", "detail"),
    [
        (answer(401, {"error": "invalid_client", "error_description": "s3cret/+"}),
         "courier.credentials", "invalid_client"),
        (answer(400, {"error": "invalid_target"}), "courier.credentials", "invalid_target"),
        (answer(500, {"error": "server_error"}), "courier.token", "HTTP 500"),
        (answer(200, {"access_token": "x y", "token_type": "Bearer"}), "courier.token", "HTTP 200"),
        (answer(200, {"access_token": "xyz", "token_type": "mac"}),
         "courier.token", "no bearer token with a life in seconds"),
        (answer(502), "courier.token", "HTTP 502"),
    ],
)  # fmt: skip
def test_without_a_token_nothing_is_sent_and_no_secret_is_told(got: HttpAnswer, code: str, detail: str) -> None:
    made, _ = session(got)
    with pytest.raises(Unsent) as refusal:
        made.log_in()
    assert (refusal.value.code, refusal.value.detail) == (code, detail)
    assert isinstance(refusal.value, CallFailed)
    assert "s3cret" not in repr(refusal.value)
    assert "s3cret" not in repr(made)


def test_an_answer_without_a_code_is_good_after_2xx_alone() -> None:
    _, contract = bound()
    assert (
        contract.fault("FetchReceipts", RestResponse(status=200, headers={}, body={"receipts": [], "next": "x"}))
        is None
    )
    fault = contract.fault("FetchReceipts", RestResponse(status=500, headers={}, body=None))
    assert fault is not None
    assert fault.code == "http.500"


DOCUMENTS = """
[[repeat]]
target = "body.attachments"
expression = "notices[0].documents[1:]"
[[repeat.field]]
target = "mediaType"
from = "media_type"
required = true
[[repeat.field]]
target = "title"
from = "title"
[[repeat.field]]
target = "sha256"
from = "octets"
do = [{ name = "digest", form = "hex" }]
required = true
[[repeat.field]]
target = "content"
from = "octets"
do = ["base64-encode"]
required = true
"""


def test_several_documents_go_into_one_body_in_order(tmp_path: Path) -> None:
    folder = changed(tmp_path, "profile.toml", ("[limits]", "[limits]\ndocuments = 3"))
    told = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    schemas = told["components"]["schemas"]
    digest = {"$ref": "#/components/schemas/Digest"}
    named = {
        "mediaType": {"type": "string"},
        "title": {"type": "string"},
        "sha256": digest,
        "content": {"type": "string"},
    }
    listed = {
        "type": "object",
        "additionalProperties": False,
        "required": ["content", "mediaType"],
        "properties": named,
    }
    schemas["Letter"]["properties"]["attachments"] = {"type": "array", "maxItems": 2, "items": listed}
    (folder / "openapi.json").write_text(json.dumps(told), encoding="utf-8")
    with (folder / "submit.toml").open("a", encoding="utf-8") as mapping:
        mapping.write(DOCUMENTS)
    one = notice("9990000001", 1)
    picture, report = b"\x89PNG map", b"%PDF-1.7 report"
    more = (
        Document(name="map.png", media_type="image/png", octets=picture, title="نقشه"),
        Document(name="report.pdf", media_type="application/pdf", octets=report),
    )
    octets = canonical(notice_element(replace(one, attachments=more)))
    _, contract = bound(folder)
    seal = SealSlice(reference=one.reference, octets=octets, digest="")
    body = contract.submission([seal], call_about(NOW, [one.reference])).content.body
    found = [
        (base64.b64decode(each["content"]), each["mediaType"], each.get("title"))
        for each in json.loads(body)["attachments"]
    ]
    assert found == [(picture, "image/png", "نقشه"), (report, "application/pdf", None)]
    assert base64.b64decode(json.loads(body)["paper"]["content"]) == one.document.octets


LOGIN = '[operations.login]\nname = "beginSession"\nrequest = "login.toml"\nanswer = "session.toml"\n'
LOGIN_PATH = {
    "post": {
        "operationId": "beginSession",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["user", "word"],
                        "properties": {"user": {"type": "string"}, "word": {"type": "string"}},
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "a session",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["token", "seconds"],
                            "properties": {"token": {"type": "string"}, "seconds": {"type": "integer"}},
                        }
                    }
                },
            }
        },
    }
}


def with_login(tmp_path: Path) -> Path:
    """Return the profile of the same service with a login in the place of OAuth2."""
    session = (
        'kind = "oauth2"\nscope = "letters:write letters:read receipts:read"\n'
        'fields = { resource = "urn:ravan:letters:2" }\n'
    )
    folder = changed(
        tmp_path,
        "profile.toml",
        (session, 'kind = "login"\nended = ["token"]\nheader = "Authorization"\nscheme = "Bearer"\n'),
        ('credentials = ["token", ', "credentials = ["),
        ("[receipt]", f"{LOGIN}\n[receipt]"),
        ('relation = "echo"', 'relation = "connection"'),
        ('echo = "header.x-request-id"', ""),
    )
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    document["paths"]["/v2/session"] = LOGIN_PATH
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    for name, kind, fields in (
        ("login", "login-to-message", (("body.user", "username"), ("body.word", "password"))),
        ("session", "answer-to-session", (("token", "body.token"), ("lifetime_seconds", "body.seconds"))),
    ):
        head = f'[mapping]\nlanguage = 1\nname = "ravan-{name}"\nkind = "{kind}"\n'
        made = [f'\n[[field]]\ntarget = "{target}"\nfrom = "{source}"\nrequired = true\n' for target, source in fields]
        (folder / f"{name}.toml").write_text(head + "".join(made), encoding="utf-8")
    return folder


def test_a_login_of_plain_rest_gives_a_token_for_a_header_and_its_code_renews_it(tmp_path: Path) -> None:
    folder = with_login(tmp_path)
    begun = answer(200, {"token": TOKEN, "seconds": 600})
    letters = answer(200, [])
    courier, channel = courier_to(begun, problem(401, "token"), letters, profile=folder)
    reported, contract = bound(folder)
    inside: Any = courier
    login: LoginCall[Any] = LoginCall(
        wire=inside._wire,
        contract=contract,
        transmission=inside._transmission,
        user=Credentials(username="qom", password=SECRET),
        clock=lambda: NOW,
        in_header=True,
    )
    made = login.log_in()
    assert (made.value, made.ends_at) == (TOKEN, NOW + timedelta(seconds=600))
    [(method, target, body, _)] = channel.asked
    assert (method, target, json.loads(body)) == ("POST", "/v2/session", {"user": "qom", "word": SECRET.decode()})

    assert "lost.session" in reported.losses
    inquiry = courier.prepare_inquiry([REFERENCE], NOW)
    assert courier.inquire(inquiry).by_reference == {REFERENCE: NotKnown()}
    assert [headers["Authorization"] for *_, headers in channel.asked[1:]] == ["Bearer 1", "Bearer 2"]
