"""An element that the contract may repeat is a list, however many of it an answer has."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.contracts.message import message_of
from adapters.contracts.xml_tree import tree_of
from adapters.shipped.resources import ROOT
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken

FOLDER = ROOT / "examples/soap_login_tickets"
RESPONSE = "FindByReferenceResponse"
NAMESPACE = "http://peyk.invalid/exchange/3"
MAPPING = b"""
[mapping]
language = 1
name = "standing"
kind = "answer-to-standing"

[[repeat]]
target = "results"
[[repeat.field]]
target = "status"
value = "NOT_KNOWN"
when = { expression = "Letter[0] == `null`" }
[[repeat.field]]
target = "status"
value = "ACCEPTED"
[[repeat.field]]
target = "tracking_number"
from = "Letter[0].LetterNumber"
[[repeat.field]]
target = "code"
expression = "to_string(length(Letter || `[]`))"
"""


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_one_element_of_a_list_is_found_as_one_of_several_is(count: int) -> None:
    program = compile_mapping(MAPPING, "standing.toml", contract=message_of(FOLDER / "contract/peyk.xsd", RESPONSE))
    letters = "".join(f"<Letter><LetterNumber>PK-{number}</LetterNumber></Letter>" for number in range(count))
    answer = etree.fromstring(f'<{RESPONSE} xmlns="{NAMESPACE}">{letters}</{RESPONSE}>')
    [result] = program.run(tree_of(answer) or {}).values["results"]
    found = {"status": "ACCEPTED", "tracking_number": "PK-0"} if count else {"status": "NOT_KNOWN"}
    assert result == {**found, "code": str(count)}


def test_an_expression_that_reads_a_list_as_its_element_is_a_mistake() -> None:
    wanted = message_of(FOLDER / "contract/peyk.xsd", RESPONSE)
    for expression in ("Letter.LetterNumber", "Letter.LetterNumber || `null`"):
        mapping = MAPPING.replace(b'from = "Letter[0].LetterNumber"', f'expression = "{expression}"'.encode())
        with pytest.raises(MappingMistaken) as told:
            compile_mapping(mapping, "standing.toml", contract=wanted)
        assert [(each.code, each.line) for each in told.value.mistakes] == [("mapping.expression-null", 18)]


def test_an_element_in_a_repeat_is_no_list() -> None:
    mapping = MAPPING.replace(b'target = "results"\n', b'target = "results"\nfrom = "Letter"\n')
    for old, new in (
        (b"Letter[0] ==", b"LetterNumber =="),
        (b"Letter[0].", b""),
        (b"length(Letter || `[]`)", b"State"),
    ):
        mapping = mapping.replace(old, new)
    program = compile_mapping(mapping, "standing.toml", contract=message_of(FOLDER / "contract/peyk.xsd", RESPONSE))
    letter = "<Letter><LetterNumber>PK-1</LetterNumber><State>20</State></Letter>"
    answer = etree.fromstring(f'<{RESPONSE} xmlns="{NAMESPACE}">{letter}</{RESPONSE}>')
    [result] = program.run(tree_of(answer) or {}).values["results"]
    assert result == {"status": "ACCEPTED", "tracking_number": "PK-1", "code": "20"}
