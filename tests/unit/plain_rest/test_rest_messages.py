"""Plain REST: requests made of a document, answers by their status, and names that a document does not have."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical
from adapters.http.client import HttpAnswer
from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.content_echo import ContentEcho
from adapters.judiciary.plain_rest.http_message import RestRequest, RestResponse, read_request, written_request
from adapters.judiciary.session.token_session import bearer
from gateway.judiciary.courier import (
    Accepted,
    NoAccount,
    NotKnown,
    Operation,
    Rejected,
    SealSlice,
    Unknown,
    Unread,
)
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.record.masking import MASK, Secrets
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.trust.trust_policy import Rejection
from tests.integration.sandbox.municipality import notice

from .rest_example import (
    ENDPOINT,
    NOW,
    REFERENCE,
    answer,
    bound,
    changed,
    contract_call,
    courier_to,
    message,
    problem,
    read,
    wire_to,
)


def outcome_of(got: HttpAnswer) -> object:
    made, _ = wire_to()
    _, contract = bound()
    content = read(made, got)
    contract.assert_answers("SubmitNotices", content)
    fault = contract.fault("SubmitNotices", content)
    return fault.code if fault is not None else contract.outcomes(content, contract_call())[REFERENCE]


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


def described(tmp_path: Path, responses: dict[str, object], *changes: tuple[str, str]) -> Path:
    """Return the profile with other responses of the operation that submits, and of the one that inquires."""
    folder = changed(tmp_path, "profile.toml", ('relation = "echo"', 'relation = "connection"'),
                     ('echo = "header.x-request-id"', ""), *changes)  # fmt: skip
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    for path, method in (("letters/{letter}", "put"), ("letters", "get")):
        document["paths"][f"/v2/organisations/{{org}}/{path}"][method]["responses"].update(responses)
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def octets(status: int, media_type: str, body: bytes) -> HttpAnswer:
    headers = {"Content-Type": media_type} if media_type else {}
    return HttpAnswer(status=status, media_type=media_type, body=body, headers=headers)


BARE: dict[str, object] = {"description": "no such letter"}
PLAIN = {"description": "no", "content": {"text/plain": {}, "text/html": {}}}
ANY = {"description": "no", "content": {"*/*": {"schema": {"type": "object", "required": ["code"]}}}}


@pytest.mark.parametrize(
    ("responses", "got", "is_answer"),
    [
        ({"404": BARE}, octets(404, "text/html", b"<html>"), False),
        ({"default": BARE}, octets(502, "text/html", b"<html>"), False),
        ({"default": BARE}, octets(418, "", b"too large"), False),
        ({"404": BARE}, octets(404, "application/json", b'{"message":"no Route matched"}'), False),
        ({"404": BARE}, octets(404, "application/json", b"null"), False),
        ({"404": BARE}, octets(404, "", b""), True),
        ({"404": PLAIN}, octets(404, "text/html", b"<html>"), False),
        ({"404": PLAIN}, octets(404, "text/plain", b"no such letter"), True),
        ({"404": ANY}, octets(404, "text/html", b"<html>"), False),
        ({"404": ANY}, octets(404, "application/problem+json", b'{"code":"x"}'), True),
    ],
)  # fmt: skip
def test_a_status_that_is_described_without_json_counts_without_another_body(
    tmp_path: Path, responses: dict[str, object], got: HttpAnswer, is_answer: bool
) -> None:
    folder = described(tmp_path, responses)
    made, _ = wire_to(profile=folder)
    _, contract = bound(folder)
    content = read(made, got)
    if is_answer:
        contract.assert_answers("SubmitNotices", content)
        return
    with pytest.raises(GatewayError) as refusal:
        contract.assert_answers("SubmitNotices", content)
    assert refusal.value.code == "courier.http-status"


def test_a_range_of_media_types_is_judged_by_its_schema(tmp_path: Path) -> None:
    folder = described(tmp_path, {"404": ANY})
    made, _ = wire_to(profile=folder)
    _, contract = bound(folder)
    with pytest.raises(Rejection) as refusal:
        contract.assert_answers("SubmitNotices", read(made, octets(404, "application/json", b"{}")))
    assert refusal.value.code == "verify.schema"


def by_status(folder: Path, file: str, status: int, word: str) -> None:
    """Let the mapping of an answer decide by the HTTP status."""
    rule = f'[[repeat.field]]\ntarget = "status"\nvalue = "{word}"\nwhen = {{ from = "$answer.status", is = {status} }}'
    text = (folder / file).read_text(encoding="utf-8")
    first = text.index("[[repeat.field]]")
    (folder / file).write_text(f"{text[:first]}{rule}\n\n{text[first:]}", encoding="utf-8")


def test_a_page_of_a_proxy_neither_rejects_a_notice_nor_proves_its_absence(tmp_path: Path) -> None:
    folder = described(tmp_path, {"403": BARE, "404": BARE})
    by_status(folder, "outcome.toml", 403, "REJECTED")
    by_status(folder, "standing.toml", 404, "NOT_KNOWN")
    doubt = {REFERENCE: Unknown(code="courier.http-status")}
    courier, _ = courier_to(octets(403, "text/html", b"<html>"), profile=folder)
    assert courier.submit(message(Operation.SUBMIT)).by_reference == doubt
    courier, _ = courier_to(octets(404, "text/html", b"<html>"), profile=folder)
    assert courier.inquire(message(Operation.INQUIRE_STATUS)).by_reference == doubt
    courier, _ = courier_to(octets(404, "", b""), profile=folder)
    assert courier.inquire(message(Operation.INQUIRE_STATUS)).by_reference == {REFERENCE: NotKnown()}


@pytest.mark.parametrize(
    ("got", "is_answer"),
    [
        (octets(418, "text/html", b"<html>"), False),
        (octets(418, "", b"x"), False),
        (octets(418, "", b""), True),
        (octets(418, "application/json", b"{}"), True),
        (octets(422, "text/html", b"<html>"), False),
    ],
)
def test_a_status_that_the_profile_has_read_needs_json_or_no_body(
    tmp_path: Path, got: HttpAnswer, is_answer: bool
) -> None:
    table = '[codes.http]\n418 = "answer"\n422 = "answer"\n\n[codes.container]'
    folder = described(tmp_path, {}, ("[codes.container]", table))
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    del document["paths"]["/v2/organisations/{org}/letters/{letter}"]["put"]["responses"]["default"]
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    made, _ = wire_to(profile=folder)
    _, contract = bound(folder)
    content = read(made, got)
    if is_answer:
        contract.assert_answers("SubmitNotices", content)
        return
    with pytest.raises(GatewayError) as refusal:
        contract.assert_answers("SubmitNotices", content)
    assert refusal.value.code == "courier.http-status"


def test_an_answer_of_another_call_is_not_believed() -> None:
    made, _ = wire_to()
    echo, call = ContentEcho(made.form, ("header", "x-request-id")), contract_call()
    echo.check(read(made, answer(200, [], X_Request_Id=call.uuid), "InquireStatus"), call.id)
    for other in (answer(200, [], X_Request_Id="another"), answer(200, [])):
        with pytest.raises(Rejection):
            echo.check(read(made, other, "InquireStatus"), call.id)


def test_what_is_given_up_without_an_echo_is_told(tmp_path: Path) -> None:
    assert "lost.relation" not in bound()[0].losses
    assert "lost.relation" in bound(described(tmp_path, {}))[0].losses


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
    assert found in first.found.en


def test_an_answer_without_a_code_is_good_after_2xx_alone() -> None:
    _, contract = bound()
    assert (
        contract.fault("FetchReceipts", RestResponse(status=200, headers={}, body={"receipts": [], "next": "x"}))
        is None
    )
    fault = contract.fault("FetchReceipts", RestResponse(status=500, headers={}, body=None))
    assert fault is not None
    assert fault.code == "http.500"


SECRET = "opaque-token-1"


@pytest.mark.parametrize(
    ("status", "code"), [(422, "quota-review"), (409, "reference-conflict"), (403, "organisation")]
)
def test_a_secret_in_the_words_of_an_answer_is_told_to_nobody(status: int, code: str) -> None:
    said = {"type": "x", "title": "x", "status": status, "detail": f"of {SECRET}", "code": code}
    courier, _ = courier_to(answer(status, said), secrets=Secrets([SECRET.encode()]))
    told = courier.submit(message(Operation.SUBMIT))
    assert SECRET not in repr(told) + str(told.raw)
    assert f"of {MASK}" in repr(told)


def test_a_secret_in_a_page_that_cannot_be_read_is_told_to_nobody(tmp_path: Path) -> None:
    table = '[tables.t]\nunknown = "refuse"\n[tables.t.entries]\na = "a"\n\n'
    lookup = 'from = "body.next"\ndo = [{ name = "lookup", table = "t" }]'
    changed(
        tmp_path,
        "profile.toml",
        ('text = "problem.detail"', 'text = "body.next"'),
        ('relation = "echo"', 'relation = "connection"'),
        ('echo = "header.x-request-id"', ""),
    )
    page = tmp_path / "profile" / "page.toml"
    read_so = (
        page.read_text(encoding="utf-8")
        .replace("[[repeat]]", f"{table}[[repeat]]")
        .replace('from = "body.next"', lookup)
    )
    page.write_text(read_so, encoding="utf-8")
    courier, _ = courier_to(
        answer(200, {"receipts": [], "next": SECRET}), profile=page.parent, secrets=Secrets([SECRET.encode()])
    )
    with pytest.raises(Unread) as refusal:
        courier.fetch_receipts("", 10)
    assert MASK in refusal.value.detail
    assert SECRET not in repr(refusal.value) + str(vars(refusal.value))


def test_a_cookie_is_in_no_stored_answer(tmp_path: Path) -> None:
    folder = changed(tmp_path, "profile.toml")
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    found = document["paths"]["/v2/organisations/{org}/letters"]["get"]["responses"]["200"]
    found["headers"]["Set-Cookie"] = {"schema": {"type": "string"}}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    made, _ = wire_to(profile=folder)
    got = answer(200, [], Set_Cookie="SID=abc, OTHER=def", X_Request_Id="1")
    assert "set-cookie" not in read(made, got, "InquireStatus").headers
    assert read(made, got, "InquireStatus").headers["x-request-id"] == "1"


def test_a_value_that_no_header_can_carry_is_refused_with_its_notice(tmp_path: Path) -> None:
    """A later step would stop its whole batch."""
    folder = changed(tmp_path, "profile.toml")
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    letter = document["paths"]["/v2/organisations/{org}/letters/{letter}"]["put"]
    letter["parameters"].append({"name": "X-Case", "in": "header", "schema": {"type": "string"}})
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    with (folder / "submit.toml").open("a", encoding="utf-8") as mapping:
        mapping.write('\n[[field]]\ntarget = "header.X-Case"\nfrom = "notices[0].case_number"\n')
    one = replace(notice("9990000001", 1), case_number="پرونده ۱")
    seal = SealSlice(reference=one.reference, octets=canonical(notice_element(one)), digest="")
    _, contract = bound(folder)
    with pytest.raises(GatewayError) as refusal:
        contract.submission([seal], call_about(NOW, [one.reference]))
    assert (refusal.value.code, refusal.value.where) == ("mapped.message", "header.X-Case")
    assert refusal.value.scope is ErrorScope.ROW
