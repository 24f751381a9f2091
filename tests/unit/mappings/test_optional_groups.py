"""Groups that a contract lets absent, one of several groups, and values that may be nil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.contracts.message import message_of
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.schema import Group, Leaf, find
from gateway.mapping.program.program import nested

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Send"><xs:complexType><xs:sequence>
  <xs:element name="Ref" type="xs:string"/>
  <xs:element name="Father" type="xs:string" nillable="true"/>
  <xs:element name="Party"><xs:complexType><xs:choice>
    <xs:element name="Person"><xs:complexType><xs:sequence>
      <xs:element name="Code" type="xs:string"/><xs:element name="Name" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Company"><xs:complexType><xs:sequence>
      <xs:element name="Id" type="xs:string"/><xs:element name="Title" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:choice></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""

PERSON = {
    "type": "object",
    "required": ["person_type", "code", "father"],
    "properties": {
        "person_type": {"const": "natural"},
        "code": {"type": "string"},
        "father": {"type": ["string", "null"]},
    },
}
COMPANY = {
    "type": "object",
    "required": ["person_type", "company_id"],
    "properties": {"person_type": {"const": "legal"}, "company_id": {"type": "string", "maxLength": 11}},
}
SEND = {
    "type": "object",
    "required": ["ref", "party"],
    "properties": {"ref": {"type": "string"}, "party": {"oneOf": [PERSON, {"type": "null"}, COMPANY]}},
}

HEAD = '[mapping]\nlanguage = 1\nname = "send"\nkind = "notice-to-message"\n'
LEGAL = 'when = { from = "notices[0].recipient.kind", is = "LEGAL" }\n'
NATURAL = 'when = { from = "notices[0].recipient.kind", is-not = "LEGAL" }\n'


def field(target: str, source: str, more: str = "required = true\n") -> str:
    return f'[[field]]\ntarget = "{target}"\nfrom = "notices[0].{source}"\n{more}'


IN_XML = (
    HEAD
    + field("Ref", "reference")
    + field("Father", "recipient.father_name", "")
    + field("Party.Person.Code", "recipient.identifier", "required = true\n" + NATURAL)
    + field("Party.Person.Name", "recipient.first_name", "required = true\n" + NATURAL)
    + field("Party.Company.Id", "recipient.identifier", "required = true\n" + LEGAL)
    + field("Party.Company.Title", "recipient.name", "required = true\n" + LEGAL)
)
IN_JSON = (
    HEAD
    + field("ref", "reference")
    + f'[[field]]\ntarget = "party.person_type"\nvalue = "natural"\n{NATURAL}'
    + f'[[field]]\ntarget = "party.person_type"\nvalue = "legal"\n{LEGAL}'
    + field("party.code", "recipient.identifier", "required = true\n" + NATURAL)
    + field("party.father", "recipient.father_name", NATURAL)
    + field("party.company_id", "recipient.identifier", "required = true\n" + LEGAL)
)


@pytest.fixture
def xml(tmp_path: Path) -> Group:
    (tmp_path / "send.xsd").write_text(XSD, encoding="utf-8")
    return message_of(tmp_path / "send.xsd", "Send")


@pytest.fixture
def rest(tmp_path: Path) -> Group:
    (tmp_path / "send.json").write_text(json.dumps({"components": {"schemas": {"Send": SEND}}}), encoding="utf-8")
    return message_of(tmp_path / "send.json", "Send")


def run(text: str, contract: Group, **recipient: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    program = compile_mapping(text.encode(), "send.toml", contract=contract)
    made = program.run({"notices": [{"reference": "EB-1", "recipient": recipient}]})
    return nested(made.values), [(problem.code, problem.field) for problem in made.problems]


def mistakes(text: str, contract: Group) -> list[tuple[str, str]]:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(text.encode(), "send.toml", contract=contract)
    return [(mistake.code, mistake.found.en) for mistake in refusal.value.mistakes]


def test_one_group_of_a_choice_is_made_by_its_condition(xml: Group) -> None:
    natural, problems = run(IN_XML, xml, kind="NATURAL", identifier="0012345679", first_name="زهرا", father_name="علی")
    assert problems == []
    assert natural == {"Ref": "EB-1", "Father": "علی", "Party": {"Person": {"Code": "0012345679", "Name": "زهرا"}}}
    legal, problems = run(IN_XML, xml, kind="LEGAL", identifier="10380284790", name="شرکت", father_name="علی")
    assert problems == []
    assert legal["Party"] == {"Company": {"Id": "10380284790", "Title": "شرکت"}}


def test_a_required_part_of_a_group_that_is_made_must_have_a_value(xml: Group) -> None:
    _, problems = run(IN_XML, xml, kind="LEGAL", identifier="10380284790")
    assert problems == [("mapped.field-missing", "notices")]
    half = IN_XML.replace(field("Party.Company.Title", "recipient.name", "required = true\n" + LEGAL), "")
    assert mistakes(half, xml) == [("mapping.target-unmapped", "Party.Company.Title")]
    never = LEGAL.replace("LEGAL", "FOREIGN")
    other = IN_XML.replace(
        f'"notices[0].recipient.name"\nrequired = true\n{LEGAL}',
        f'"notices[0].recipient.name"\nrequired = true\n{never}',
    )
    assert other != IN_XML
    _, problems = run(other, xml, kind="LEGAL", identifier="10380284790", name="شرکت")
    assert problems == [("mapped.field-missing", "Party.Company.Title")]


def test_a_required_part_that_may_be_nil_is_nil_without_a_value(xml: Group) -> None:
    made, problems = run(IN_XML, xml, kind="LEGAL", identifier="10380284790", name="شرکت")
    assert problems == []
    assert made["Father"] is None
    assert "Father" in made
    unmapped = IN_XML.replace(field("Father", "recipient.father_name", ""), "")
    made, problems = run(unmapped, xml, kind="LEGAL", identifier="10380284790", name="شرکت")
    assert (made["Father"], problems) == (None, [])


def test_members_of_every_choice_of_a_json_schema_are_known(rest: Group) -> None:
    assert find(rest, ("party", "person_type")) == Leaf(required=True, choices=frozenset({"natural", "legal"}))
    assert find(rest, ("party", "company_id")) == Leaf(max_length=11, in_pieces=True)
    assert find(rest, ("party", "father")) == Leaf(nullable=True, in_pieces=True)
    party = find(rest, ("party",))
    assert isinstance(party, Group)
    assert (party.required, party.nullable) == (True, True)


def test_one_choice_of_a_json_schema_is_made_by_its_condition(rest: Group) -> None:
    made, problems = run(IN_JSON, rest, kind="LEGAL", identifier="10380284790")
    assert problems == []
    assert made == {"ref": "EB-1", "party": {"person_type": "legal", "company_id": "10380284790"}}


def test_a_part_that_may_be_null_is_null_in_the_choice_that_demands_it(rest: Group) -> None:
    made, problems = run(IN_JSON, rest, kind="NATURAL", identifier="0012345679")
    assert problems == []
    assert made == {"ref": "EB-1", "party": {"person_type": "natural", "code": "0012345679", "father": None}}


def test_a_group_that_may_be_null_is_null_if_nothing_of_it_is_made(rest: Group) -> None:
    made, problems = run(HEAD + field("ref", "reference"), rest, kind="LEGAL")
    assert (made, problems) == ({"ref": "EB-1", "party": None}, [])


FALL_BACK = (
    HEAD
    + field("Ref", "reference")
    + field("Father", "recipient.father_name", 'when = { from = "notices[0].reference", present = true }\n')
    + "{last}"
    + field("Party.Person.Code", "reference")
    + field("Party.Person.Name", "reference")
)


@pytest.mark.parametrize(
    ("last", "recipient", "father"),
    [
        ('[[field]]\ntarget = "Father"\nvalue = "نامعلوم"\n', {}, "نامعلوم"),
        ('[[field]]\ntarget = "Father"\nvalue = "نامعلوم"\n', {"father_name": "علی"}, "علی"),
        (field("Father", "recipient.name", ""), {"name": "رضا"}, "رضا"),
        (field("Father", "recipient.name", ""), {}, None),
        (field("Father", "recipient.name", LEGAL), {"name": "رضا", "kind": "NATURAL"}, None),
    ],
)
def test_a_part_that_may_be_nil_is_nil_only_if_no_later_field_makes_it(
    xml: Group, last: str, recipient: dict[str, Any], father: str | None
) -> None:
    made, problems = run(FALL_BACK.replace("{last}", last), xml, **recipient)
    assert problems == []
    assert made["Father"] == father
