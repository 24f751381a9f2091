"""A mapping is judged against a contract that the gateway has never seen, before anything is sent by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.contracts.message import message_of
from adapters.shipped.resources import NOTICE_SCHEMA, PROFILES
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.notice_schemas import NOTICE
from gateway.mapping.model.schema import Group, Leaf, find
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

CONTRACT = Path(__file__).parents[2] / "vectors" / "contracts" / "town-post-1.xsd"
JSON: dict[str, Any] = {
    "components": {
        "schemas": {
            "Deliver": {
                "type": "object",
                "required": ["letter", "version"],
                "additionalProperties": False,
                "properties": {
                    "version": {"const": "1"},
                    "letter": {"allOf": [{"$ref": "#/components/schemas/Paper"}], "required": []},
                    "enclosures": {"type": "array", "items": {"type": ["string", "null"]}},
                    "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Paper"}},
                },
            },
            "Paper": {
                "type": "object",
                "required": ["ref"],
                "properties": {
                    "ref": {"type": "string", "minLength": 2, "maxLength": 40},
                    "kind": {"enum": ["A", "B"]},
                    "again": {"$ref": "#/components/schemas/Paper"},
                },
            },
            "Word": {"type": "string"},
        }
    }
}

GOOD = """
[mapping]
language = 1
name = "town-post-1"
kind = "notice-to-message"

[tables.person]
unknown = "refuse"
entries = { NATURAL = "HAGHIGHI", LEGAL = "HOGHOGHI", FOREIGN = "HAGHIGHI" }

[[field]]
target = "@version"
value = "1"

[[field]]
target = "Letter.Ref"
from = "notices[0].reference"
required = true

[[field]]
target = "Letter.Dated"
from = "notices[0].issued_on"
required = true

[[field]]
target = "Letter.PersonKind"
from = "notices[0].recipient.kind"
do = [{ name = "lookup", table = "person" }]
required = true

[[field]]
target = "Letter.Weight"
from = "notices[0].document.size"
required = true

[[field]]
target = "Box"
value = "7"
"""


def mistakes(text: str, element: str = "Deliver") -> list[tuple[str, str]]:
    try:
        compile_mapping(text.encode(), "town.toml", contract=message_of(CONTRACT, element))
    except MappingMistaken as refusal:
        found = refusal.mistakes
    else:
        return []
    lines = text.splitlines()
    return [(mistake.code, lines[mistake.line - 1]) for mistake in found]


def test_a_mapping_that_suits_the_contract_has_no_mistake() -> None:
    assert mistakes(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('"Letter.Ref"', '"Letter.Reference"', "mapping.target-unknown", 'target = "Letter.Reference"'),
        ('target = "@version"\nvalue', 'target = "Door"\nvalue', "mapping.target-unmapped", ""),
        ('document.size"\nrequired = true', 'document.size"', "mapping.target-optional", 'target = "Letter.Weight"'),
        ("document.size", "subject", "mapping.target-type", 'target = "Letter.Weight"'),
        ('LEGAL = "HOGHOGHI"', 'LEGAL = "SHERKAT"', "mapping.target-choice", None),
        (', FOREIGN = "HAGHIGHI"', "", "mapping.table-incomplete", None),
        ('from = "notices[0].reference"\nrequired = true', 'value = "1"', "mapping.target-length", 'value = "1"'),
        ('from = "notices[0].issued_on"', 'from = "notices[0].issued"', "mapping.source-unknown", None),
        ('value = "7"', 'from = "notices[*].subject"', "mapping.target-type", 'target = "Box"'),
        ('target = "Box"', 'target = "Letter"', "mapping.target-group", 'target = "Letter"'),
    ],
)
def test_what_does_not_suit_the_contract_is_told_with_its_line(old: str, new: str, code: str, line: str | None) -> None:
    assert old in GOOD
    ((found, where),) = mistakes(GOOD.replace(old, new))
    assert found == code
    assert line is None or where == line


def test_an_answers_status_without_an_entry_is_told() -> None:
    text = """
[mapping]
language = 1
name = "town-post-answer-1"
kind = "answer-to-outcome"
[tables.fate]
unknown = { value = "UNKNOWN" }
[tables.fate.entries]
10 = "ACCEPTED"
20 = "REJECTED"
[[repeat]]
target = "results"
from = "Letter"
[[repeat.field]]
target = "reference"
from = "Ref"
required = true
[[repeat.field]]
target = "status"
from = "Fate"
do = [{ name = "lookup", table = "fate" }]
required = true
"""
    assert mistakes(text, "DeliverResult") == [("mapping.table-incomplete", "[tables.fate.entries]")]
    assert mistakes(text.replace('"REJECTED"', '"REJECTED"\n99 = "NO_ACCOUNT"'), "DeliverResult") == []


def test_a_kind_that_knows_both_sides_takes_no_contract() -> None:
    text = '[mapping]\nlanguage = 1\nname = "x"\nkind = "row-to-notice"\n[[field]]\ntarget = "subject"\nfrom = "s"\n'
    assert ("mapping.kind-other", 'kind = "row-to-notice"') in mistakes(text)


def test_our_own_contract_is_read_from_its_wsdl() -> None:
    made = message_of(PROFILES / "eblagh-1" / "service.wsdl", "SubmitNoticesResponse")
    result = made.members["Result"]
    assert isinstance(result, Group)
    assert result.many
    assert result.members["RetryAfterSeconds"] == Leaf(type=Type.INTEGER)
    assert find(made, ("Result", "Status")) == Leaf(required=True)


def test_a_type_that_holds_itself_ends() -> None:
    letter = message_of(CONTRACT, "DeliverResult").members["Letter"]
    assert find(letter, ("Inner", "Inner", "Inner")) is not None  # type: ignore[arg-type]


def test_the_notice_as_a_target_is_the_notice_of_the_schema() -> None:
    names = {
        "body.code": "IssuingBody.Code", "body.district": "IssuingBody.District", "case_number": "Case.Number",
        "archive_number": "Case.ArchiveNumber", "renovation_code": "Case.RenovationCode",
        "paper_number": "Paper.Number",
        "kind": "Paper.Kind", "subject": "Paper.Subject", "issued_on": "Paper.IssuedOn",
        "recipient.kind": "Recipient.Kind", "recipient.identifier": "Recipient.Identifier",
        "recipient.name": "Recipient.Name", "recipient.mobile": "Recipient.Mobile",
        "recipient.postal_code": "Recipient.PostalCode", "recipient.address": "Recipient.Address",
        "document.name": "Document.Name",
    }  # fmt: skip
    schema = message_of(NOTICE_SCHEMA, "Notice")
    for ours, theirs in names.items():
        target, element = find(NOTICE, tuple(ours.split("."))), find(schema, tuple(theirs.split(".")))
        assert isinstance(target, Leaf)
        assert isinstance(element, Leaf)
        assert (target.required, target.type, target.choices) == (element.required, element.type, element.choices), ours
        assert element.max_length is None or target.max_length == element.max_length, ours


def test_a_json_schema_is_read_with_its_references(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(JSON), encoding="utf-8")
    made = message_of(path, "Deliver")
    assert find(made, ("version",)) == Leaf(required=True, choices=frozenset({"1"}), in_pieces=True)
    assert find(made, ("letter", "ref")) == Leaf(required=True, least_length=2, max_length=40, in_pieces=True)
    assert find(made, ("enclosures",)) == Leaf(many=True, in_pieces=True)
    lines = find(made, ("lines",))
    assert isinstance(lines, Group)
    assert lines.many
    assert find(made, ("letter", "again", "again", "kind")) is not None
    assert find(made, ("nothing",)) is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("dtd.xsd", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
        ("cut-off.xsd", "<xs:schema"),
        ("length.xsd", None),
        ("list.json", "[]"),
        ("deep.json", "[" * 100_000),
        ("cut-off.json", "{"),
        ("nowhere.xsd", ""),
    ],
)
def test_a_contract_that_cannot_be_read_is_named(file: str, text: str | None, tmp_path: Path) -> None:
    path = tmp_path / file
    if text is None:
        text = CONTRACT.read_text(encoding="utf-8").replace('maxLength value="40"', 'maxLength value="many"')
    if file != "nowhere.xsd":
        path.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        message_of(path, "Deliver")
    assert (refusal.value.code, refusal.value.where) == ("mapping.contract", str(path))


@pytest.mark.parametrize("name", ["Missing", "Word"])
def test_a_message_that_is_not_there_or_no_group_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(JSON), encoding="utf-8")
    for contract in (path, CONTRACT):
        with pytest.raises(GatewayError) as refusal:
            message_of(contract, name)
        assert refusal.value.code == "mapping.contract"


def test_nothing_is_read_from_outside_the_contracts_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.xsd").write_text(CONTRACT.read_text(encoding="utf-8"), encoding="utf-8")
    inner = tmp_path / "contract"
    inner.mkdir()
    path = inner / "main.xsd"
    path.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="../secret.xsd"/>'
        '<xs:include schemaLocation="file:///etc/hosts"/><xs:include schemaLocation="http://localhost:1/x.xsd"/></xs:schema>',
        encoding="utf-8",
    )
    with pytest.raises(GatewayError) as refusal:
        message_of(path, "Deliver")
    assert "there are " in refusal.value.detail
