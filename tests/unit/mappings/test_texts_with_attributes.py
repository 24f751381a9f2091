"""A text that may have attributes is read alike with and without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.contracts.message import message_for
from adapters.contracts.xml_tree import tree_of
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.paths import compile_path, parse_path

KIND = '<xs:attribute name="lang" use="{use}"/>'
TEXTUAL = """<xs:complexType><xs:simpleContent><xs:extension base="xs:string">{kind}</xs:extension>
</xs:simpleContent></xs:complexType>"""
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x"
 elementFormDefault="qualified"><xs:element name="Answer"><xs:complexType><xs:sequence>
<xs:element name="Code" minOccurs="0" nillable="true">{textual}</xs:element>
<xs:element name="Word" minOccurs="0" maxOccurs="unbounded">{textual}</xs:element>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""
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
target = "code"
{source}
[[repeat.field]]
target = "tracking_number"
value = "there is one"
when = {{ from = "Code", present = true }}
[[repeat.field]]
target = "text"
value = "it is 7"
when = {{ from = "Code", is = "7" }}
"""


def result(folder: Path, answer: str, source: str, kind: str = KIND.format(use="optional")) -> dict[str, Any]:
    (folder / "answer.xsd").write_text(XSD.format(textual=TEXTUAL.format(kind=kind)), encoding="utf-8")
    contract = message_for("answer-to-outcome", folder / "answer.xsd", "Answer")
    program = compile_mapping(MAPPING.format(source=source).encode(), "own.toml", contract=contract)
    element = etree.fromstring(f'<Answer xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{answer}</Answer>')
    made = program.run(tree_of(element) or {})
    assert not made.problems
    [found] = made.values["results"]
    return dict(found)


SEVEN = {"status": "ACCEPTED", "code": "7", "tracking_number": "there is one", "text": "it is 7"}
ABSENT = {"status": "ACCEPTED"}


@pytest.mark.parametrize("source", ['from = "Code"', 'from = "Code.#text"', """expression = 'Code."#text"'"""])
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("<Code>7</Code>", SEVEN),
        ('<Code lang="fa">7</Code>', SEVEN),
        ('<Code lang="fa"/>', ABSENT),
        ('<Code lang="fa" xsi:nil="true"/>', ABSENT),
        ('<Code xsi:nil="true"/>', ABSENT),
        ("<Code/>", ABSENT),
        ("", ABSENT),
    ],
)
def test_a_text_is_read_with_and_without_its_attribute(
    tmp_path: Path, answer: str, found: dict[str, str], source: str
) -> None:
    assert result(tmp_path, answer, source) == found


def test_an_attribute_is_read_beside_the_text(tmp_path: Path) -> None:
    assert result(tmp_path, '<Code lang="fa">7</Code>', 'from = "Code.@lang"')["code"] == "fa"
    assert "code" not in result(tmp_path, "<Code>7</Code>", 'from = "Code.@lang"')


@pytest.mark.parametrize("source", ["Word[*]", "Word[*].#text", "Word"])
def test_texts_of_a_list_are_read_with_and_without_attributes(tmp_path: Path, source: str) -> None:
    steps = f'from = "{source}"\ndo = ["join"]\n'
    words = '<Word>a</Word><Word lang="fa">b</Word><Word lang="en"/>'
    assert result(tmp_path, words, steps)["code"].split() == ["a", "b"]
    assert result(tmp_path, "<Word>a</Word>", steps)["code"] == "a"
    assert result(tmp_path, words, 'from = "Word[1]"')["code"] == "b"


def test_elements_of_a_repeat_keep_their_attributes(tmp_path: Path) -> None:
    (tmp_path / "answer.xsd").write_text(
        XSD.format(textual=TEXTUAL.format(kind=KIND.format(use="optional"))), encoding="utf-8"
    )
    contract = message_for("answer-to-outcome", tmp_path / "answer.xsd", "Answer")
    mapping = """[mapping]
language = 1
name = "answer"
kind = "answer-to-outcome"
[[repeat]]
target = "results"
from = "Word"
[[repeat.field]]
target = "status"
value = "ACCEPTED"
[[repeat.field]]
target = "reference"
from = "#text"
[[repeat.field]]
target = "code"
from = "@lang"
"""
    program = compile_mapping(mapping.encode(), "own.toml", contract=contract)
    made = program.run(tree_of(etree.fromstring('<Answer><Word>a</Word><Word lang="fa">b</Word></Answer>')))
    assert not made.problems
    assert [(each["reference"], each.get("code")) for each in made.values["results"]] == [("a", None), ("b", "fa")]


@pytest.mark.parametrize("code", ["7", {"@lang": "fa", "#text": "7"}, {"#text": "7"}])
@pytest.mark.parametrize("path", ["Code", "Code.#text", "$.Code", "Code[0]", "Code[0].#text"])
def test_without_a_contract_both_forms_are_read(path: str, code: object) -> None:
    document = {"Code": code}
    assert compile_path(parse_path(path))(document, document, Budget()) == "7"
