"""A constant, a default or an entry of a table that its target would refuse in every document is a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.contracts.message import message_for
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.result import ANY_COLUMN
from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program

HEAD = '[mapping]\nlanguage = 1\nname = "own"\nkind = "{kind}"\n'
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x" elementFormDefault="qualified">
<xs:element name="A"><xs:complexType><xs:sequence>
<xs:element name="n" type="xs:decimal" minOccurs="0"/><xs:element name="b" type="xs:base64Binary" minOccurs="0"/>
<xs:element name="any" type="xs:anyType" minOccurs="0"/><xs:element name="day" type="xs:date" minOccurs="0"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>
"""
JSON = '{"$defs": {"A": {"type": "object", "properties": {"any": {}, "n": {"type": "number"}}}}}'


def mistakes(kind: str, body: str, **known: Any) -> list[tuple[str, str]]:
    """Return codes and findings of the mistakes, but for what the short mapping leaves out."""
    try:
        compile_mapping((HEAD.format(kind=kind) + body).encode(), "own.toml", **known)
    except MappingMistaken as mistaken:
        left_out = {"mapping.target-unmapped", "mapping.order"}
        return [(each.code, each.found.en) for each in mistaken.mistakes if each.code not in left_out]
    return []


def codes(kind: str, body: str, **known: Any) -> list[str]:
    return [code for code, _ in mistakes(kind, body, **known)]


@pytest.mark.parametrize(
    ("target", "value", "code"),
    [
        ("revision", "0", "mapping.constant"),
        ("revision", "5000", "mapping.constant"),
        ("revision", "2", None),
        ("recipient.postal_code", '"123"', "mapping.constant"),
        ("recipient.postal_code", '"11155-12345"', None),
        ("recipient.mobile", '"5"', "mapping.constant"),
        ("recipient.mobile", '"09123456789"', None),
        ("serve_by", "1405-01-01", "mapping.constant"),
        ("serve_by", "2026-02-03", None),
        ("serve_by", "2026-02-03T12:00:00Z", "mapping.target-type"),
        ("subject", '"' + "x" * 2001 + '"', "mapping.target-length"),
        ("subject", '"a\\uFFFDb"', "mapping.constant"),
        ("extra.office", '"a\\u0001b"', "mapping.target-value"),
        ("body.code", '"article-100"', None),
        ("kind", '"ruling"', None),
        ("recipient.identifier", '"0012345679"', None),
        ("document.digest", '"sha256:00"', None),
    ],
)
def test_a_notice_takes_no_constant_that_it_would_always_refuse(target: str, value: str, code: str | None) -> None:
    wanted = [code] if code else []
    entry = f'[[field]]\ntarget = "{target}"\n'
    assert codes("row-to-notice", f"{entry}value = {value}\n") == wanted
    assert codes("row-to-notice", f'{entry}from = "a"\ndefault = {value}\n') == wanted


def test_an_entry_of_a_table_is_judged_so_too() -> None:
    body = '[[field]]\ntarget = "recipient.postal_code"\nfrom = "a"\ndo = [{ name = "lookup", table = "t" }]\n'
    table = '[tables.t]\nunknown = "nothing"\nentries = { a = "1115512345", b = "5", "-" = "" }\n'
    assert codes("row-to-notice", body + table) == ["mapping.constant"]


def test_an_empty_default_is_a_mistake_where_a_notice_could_not_hold_it() -> None:
    entry = 'target = "{}"\nfrom = "a"\ndefault = ""\n'
    assert codes("row-to-notice", "[[field]]\n" + entry.format("recipient.address")) == ["mapping.constant"]
    assert codes("result-to-row", ('[[field]]\ntarget = "note"\nfrom = "code"\ndefault = ""\n')) == []


def test_the_finding_says_what_the_target_wants() -> None:
    [(_, found)] = mistakes("row-to-notice", '[[field]]\ntarget = "recipient.postal_code"\nvalue = "123"\n')
    assert "ten digits" in found


COLUMNS = Group(members={"any": ANY_COLUMN, "number": Leaf(type=Type.INTEGER)})


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("nan", "mapping.constant"),
        ("inf", "mapping.constant"),
        ("99999999999999999999", "mapping.value-type"),
        ("07:32:00", "mapping.target-type"),
        ("[1]", "mapping.target-type"),
        ("1.5", None),
        ("2026-02-03", None),
        ("2026-02-03T12:00:00", None),
    ],
)
def test_a_column_takes_no_constant_that_no_row_can_hold(value: str, code: str | None) -> None:
    body = f'[[field]]\ntarget = "any"\nvalue = {value}\n'
    for row in (None, COLUMNS):
        assert codes("result-to-row", body, row=row) == ([code] if code else [])


def test_the_finding_for_a_time_of_day_names_it() -> None:
    [(_, found)] = mistakes("result-to-row", '[[field]]\ntarget = "any"\nvalue = 07:32:00\n')
    assert found == "a single value is wanted, not a time of day"


@pytest.mark.parametrize(
    ("form", "target", "value", "code"),
    [
        ("a.xsd", "n", "nan", "mapping.constant"),
        ("a.xsd", "n", "1.5", None),
        ("a.xsd", "b", "5", "mapping.target-type"),
        ("a.xsd", "b", "2026-02-03", "mapping.target-type"),
        ("a.xsd", "b", '"AAAA"', None),
        ("a.xsd", "any", "[1]", "mapping.target-type"),
        ("a.xsd", "any", "07:32:00", "mapping.target-type"),
        ("a.xsd", "any", '"x"', None),
        ("a.xsd", "day", "2026-02-03", None),
        ("a.json", "any", "2026-02-03", "mapping.target-type"),
        ("a.json", "any", "07:32:00", "mapping.target-type"),
        ("a.json", "any", "[1]", "mapping.target-type"),
        ("a.json", "any", "inf", "mapping.constant"),
        ("a.json", "n", "-inf", "mapping.constant"),
        ("a.json", "any", "true", None),
    ],
)
def test_a_message_takes_no_constant_for_which_it_has_no_form(
    form: str, target: str, value: str, code: str | None, tmp_path: Path
) -> None:
    (tmp_path / form).write_text(XSD if form.endswith("xsd") else JSON, encoding="utf-8")
    contract = message_for("notice-to-message", tmp_path / form, "A")
    entry = f'[[field]]\ntarget = "{target}"\n'
    assert codes("notice-to-message", f"{entry}value = {value}\n", contract=contract) == ([code] if code else [])
    default = f'{entry}expression = "notices[0].extra.x"\ndefault = {value}\n'
    if target == "any":
        assert codes("notice-to-message", default, contract=contract) == ([code] if code else [])


def test_a_default_that_is_a_table_is_a_mistake() -> None:
    body = '[[field]]\ntarget = "x"\nfrom = "notices[0].subject"\ndefault = { a = 1 }\n'
    assert codes("notice-to-message", body, contract=OPEN) == ["mapping.target-type"]


def test_a_good_constant_is_made() -> None:
    body = '[[field]]\ntarget = "any"\nvalue = 2026-02-03\n'
    program: Program = compile_mapping((HEAD.format(kind="result-to-row") + body).encode(), "own.toml", row=COLUMNS)
    assert not program.run({}).problems
