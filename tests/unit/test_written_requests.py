"""A request has every part that its mapping made, each in its own place, or it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.contracts.message import message_for
from adapters.contracts.xml_tree import tree_of
from adapters.contracts.xml_writing import assert_written
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.xml_form import XmlForm, XmlOperation
from adapters.judiciary.skeleton.mapping_draft import MappingDraft
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.program.program import Program
from gateway.trust.trust_policy import Rejection

WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
<types>{schema}</types>
<message name="Ask"><part name="parameters" element="t:Send"/></message>
<message name="Told"><part name="parameters" element="t:SendResponse"/></message>
<portType name="Port"><operation name="Send"><input message="t:Ask"/><output message="t:Told"/></operation></portType>
<binding name="Binding" type="t:Port"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="Send"><soap:operation soapAction="urn:t:Send"/>
 <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="t:Binding"><soap:address location="http://127.0.0.1/"/></port></service>
</definitions>"""

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"
 elementFormDefault="qualified"><xs:element name="Send"><xs:complexType>{content}</xs:complexType></xs:element>
<xs:element name="SendResponse"><xs:complexType/></xs:element></xs:schema>"""


def form(folder: Path, content: str) -> XmlForm:
    """Return the form of a service whose request holds this ``content``."""
    schema = SCHEMA.format(content=content)
    (folder / "service.wsdl").write_text(WSDL.format(schema=schema), encoding="utf-8")
    return XmlForm(
        binding=Binding(folder / "service.wsdl", None, ["Send"]),
        schema=etree.XMLSchema(etree.fromstring(schema)),
        bound={"Submit": XmlOperation(name="Send", answer_action="")},
        fault_code=("code",),
    )


def sequence(*parts: str) -> str:
    return f"<xs:sequence>{''.join(parts)}</xs:sequence>"


def text(name: str, more: str = "") -> str:
    return f'<xs:element name="{name}" type="xs:string" {more}/>'


def document(element_use: str, attribute_use: str) -> str:
    inner = sequence(text("Number", element_use), text("Note", 'minOccurs="0"'))
    attribute = f'<xs:attribute name="Number" use="{attribute_use}"/>'
    return f'<xs:element name="Doc"><xs:complexType>{inner}{attribute}</xs:complexType></xs:element>'


@pytest.mark.parametrize("element_use", ["", 'minOccurs="0"'])
@pytest.mark.parametrize("attribute_use", ["required", "optional"])
def test_an_attribute_and_an_element_of_one_name_are_both_written(
    tmp_path: Path, element_use: str, attribute_use: str
) -> None:
    made = form(tmp_path, sequence(document(element_use, attribute_use)))
    for order in (("@Number", "Number"), ("Number", "@Number")):
        values = {"@Number": "of the attribute", "Number": "of the element"}
        element = made.request("Submit", {"Doc": {name: values[name] for name in order}})
        [doc] = element
        assert doc.get("Number") == "of the attribute"
        assert [part.text for part in doc] == ["of the element"]


def test_each_of_both_is_written_alone_in_its_own_place(tmp_path: Path) -> None:
    made = form(tmp_path, sequence(document('minOccurs="0"', "optional")))
    [doc] = made.request("Submit", {"Doc": {"@Number": "7", "Note": "n"}})
    assert (doc.get("Number"), [part.tag for part in doc]) == ("7", ["{urn:t}Note"])
    [doc] = made.request("Submit", {"Doc": {"Number": "7"}})
    assert (doc.get("Number"), [part.text for part in doc]) == (None, ["7"])


def test_attributes_are_written_on_the_outermost_element_and_in_lists(tmp_path: Path) -> None:
    item = document("", "required").replace('name="Doc"', 'name="Doc" maxOccurs="unbounded"')
    made = form(tmp_path, sequence(text("Number"), item) + '<xs:attribute name="Number"/>')
    docs = [{"@Number": "a", "Number": "b"}, {"@Number": "c", "Number": "d"}]
    element = made.request("Submit", {"@Number": "7", "Number": "8", "Doc": docs})
    assert (element.get("Number"), element[0].text) == ("7", "8")
    assert [(doc.get("Number"), doc[0].text) for doc in element[1:]] == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize("name", ["operation", "service", "operation_name", "client", "args", "kwargs", "name"])
def test_an_element_may_have_any_name(tmp_path: Path, name: str) -> None:
    [part] = form(tmp_path, sequence(text(name))).request("Submit", {name: "7"})
    assert (part.tag, part.text) == (f"{{urn:t}}{name}", "7")


PARTS_OF_DATES = [
    ("gYear", "1404"),
    ("gYear", "1404+03:30"),
    ("gYearMonth", "1404-06"),
    ("gMonth", "--06"),
    ("gMonthDay", "--06-30"),
    ("gDay", "---07"),
]
OWN = '<xs:simpleType><xs:restriction base="xs:{}"><xs:pattern value=".+"/></xs:restriction></xs:simpleType>'


@pytest.mark.parametrize(("kind", "value"), PARTS_OF_DATES)
def test_a_part_of_a_date_is_written_as_it_was_made(tmp_path: Path, kind: str, value: str) -> None:
    attribute = f'<xs:extension base="xs:{kind}"><xs:attribute name="d" type="xs:{kind}"/></xs:extension>'
    beside = f"<xs:complexType><xs:simpleContent>{attribute}</xs:simpleContent></xs:complexType>"
    content = sequence(
        f'<xs:element name="A" type="xs:{kind}" maxOccurs="2"/>',
        f'<xs:element name="B">{OWN.format(kind)}</xs:element>',
        f'<xs:element name="C">{beside}</xs:element>',
    )
    values = {"A": [value, value], "B": value, "C": {"@d": value, "#text": value}}
    element = form(tmp_path, content).request("Submit", values)
    assert [part.text for part in element] == [value] * 4
    assert element[3].get("d") == value


@pytest.mark.parametrize(("kind", "value"), [("gYear", "04"), ("gMonth", "6"), ("gDay", "--07")])
def test_a_part_of_a_date_that_is_none_is_refused_with_its_name(tmp_path: Path, kind: str, value: str) -> None:
    with pytest.raises(Rejection) as refused:
        form(tmp_path, sequence(f'<xs:element name="A" type="xs:{kind}"/>')).request("Submit", {"A": value})
    assert (refused.value.code, refused.value.where) == ("verify.schema", "A")


LOST: dict[str, tuple[str, dict[str, Any]]] = {
    "an element": ("<a><b>1</b></a>", {"b": "1", "c": "2"}),
    "the second of a list": ("<a><b>1</b></a>", {"b": ["1", "2"]}),
    "an attribute": ("<a><b>1</b></a>", {"b": "1", "@c": "2"}),
    "a part of a part": ("<a><b><c>1</c></b></a>", {"b": {"c": "1", "d": "2"}}),
    "a part of the second of a list": ("<a><b><c>1</c></b><b/></a>", {"b": [{"c": "1"}, {"c": "2"}]}),
    "the text": ('<a><b d="1"/></a>', {"b": {"@d": "1", "#text": "2"}}),
    "an element of any kind": ("<a/>", {"#xml": object()}),
}


@pytest.mark.parametrize("lost", list(LOST))
def test_a_part_is_never_lost(lost: str) -> None:
    xml, values = LOST[lost]
    with pytest.raises(Rejection, match=r"verify\.schema"):
        assert_written(etree.fromstring(xml), values)


def test_all_that_is_written_passes() -> None:
    xml = '<a e="5"><b>1</b><b>2</b><c d="3">4</c><f/><eblagh-slot n="0"/><g/></a>'
    values = {"@e": "5", "b": ["1", "2"], "c": {"@d": "3", "#text": "4"}, "f": None, "#xml": object(), "g": {}}
    assert_written(etree.fromstring(xml), values)


@pytest.mark.parametrize(
    "content",
    [
        '<xs:sequence maxOccurs="2"><xs:element name="A" type="xs:string"/></xs:sequence>',
        sequence(text("A", 'minOccurs="0"'), text("B"), text("A", 'minOccurs="0"')),
    ],
)
def test_a_request_that_zeep_cannot_write_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(Rejection, match=r"verify\.schema"):
        form(tmp_path, content).request("Submit", {"A": ["1", "2"], "B": "3"})


REPEATED = {
    "a sequence that repeats": '<xs:sequence maxOccurs="2"><xs:element name="A" type="xs:string"/></xs:sequence>',
    "a choice that repeats": f'<xs:choice maxOccurs="unbounded">{text("A")}{text("B")}</xs:choice>',
    "a sequence in a choice that repeats": f'<xs:choice maxOccurs="2">{sequence(text("A"), text("B"))}</xs:choice>',
    "a name that stands twice": sequence(text("A"), text("B"), text("A")),
    "a name that stands twice, once deeper": sequence(text("A"), f"<xs:choice>{text('A')}{text('B')}</xs:choice>"),
    "a group that repeats": sequence('<xs:choice minOccurs="0" maxOccurs="2"><xs:element name="A"><xs:complexType>'
    f'{sequence(text("C"))}</xs:complexType></xs:element></xs:choice>'),
}  # fmt: skip

MAPPING = """[mapping]
language = 1
name = "send"
kind = "notice-to-message"
[[field]]
target = "{target}"
from = "notices[0].reference"
required = true
"""


def compiled(folder: Path, content: str, target: str) -> Program:
    (folder / "messages.xsd").write_text(SCHEMA.format(content=content), encoding="utf-8")
    contract = message_for("notice-to-message", folder / "messages.xsd", "Send")
    return compile_mapping(MAPPING.format(target=target).encode(), "send.toml", contract=contract)


@pytest.mark.parametrize("where", list(REPEATED))
def test_no_mapping_makes_a_part_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    target = "A.C" if "group" in where else "A"
    with pytest.raises(MappingMistaken) as mistaken:
        compiled(tmp_path, REPEATED[where], target)
    assert [mistake.code for mistake in mistaken.value.mistakes] == ["mapping.target-unwritable"]
    assert target in str(mistaken.value.mistakes[0])


@pytest.mark.parametrize(
    "content",
    [
        f"<xs:choice>{sequence(text('A'), text('B'))}{sequence(text('A'), text('C'))}</xs:choice>",
        sequence(text("A"), text("B", 'minOccurs="0" maxOccurs="unbounded"')),
    ],
)
def test_a_part_with_one_place_is_made(tmp_path: Path, content: str) -> None:
    assert compiled(tmp_path, sequence(content), "A").targets == ("A",)


def test_a_part_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    mapping = """[mapping]
language = 1
name = "answer"
kind = "answer-to-outcome"
[[repeat]]
target = "results"
from = "A"
[[repeat.field]]
target = "status"
value = "ACCEPTED"
[[repeat.field]]
target = "reference"
from = "Ref"
"""
    inner = f'<xs:element name="A"><xs:complexType>{sequence(text("Ref"))}</xs:complexType></xs:element>'
    content = f'<xs:sequence maxOccurs="unbounded">{inner}{text("B")}</xs:sequence>'
    (tmp_path / "messages.xsd").write_text(SCHEMA.format(content=content), encoding="utf-8")
    contract = message_for("answer-to-outcome", tmp_path / "messages.xsd", "Send")
    program = compile_mapping(mapping.encode(), "answer.toml", contract=contract)
    answer = "<S><A><Ref>1</Ref></A><B/><A><Ref>2</Ref></A><B/></S>"
    made = program.run(tree_of(etree.fromstring(answer)))
    assert [result["reference"] for result in made.values["results"]] == ["1", "2"]


def test_a_draft_names_a_part_that_cannot_be_written_and_makes_none() -> None:
    draft = MappingDraft("send", "notice-to-message", is_json=False)
    draft.request(Group(members={"A": Leaf(required=True, many=True, only_read=True), "B": Leaf(required=True)}))
    assert [line for line in draft.text.splitlines() if line.startswith(("# A", "target"))] == [
        "# A: its place may repeat, or it stands twice; no request can be written with it",
        'target = "B"',
    ]
