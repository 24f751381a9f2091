"""`profile init` writes a folder that binds up to its blanks; it tells what is not served, and overwrites nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from rich.cells import cell_len

from adapters.cli.versions.profile_check import findings_of, show_findings
from adapters.cli.versions.profile_init import init_profile
from adapters.judiciary.skeleton.mapping_draft import MappingDraft
from adapters.judiciary.skeleton.profile_skeleton import Skeleton, write_skeleton
from adapters.judiciary.skeleton.survey import Role
from adapters.judiciary.trial.file_bound import contract_of_files, stand_ins
from adapters.judiciary.trial.profile_trial import ProfileTrial
from adapters.judiciary.trial.sample_notice import sample_notice
from adapters.settings.profile import profile_in
from adapters.terminal.printing import console
from gateway.mapping.model.schema import Group, Leaf
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.toml_file import BLANK

EXAMPLES = Path(__file__).parents[2] / "examples"
CONTRACTS = {
    "soap_signed_bodies": (
        EXAMPLES / "soap_signed_bodies/contract/neda.wsdl", ("SendLetter", "FindLetter", "ListReceipts")),
    "soap_login_tickets": (
        EXAMPLES / "soap_login_tickets/contract/peyk.wsdl",
        ("SubmitLetter", "FindByReference", "ReceiptPage", "Login", "TicketStatus")),
    "soap_basic_status": (
        EXAMPLES / "soap_basic_status/contract/NoticeService.wsdl",
        ("RegisterNotice", "FindNotice", "GetNoticeStatus")),
    "rest_oauth2": (EXAMPLES / "rest_oauth2/contract/openapi.json", ("sendLetter", "findLetters", "nextReceipts")),
}  # fmt: skip


def made(folder: Path, contract: Path, named: dict[Role, str] | None = None) -> Skeleton:
    return write_skeleton(folder, contract, named or {}, is_openapi=contract.suffix != ".wsdl")


@pytest.mark.parametrize("name", list(CONTRACTS))
def test_a_folder_binds_up_to_its_blanks_each_with_file_line_and_key(name: str, tmp_path: Path) -> None:
    contract, operations = CONTRACTS[name]
    skeleton = made(tmp_path / "new", contract)
    assert tuple(skeleton.roles.by_role[role] for role in Role if role in skeleton.roles.by_role) == operations
    found = findings_of(tmp_path / "new")
    assert (found.mistaken, found.error) == ([], None)
    assert found.blanks
    for blank in found.blanks:
        assert BLANK in blank.file.read_text(encoding="utf-8").splitlines()[blank.line - 1], blank
    assert "lost.signature" in found.losses
    with pytest.raises(GatewayError) as refused:
        contract_of_files(profile_in(tmp_path / "new", "new"), stand_ins(tmp_path / "new"))
    assert refused.value.code in ("profile.blank", "mapping.blank")


def test_a_container_that_may_be_absent_is_there_only_in_answers_that_failed(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["soap_login_tickets"][0])
    container = profile_in(tmp_path / "new", "new", may_have_blanks=True).file.codes.container
    assert container is not None
    assert (container.code, container.text, container.only_if_failed) == ("Error.Code", "Error.Text", True)


def test_every_element_is_named_and_types_become_steps(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["soap_signed_bodies"][0])
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new").glob("*.toml")}
    for element in ("Letter.Kind", "Letter.IssueDay", "Letter.Recipient.Id", "Letter.Paper.Content"):
        assert f'target = "{element}"' in texts["submit.toml"]
    assert 'do = [{ name = "jalali-text", form = "yyyymmdd" }, "integer"]' in texts["submit.toml"]
    for word in ("ابلاغ شد", "رؤیت شد", "رد شد", "رؤیت نشد", "استنکاف"):
        assert f'"{word}" = "{BLANK}"' in texts["page.toml"]
    assert "Result.CallId: text" in texts["outcome.toml"]
    assert 'header = "header.toml"' in texts["profile.toml"]
    assert 'target = "OrganisationCode"' in texts["header.toml"]
    assert (tmp_path / "new/contract/types.xsd").read_bytes() == CONTRACTS["soap_signed_bodies"][0].with_name(
        "types.xsd"
    ).read_bytes()


def test_base64_is_a_step_where_the_form_has_no_octets(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["rest_oauth2"][0])
    text = (tmp_path / "new/submit.toml").read_text(encoding="utf-8")
    assert 'do = ["base64-encode"]' in text
    assert 'kind = "oauth2"' in (tmp_path / "new/profile.toml").read_text(encoding="utf-8")


def test_nothing_is_overwritten_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for folder, contract, code in (
        ("old", CONTRACTS["rest_oauth2"][0], "profile.exists"),
        ("new", tmp_path / "absent.wsdl", "profile.contract"),
        ("new", written(tmp_path / "c.yaml", "openapi: 3.0.3"), "profile.contract"),
        ("new", written(tmp_path / "d.wsdl", "<!DOCTYPE x><x/>"), "profile.contract"),
        ("new", written(tmp_path / "e.wsdl", wsdl(imports="https://example.invalid/a.xsd")), "profile.contract"),
        ("new", written(tmp_path / "f.wsdl", wsdl(imports="../a.xsd")), "profile.contract"),
    ):
        with pytest.raises(GatewayError) as refused:
            made(tmp_path / folder, contract)
        assert refused.value.code == code
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["old"]
    assert not list((tmp_path / "old").iterdir())


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def wsdl(
    *, imports: str = "", policy: str = "", style: str = "document", use: str = "literal", at: str = "http"
) -> str:
    imported = f'<xs:import namespace="urn:x" schemaLocation="{imports}"/>' if imports else ""
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:a="urn:a" xmlns:b="urn:b"
  targetNamespace="urn:a" name="Odd">{policy}
<types>
 <xs:schema targetNamespace="urn:a" elementFormDefault="qualified">{imported}<xs:import namespace="urn:b"/>
  <xs:element name="Give"><xs:complexType><xs:sequence><xs:element name="Letter" type="b:Letter"/>
    <xs:element name="Urgent" type="xs:boolean"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Given"><xs:complexType><xs:sequence><xs:element name="Code" type="xs:int"/>
    </xs:sequence></xs:complexType></xs:element>
 </xs:schema>
 <xs:schema targetNamespace="urn:b"><xs:complexType name="Letter"><xs:sequence>
   <xs:element name="Scan" type="xs:base64Binary"/></xs:sequence></xs:complexType></xs:schema>
</types>
<message name="In"><part name="p" element="a:Give"/></message>
<message name="Out"><part name="p" element="a:Given"/></message>
<portType name="P"><operation name="Give"><input message="a:In"/><output message="a:Out"/></operation></portType>
<binding name="B" type="a:P"><s:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="Give"><s:operation soapAction="urn:a#Give"/><input><s:body use="{use}"/></input>
 <output><s:body use="{use}"/></output></operation></binding>
<service name="S"><port name="P" binding="a:B"><s:address location="{at}://odd.invalid/"/></port></service>
</definitions>"""


POLICIES = {
    "unserved.mtom": "<p:Policy xmlns:p='urn:p'><p:OptimizedMimeSerialization/></p:Policy>",
    "unserved.encryption": "<p:Policy xmlns:p='urn:p'><p:EncryptedParts/></p:Policy>",
    "unserved.security": "<p:Policy xmlns:p='urn:p'><p:SamlToken/></p:Policy>",
}


def test_what_a_wsdl_demands_and_the_gateway_does_not_serve_is_told(tmp_path: Path) -> None:
    contract = written(tmp_path / "odd.wsdl", wsdl(policy="".join(POLICIES.values())))
    skeleton = made(tmp_path / "new", contract)
    assert {error.code for error in skeleton.unserved} == {*POLICIES, "unserved.http"}
    found = findings_of(tmp_path / "new")
    assert (found.mistaken, found.error is None or found.error.code == "courier.contract") == ([], True)
    assert sorted(path.name for path in (tmp_path / "new/contract").iterdir()) == [
        "messages.xsd", "odd.wsdl", "types-1.xsd", "types-2.xsd",
    ]  # fmt: skip
    text = (tmp_path / "new/submit.toml").read_text(encoding="utf-8")
    assert 'from = "notices[0].document.octets"' in text
    assert f'target = "Urgent"\nfrom = "{BLANK}"    # boolean' in text


def test_a_policy_of_signatures_makes_signed_answers(tmp_path: Path) -> None:
    policy = "<p:Policy xmlns:p='urn:p'><p:AsymmetricBinding/><p:IncludeTimestamp/><p:Addressing/></p:Policy>"
    made(tmp_path / "new", written(tmp_path / "odd.wsdl", wsdl(policy=policy, at="https")))
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    assert "lost.signature" not in profile.losses
    assert profile.file.requests.timestamp
    assert profile.file.trust.relation == "relates-to"


@pytest.mark.parametrize("odd", [{"style": "rpc"}, {"use": "encoded"}])
def test_a_wsdl_without_a_served_operation_is_refused(odd: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as refused:
        made(tmp_path / "new", written(tmp_path / "odd.wsdl", wsdl(**odd)))
    assert refused.value.code == "profile.contract"
    assert not (tmp_path / "new").exists()


def openapi(version: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    answer = {
        "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    }
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/L"}}}}
    form = {"required": True, "content": {"multipart/form-data": text}}
    return {
        "openapi": version,
        "info": {"title": "Odd", "version": "1"},
        "servers": [{"url": "http://odd.invalid"}],
        "paths": {
            "/letters": {"post": {"operationId": "sendLetter", "requestBody": body, "responses": answer}},
            "/scans": {"post": {"operationId": "sendScan", "requestBody": form, "responses": answer}},
            "/login": {"post": {"operationId": "login", "responses": answer}},
            "/logout": {"post": {"operationId": "logout", "responses": answer}},
            "/nameless": {"get": {"responses": answer}},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://odd.invalid"},
            },
            "schemas": {
                "L": {"type": "object", "required": ["subject", "urgent"],
                      "properties": {"subject": {"type": "string"}, "urgent": {"type": "boolean"}}},
                "A": {"type": "object", "properties": {"number": {"type": "string"}}},
            },
        },
    }  # fmt: skip


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_an_openapi_document_demands_and_is_not_served_is_told(version: str, tmp_path: Path) -> None:
    contract = written(tmp_path / "odd.json", json.dumps(openapi(version)))
    skeleton = made(tmp_path / "new", contract)
    told = {(error.code, error.where) for error in skeleton.unserved}
    assert told == {
        ("unserved.part", "sendScan"), ("unserved.part", "GET /nameless"), ("unserved.login", "logout"),
        ("unserved.security", "oidc"), ("unserved.http", "odd.json"),
    }  # fmt: skip
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    assert profile.file.security.secret_headers == ["X-Api-Key"]
    assert profile.file.operations is not None
    assert profile.file.operations.poll is not None
    assert profile.file.operations.poll.name == BLANK


def test_a_named_operation_is_no_guess_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    contract = CONTRACTS["rest_oauth2"][0]
    skeleton = made(tmp_path / "new", contract, {Role.INQUIRE: "readLetter"})
    assert skeleton.roles.by_role[Role.INQUIRE] == "readLetter"
    assert Role.INQUIRE not in skeleton.roles.guessed
    with pytest.raises(GatewayError) as refused:
        made(tmp_path / "other", contract, {Role.SUBMIT: "give"})
    assert "there are" in refused.value.detail
    assert not (tmp_path / "other").exists()


def filled(folder: Path, *replaced: tuple[str, str, str]) -> None:
    """Replace texts of a draft, as a person would, then each blank that is left by a value that says nothing."""
    for file, old, new in replaced:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text, (file, old)
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    for path in folder.glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace(f'= "{BLANK}"', '= "01"'), encoding="utf-8")


def test_a_login_and_tickets_are_drafted_and_hold_once_a_person_filled_them_in(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    skeleton = made(folder, CONTRACTS["soap_login_tickets"][0])
    assert not skeleton.unserved
    assert {"login.toml", "session.toml", "ticket.toml", "ticket-answer.toml"} <= set(skeleton.files)
    written_moment = '[{ name = "parse-time", form = "%Y/%m/%d ساعت %H:%M:%S", calendar = "jalali" }]'
    filled(
        folder,
        ("profile.toml", f'["{BLANK}"]', '["-14"]'),
        ("session.toml", '["jalali-time"]', written_moment),
        ("submit.toml", f'"NATURAL" = "{BLANK}"', '"NATURAL" = "1"'),
        ("submit.toml", '"title"    # a guess; text, at most 250 characters\nrequired = true',
         '"title"\ndefault = "سند"'),
        ("submit.toml", '"kind"    # a guess; text\nrequired = true\n\n[[repeat.field]]\ntarget = "FileName"',
         '"kind"\ndefault = "01"\n\n[[repeat.field]]\ntarget = "FileName"'),
        ("outcome.toml", f'"{BLANK}" = "{BLANK}"', '-2 = "REJECTED"'),
        ("standing.toml", f'[tables.state.entries]\n"{BLANK}" = "{BLANK}"', '[tables.state.entries]\n10 = "PENDING"'),
        ("standing.toml", f'"{BLANK}" = "{BLANK}"', '-21 = "NOT_KNOWN"'),
        ("ticket-answer.toml", f'[tables.state.entries]\n"{BLANK}" = "{BLANK}"',
         '[tables.state.entries]\n20 = "ACCEPTED"\n10 = "PENDING"'),
        ("ticket-answer.toml", f'"{BLANK}" = "{BLANK}"', '-22 = "NOT_KNOWN"'),
        ("page.toml", f'"{BLANK}" = "{BLANK}"', '1 = "ContentHandover"'),
        ("page.toml", f'from = "{BLANK}"', 'from = "NextCursor"'),
    )  # fmt: skip
    contract = contract_of_files(profile := profile_in(folder, "new"), stand_ins(folder))
    trial = ProfileTrial(profile=profile, contract=contract, notice=sample_notice(), now=system_clock())
    tried = {each.key: each for each in trial.operations()}
    for key, word in {"login": "a session", "submit": "PENDING", "inquire": "PENDING", "ticket": "ACCEPTED"}.items():
        assert (str(tried[key].error), tried[key].readings[0].word) == ("None", word), key
    assert "<ns0:Token>" in etree.tostring(tried["submit"].header, encoding="unicode")


def test_a_token_without_a_place_is_a_blank_and_is_no_list_of_codes(tmp_path: Path) -> None:
    contract = written(tmp_path / "odd.wsdl", wsdl())
    made(tmp_path / "new", contract, {Role.SUBMIT: "Give", Role.LOGIN: "Give"})
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True).file
    assert (profile.session.kind, profile.session.header, profile.session.ended) == ("login", BLANK, [BLANK])
    keys = [blank.key for blank in findings_of(tmp_path / "new").blanks if blank.file.name == "profile.toml"]
    assert keys[:2] == ["session.ended.1", "session.header"]


def test_codes_of_a_session_and_of_success_may_both_be_blank(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["soap_signed_bodies"][0], {Role.LOGIN: "FindLetter"})
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True).file
    assert profile.codes.container is not None
    assert profile.codes.container.good == profile.session.ended == [BLANK]


@pytest.mark.parametrize(
    "scheme", [{"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "header", "name": "Authorization"}]
)
def test_a_bearer_token_is_the_logins_or_is_not_served(scheme: dict[str, str], tmp_path: Path) -> None:
    document = openapi("3.0.3")
    document["components"]["securitySchemes"] = {"token": scheme}
    made(tmp_path / "new", written(tmp_path / "a.json", json.dumps(document)))
    session = profile_in(tmp_path / "new", "new", may_have_blanks=True).file.session
    assert (session.header, session.scheme) == ("Authorization", "Bearer")
    del document["paths"]["/login"]
    skeleton = made(tmp_path / "other", written(tmp_path / "b.json", json.dumps(document)))
    assert ("unserved.security", "token") in {(error.code, error.where) for error in skeleton.unserved}


def test_a_token_beside_http_basic_has_no_header_by_a_guess(tmp_path: Path) -> None:
    document = openapi("3.0.3")
    schemes = {name: {"type": "http", "scheme": name} for name in ("basic", "bearer")}
    document["components"]["securitySchemes"] = schemes
    made(tmp_path / "new", written(tmp_path / "a.json", json.dumps(document)))
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True).file
    assert (profile.security.http_basic, profile.session.header, profile.session.scheme) == (True, BLANK, None)


def test_a_problem_tells_no_state_and_a_token_of_a_page_is_no_session(tmp_path: Path) -> None:
    document = openapi("3.0.3")
    document["components"]["schemas"]["P"] = {"type": "object", "properties": {"status": {"type": "integer"}}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/P"}}}
    answers = document["paths"]["/letters"]["post"]["responses"] | {"4XX": {"description": "", "content": problem}}
    text = {"in": "query", "required": True, "schema": {"type": "string"}}
    document["paths"] |= {
        "/tickets": {"get": {"operationId": "ticketStatus", "responses": answers,
                             "parameters": [text | {"name": "ticket"}]}},
        "/receipts": {"get": {"operationId": "nextReceipts", "responses": answers,
                              "parameters": [text | {"name": "pageToken"}, text | {"name": "accessToken"}]}},
    }  # fmt: skip
    made(tmp_path / "new", written(tmp_path / "a.json", json.dumps(document)))
    assert "tables.state" not in (tmp_path / "new/ticket-answer.toml").read_text(encoding="utf-8")
    asked = next((tmp_path / "new").glob("*-request.toml")).read_text(encoding="utf-8")
    assert f'target = "query.pageToken"\nfrom = "{BLANK}"' in asked
    assert 'target = "query.accessToken"\nfrom = "$session.token"' in asked


def test_documents_are_those_of_the_notice_and_other_lists_are_blank(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["soap_login_tickets"][0])
    text = (tmp_path / "new/submit.toml").read_text(encoding="utf-8")
    assert 'target = "Letter.Documents.Document"\nfrom = "notices[0].documents"' in text
    for target, source in {"Row": "number", "Main": "main", "Kind": "kind", "Content": "octets"}.items():
        assert f'[[repeat.field]]\ntarget = "{target}"\nfrom = "{source}"' in text
    leaf = Group(members={"Id": Leaf(required=True)}, many=True)
    draft = MappingDraft("ticket", "ticket-to-message", is_json=False)
    draft.request(Group(members={"Ticket": leaf}))
    assert f'target = "Ticket"\nfrom = "{BLANK}"' in draft.text


def test_blanks_of_one_table_are_told_together(tmp_path: Path) -> None:
    made(tmp_path / "new", CONTRACTS["soap_signed_bodies"][0])
    with console.capture() as shown:
        show_findings(findings_of(tmp_path / "new"))
    text = "".join(shown.get().split())
    assert "to fill in (22)".replace(" ", "") in text
    assert "submit.toml,lines12to22,tables.kind.entries(11)" in text
    assert "profile.toml,line46,codes.container.good.1" in text


@pytest.fixture(params=[80, 160])
def width(request: pytest.FixtureRequest) -> Iterator[int]:
    before = console.width
    console.width = request.param
    yield request.param
    console.width = before


def test_it_is_told_in_both_languages_on_any_screen(width: int, tmp_path: Path) -> None:
    with console.capture() as shown:
        init_profile(tmp_path / "new", wsdl=written(tmp_path / "odd.wsdl", wsdl(policy=POLICIES["unserved.mtom"])))
    text = shown.get()
    for part in (
        "Give, a guess",
        "حدس",
        "unserved.mtom",
        "MTOM می‌خواهد",
        "lost.signature",
        "to fill in (",
        "برای تکمیل",
    ):
        assert part in text
    assert max(map(cell_len, text.splitlines())) <= width
