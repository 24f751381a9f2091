"""Attributes of XML Schema in an answer (`xsi:nil`, `xsi:type`) are no data: a nil element is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xmlschema
from lxml import etree

from adapters.contracts.message import message_for
from adapters.contracts.xml_tree import tree_of
from gateway.mapping.compiler.compiler import compile_mapping

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x" elementFormDefault="qualified">
<xs:element name="Answer"><xs:complexType><xs:sequence>
<xs:element name="Number" type="xs:string" nillable="true"/>
<xs:element name="Serial" minOccurs="0" nillable="true"><xs:complexType><xs:simpleContent>
<xs:extension base="xs:string"><xs:attribute name="kind"/></xs:extension></xs:simpleContent></xs:complexType>
</xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>
"""
MAPPING = """[mapping]
language = 1
name = "answer"
kind = "answer-to-outcome"
[[repeat]]
target = "results"
[[repeat.field]]
target = "status"
value = "ACCEPTED"
[[repeat.field]]
target = "tracking_number"
from = "Number"
{when}
[[repeat.field]]
target = "text"
value = "there is one"
when = {{ from = "Number", present = true }}
"""


def result(tmp_path: Path, number: str, when: str = "") -> dict[str, Any]:
    (tmp_path / "answer.xsd").write_text(XSD, encoding="utf-8")
    answer = f'<Answer xmlns="urn:x" {XSI}>{number}</Answer>'
    assert xmlschema.XMLSchema(str(tmp_path / "answer.xsd")).is_valid(answer)
    contract = message_for("answer-to-outcome", tmp_path / "answer.xsd", "Answer")
    program = compile_mapping(MAPPING.format(when=when).encode(), "own.toml", contract=contract)
    made = program.run(tree_of(etree.fromstring(answer)) or {})
    assert not made.problems
    [found] = made.values["results"]
    return dict(found)


@pytest.mark.parametrize("nil", ["true", "1"])
def test_a_nil_element_is_missing_in_an_answer_that_its_schema_accepts(nil: str, tmp_path: Path) -> None:
    assert result(tmp_path, f'<Number xsi:nil="{nil}"/>') == {"status": "ACCEPTED"}


@pytest.mark.parametrize(
    "number",
    [
        "<Number>7</Number>",
        '<Number xsi:nil="false">7</Number>',
        '<Number xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">7</Number>',
    ],
)
def test_an_element_with_other_attributes_of_the_schema_is_its_text(number: str, tmp_path: Path) -> None:
    assert result(tmp_path, number)["tracking_number"] == "7"


@pytest.mark.parametrize(
    ("xml", "tree"),
    [
        (f'<a {XSI} xsi:nil="true"/>', None),
        (f'<a {XSI} xsi:nil=" 1 "/>', None),
        (f'<a {XSI} xsi:nil="true">x</a>', None),
        (f'<a {XSI} xsi:nil="true"><b>x</b></a>', None),
        (f'<a {XSI} xsi:nil="true" kind="k"/>', {"@kind": "k"}),
        (f'<a {XSI} xsi:nil="0"><b>x</b></a>', {"b": "x"}),
        (f'<a {XSI} xsi:schemaLocation="urn:x x.xsd"><b>x</b></a>', {"b": "x"}),
        (f'<a {XSI}><b xsi:nil="true"/><b>2</b></a>', {"b": [None, "2"]}),
        ('<a nil="true">x</a>', {"@nil": "true", "#text": "x"}),
    ],
)
def test_attributes_of_the_schema_are_never_read(xml: str, tree: object) -> None:
    assert tree_of(etree.fromstring(xml)) == tree
