"""`profile init` writes names and texts of a contract so that its files are read, or says which it cannot write."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.versions.profile_check import findings_of
from adapters.judiciary.skeleton.mapping_draft import MappingDraft
from adapters.judiciary.skeleton.profile_skeleton import Skeleton, write_skeleton
from adapters.judiciary.skeleton.written_names import dotted, in_expression, one_line, quoted
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.expression import compile_expression, parse_expression
from gateway.mapping.model.paths import parse_path
from gateway.mapping.model.schema import Group, Leaf

ODD = [
    "status-code",
    "a b",
    "notice.id",
    "کد ملی",
    "a'b",
    "a[b]",
    "$call",
    "$ref",
    "1st",
    "a\nb",
    "a\x7fb",
    "@a",
    "#text",
]
QUOTE = 'a"b'

CONTENT = (
    """<xs:complexType><xs:sequence><xs:element name="Reference" type="xs:string"/></xs:sequence></xs:complexType>"""
)
ANSWER = "".join(
    f'<xs:element name="{name}" type="xs:string" minOccurs="0"/>'
    for name in ("ticket-no", "status-code", "slip-date", "slip-time", "tracking.number")
)
OPERATIONS = ("SendNotice", "GetTicketStatus", "GetReceipts")


def soap(folder: Path) -> Skeleton:
    """Write the skeleton of a service whose names are none of JMESPath."""
    elements = "".join(
        f'<xs:element name="{each}">{CONTENT}</xs:element><xs:element name="{each}Response"><xs:complexType>'
        f"<xs:sequence>{ANSWER}</xs:sequence></xs:complexType></xs:element>"
        for each in OPERATIONS
    )
    messages = "".join(
        f'<message name="{each}In"><part name="p" element="t:{each}"/></message>'
        f'<message name="{each}Out"><part name="p" element="t:{each}Response"/></message>'
        for each in OPERATIONS
    )
    port = "".join(
        f'<operation name="{each}"><input message="t:{each}In"/><output message="t:{each}Out"/></operation>'
        for each in OPERATIONS
    )
    bound = "".join(
        f'<operation name="{each}"><s:operation soapAction="urn:t#{each}"/><input><s:body use="literal"/></input>'
        '<output><s:body use="literal"/></output></operation>'
        for each in OPERATIONS
    )
    (folder / "s.wsdl").write_text(
        f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
        xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"><types>
        <xs:schema targetNamespace="urn:t" elementFormDefault="qualified">{elements}</xs:schema></types>{messages}
        <portType name="P">{port}</portType><binding name="B" type="t:P">
        <s:binding transport="http://schemas.xmlsoap.org/soap/http"/>{bound}</binding><service name="S">
        <port name="P" binding="t:B"><s:address location="https://odd.invalid/"/></port></service></definitions>""",
        encoding="utf-8",
    )
    return write_skeleton(folder / "new", folder / "s.wsdl", {}, is_openapi=False)


def rest(
    folder: Path,
    *,
    title: str = "T",
    operation: str = "sendNotice",
    query: str = "plain",
    body: dict[str, Any] | None = None,
    answer: dict[str, Any] | None = None,
) -> Skeleton:
    text = {"type": "string"}
    asked = {"type": "object", "properties": {"reference": text, **(body or {})}, "required": list(body or {})}
    told = {"type": "object", "properties": {"tracking_number": text} if answer is None else answer}
    call = {
        "operationId": operation,
        "parameters": [{"name": query, "in": "query", "required": True, "schema": text}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {"200": {"description": "x", "content": {"application/json": {"schema": told}}}},
    }
    asks = {"name": "reference", "in": "query", "required": True, "schema": text}
    receipts = {"operationId": "listReceipts", "parameters": [asks], "responses": call["responses"]}
    paths = {"/n": {"post": call}, "/r": {"get": receipts}}
    document = {"openapi": "3.0.3", "info": {"title": title, "version": "1"}, "paths": paths}
    (folder / "odd.json").write_text(json.dumps(document), encoding="utf-8")
    return write_skeleton(folder / "new", folder / "odd.json", {}, is_openapi=True)


@pytest.mark.parametrize("name", ODD)
def test_a_name_is_read_as_a_path_and_as_an_expression(name: str) -> None:
    for path in ((name,), ("body", name, "last"), (f"{name}[0]", "last")):
        plain = tuple(each.removesuffix("[0]") for each in path)
        found = parse_path(dotted(path))
        assert (found.names, found.namespace) == (plain, None)
        tree: Any = "7"
        for each in reversed(path):
            tree = {each.removesuffix("[0]"): [tree] if each.endswith("[0]") else tree}
        assert compile_expression(parse_expression(in_expression(path)))(tree, tree, Budget()) == "7"


@pytest.mark.parametrize("text", [*ODD, QUOTE, "\u2028", "\r", "\x00\x85"])
def test_a_text_stands_in_a_string_a_key_and_a_comment(text: str) -> None:
    file = f"{quoted(text)} = {quoted(text)}    # {one_line(text)}\n"
    assert tomllib.loads(file) == {text: text}
    assert file.count("\n") == 1


def test_names_of_a_wsdl_are_read_in_expressions_and_paths(tmp_path: Path) -> None:
    soap(tmp_path)
    found = findings_of(tmp_path / "new")
    assert (found.mistaken, found.error) == ([], None)
    outcome, status = (
        (tmp_path / "new" / name).read_text(encoding="utf-8") for name in ("outcome.toml", "status.toml")
    )
    assert r'expression = "\"ticket-no\" != `null`"' in outcome
    assert r'from = "\"tracking.number\""' in outcome
    assert r"""join(' ', [\"slip-date\", \"slip-time\"])""" in status


ANSWERS = {
    "blanks": {"tracking number": {"type": "string"}, "error message": {"type": "string"}},
    "a line": {"tracking\nnumber": {"type": "string"}},
    "a quotation mark": {'tracking"number': {"type": "string"}, "my_tracking_number": {"type": "string"}},
    "a list": {"list of\nevents": {"type": "array", "items": {"type": "object", "properties": {"a b": {}}}}},
}
CALLS: dict[str, dict[str, Any]] = {
    "a title with DEL": {"title": "a\x7fb"},
    "a word of two lines": {"body": {"kind": {"type": "string", "enum": ["a\nb", "c"]}}},
    "another word of two lines": {"body": {"q": {"type": "string", "enum": ["a\rb", "c\x7f"]}}},
    **{f"an answer with {name}": {"answer": answer} for name, answer in ANSWERS.items()},
}


@pytest.mark.parametrize("name", list(CALLS))
def test_a_folder_is_read_whatever_the_contract_names(name: str, tmp_path: Path) -> None:
    assert rest(tmp_path, **CALLS[name]).unserved == []
    found = findings_of(tmp_path / "new")
    assert (found.mistaken, found.error) == ([], None)


@pytest.mark.parametrize("name", ["a\nb", "a b"])
def test_the_name_of_an_operation_breaks_no_file(name: str, tmp_path: Path) -> None:
    for file in rest(tmp_path, operation=name).files:
        tomllib.loads((tmp_path / "new" / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["filter[status]", "notice.id", "کد ملی", "1st", 'a"b', "a\nb"])
def test_a_required_part_that_no_mapping_can_write_is_told(name: str, tmp_path: Path) -> None:
    skeleton = rest(tmp_path, query=name, body={name: {"type": "string"}})
    told = [(each.code, each.where, each.detail.partition(":")[0]) for each in skeleton.unserved]
    assert told == [("unserved.part", "sendNotice", f"{place}.{name}") for place in ("query", "body")]
    [mistaken] = findings_of(tmp_path / "new").mistaken
    assert {each.code for each in mistaken.mistakes} == {"mapping.target-unmapped"}


def test_an_optional_part_is_named_in_the_draft_alone() -> None:
    draft = MappingDraft("send", "notice-to-message", is_json=True)
    inner = Group(members={"c": Leaf(required=True), "d e": Leaf(required=True)})
    other = Group(members={"e": Leaf(required=True)}, required=False)
    draft.request(Group(members={"a b": Leaf(), "B": replace(inner, required=False), "c d": other}))
    assert draft.unwritten == []
    assert [line.partition(":")[0] for line in draft.text.splitlines() if "no mapping" in line] == [
        "# a b", "# B.d e", "# c d",
    ]  # fmt: skip
