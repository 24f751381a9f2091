"""A mapping is judged against all that an XML schema allows, and against nothing that it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.contracts.message import message_of
from gateway.mapping.model.schema import OPEN, Group, Leaf, find
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

ROOT = Path(__file__).parents[3]
XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"'
TEXT = Leaf(in_pieces=True)
NEEDED = Leaf(required=True, in_pieces=True)
SCATTERED = Leaf(required=True, many=True, only_read=True, in_pieces=True)
MAY_BE_ABSENT = 'minOccurs="0"'
ROUND = '<xs:group ref="t:Round"/>'


def schema(*parts: str, target: str = "urn:t") -> str:
    return f'<xs:schema {XS} targetNamespace="{target}">{"".join(parts)}</xs:schema>'


def complex_type(name: str, content: str, more: str = "") -> str:
    return f'<xs:complexType name="{name}"{more}>{content}</xs:complexType>'


def read(tmp_path: Path, *parts: str, name: str = "R", of: str = "t:T") -> Group:
    """Return what the element ``name`` of the type ``of`` holds."""
    path = tmp_path / "messages.xsd"
    path.write_text(schema(*parts, f'<xs:element name="{name}" type="{of}"/>'), encoding="utf-8")
    return message_of(path, name)


def text(name: str, more: str = "") -> str:
    return f'<xs:element name="{name}" type="xs:string" {more}/>'


def sequence(*parts: str, more: str = "") -> str:
    return f"<xs:sequence {more}>{''.join(parts)}</xs:sequence>"


def choice(*parts: str, more: str = "") -> str:
    return f"<xs:choice {more}>{''.join(parts)}</xs:choice>"


def derived(how: str, base: str, content: str) -> str:
    return f'<xs:complexContent><xs:{how} base="{base}">{content}</xs:{how}></xs:complexContent>'


def test_attributes_of_groups_are_known(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        '<xs:attributeGroup name="Inner"><xs:attribute name="c" type="xs:int"/></xs:attributeGroup>',
        '<xs:attributeGroup name="Outer"><xs:attribute name="b" use="required"/>'
        '<xs:attributeGroup ref="t:Inner"/></xs:attributeGroup>',
        '<xs:attribute name="d" type="xs:string"/>',
        complex_type("T", sequence(text("A")) + '<xs:attributeGroup ref="t:Outer"/><xs:attribute ref="t:d"/>'),
    )
    assert made.members == {
        "@b": Leaf(type=Type.ANY, required=True),
        "@c": Leaf(type=Type.INTEGER),
        "@d": TEXT,
        "A": NEEDED,
    }
    assert not made.is_open


def test_elements_of_groups_are_known_as_often_as_they_occur(tmp_path: Path) -> None:
    group = f'<xs:group name="G">{sequence(text("A"), choice(text("B"), text("C")))}</xs:group>'
    once = read(tmp_path, group, complex_type("T", sequence('<xs:group ref="t:G"/>', text("D"))))
    assert (once.members, once.is_open) == ({"A": NEEDED, "B": TEXT, "C": TEXT, "D": NEEDED}, False)
    often = read(tmp_path, group, complex_type("T", '<xs:group ref="t:G" minOccurs="0" maxOccurs="3"/>'))
    assert often.members == dict.fromkeys("ABC", Leaf(many=True, only_read=True, in_pieces=True))


def test_what_a_restriction_removed_is_not_there(tmp_path: Path) -> None:
    base = sequence(text("A", 'minOccurs="0"'), text("B"), text("C", 'minOccurs="0"'))
    base += '<xs:attribute name="a"/><xs:attribute name="b" type="xs:string"/>'
    restricted = (
        sequence(text("A", 'minOccurs="0" maxOccurs="0"'), text("B")) + '<xs:attribute name="a" use="prohibited"/>'
    )
    made = read(tmp_path, complex_type("Base", base), complex_type("T", derived("restriction", "t:Base", restricted)))
    assert made.members == {"@b": TEXT, "B": NEEDED}


def test_an_extension_has_what_its_base_has(tmp_path: Path) -> None:
    own = sequence(text("B", 'maxOccurs="unbounded"')) + '<xs:attribute name="b" type="xs:date"/>'
    made = read(
        tmp_path,
        complex_type("Base", sequence(text("A")) + '<xs:attribute name="a" type="xs:boolean"/>'),
        complex_type("T", derived("extension", "t:Base", own)),
    )
    assert made.members == {
        "@a": Leaf(type=Type.BOOLEAN),
        "@b": Leaf(type=Type.DATE),
        "A": NEEDED,
        "B": Leaf(required=True, many=True, in_pieces=True),
    }


@pytest.mark.parametrize(
    ("content", "members"),
    [
        (sequence(text("A"), more='maxOccurs="2"'), {"A": SCATTERED}),
        (sequence(sequence(text("A")), more='maxOccurs="2"'), {"A": SCATTERED}),
        (sequence(text("A"), text("B"), text("A", MAY_BE_ABSENT)), {"A": SCATTERED, "B": NEEDED}),
        (choice(sequence(text("A"), text("B")), sequence(text("A"), text("C"))), {"A": NEEDED, "B": TEXT, "C": TEXT}),
        (
            choice(text("A"), text("B"), more='maxOccurs="unbounded"'),
            dict.fromkeys("AB", Leaf(many=True, only_read=True, in_pieces=True)),
        ),
        (f"<xs:all>{text('A')}{text('B', MAY_BE_ABSENT)}</xs:all>", {"A": NEEDED, "B": TEXT}),
        (
            sequence(text("A", 'maxOccurs="99999999"'), text("B", 'default="x"')),
            {"A": Leaf(required=True, many=True, in_pieces=True), "B": TEXT},
        ),
    ],
)
def test_an_element_is_needed_and_repeated_as_its_model_says(
    content: str, members: dict[str, Leaf], tmp_path: Path
) -> None:
    assert read(tmp_path, complex_type("T", content)).members == members


def test_members_of_a_substitution_group_stand_for_their_head(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        '<xs:element name="Head" type="xs:string" abstract="true"/>',
        '<xs:element name="One" type="xs:string" substitutionGroup="t:Head"/>',
        '<xs:element name="Two" type="xs:string" substitutionGroup="t:One"/>',
        '<xs:element name="Alone" type="xs:string" abstract="true"/>',
        complex_type("T", sequence('<xs:element ref="t:Head" maxOccurs="2"/>')),
        complex_type("S", sequence('<xs:element ref="t:Alone"/>')),
        '<xs:element name="S" type="t:S"/>',
    )
    assert (made.members, made.is_open) == (
        {"One": Leaf(many=True, in_pieces=True), "Two": Leaf(many=True, in_pieces=True)},
        False,
    )
    assert message_of(tmp_path / "messages.xsd", "S") == OPEN, "others may stand for it"


def test_a_type_that_is_abstract_leaves_room_for_those_made_of_it(tmp_path: Path) -> None:
    made = read(tmp_path, complex_type("T", sequence(text("A")), ' abstract="true"'))
    assert (made.members, made.is_open) == ({"A": NEEDED}, True)


def test_lengths_and_choices_come_down_from_base_types(tmp_path: Path) -> None:
    def simple(name: str, base: str, facets: str) -> str:
        return f'<xs:simpleType name="{name}"><xs:restriction base="{base}">{facets}</xs:restriction></xs:simpleType>'

    made = read(
        tmp_path,
        simple("Short", "xs:token", '<xs:minLength value="2"/><xs:maxLength value="40"/>'),
        simple("Kind", "t:Short", '<xs:enumeration value="AB"/><xs:enumeration value="CD"/>'),
        simple("Shorter", "t:Kind", '<xs:maxLength value="9"/><xs:pattern value="(a+)+b"/>'),
        simple("Code", "xs:int", '<xs:enumeration value="10"/>'),
        simple("Exact", "xs:string", '<xs:length value="10"/>'),
        '<xs:simpleType name="Codes"><xs:list itemType="t:Code"/></xs:simpleType>',
        '<xs:simpleType name="Either"><xs:union memberTypes="t:Code t:Kind"/></xs:simpleType>',
        complex_type("Priced", '<xs:simpleContent><xs:extension base="t:Code"><xs:attribute name="of" type="t:Exact"/>'
                     "</xs:extension></xs:simpleContent>"),
        complex_type("T", sequence(*(f'<xs:element name="{name}" type="t:{name}"/>'
                                     for name in ("Shorter", "Codes", "Either", "Priced")))),
    )  # fmt: skip
    assert made.members == {
        "Shorter": Leaf(required=True, least_length=2, max_length=9, choices=frozenset({"AB", "CD"})),
        "Codes": Leaf(type=Type.ANY, required=True),
        "Either": Leaf(type=Type.ANY, required=True),
        "Priced": Group(
            members={
                "@of": Leaf(least_length=10, max_length=10),
                "#text": Leaf(type=Type.INTEGER, choices=frozenset({10})),
            }
        ),
    }


def test_files_of_the_folder_are_read_with_what_they_import(tmp_path: Path) -> None:
    (tmp_path / "سامانه 1").mkdir()
    (tmp_path / "سامانه 1" / "a.xsd").write_text(
        schema('<xs:import namespace="urn:b" schemaLocation="../b%231.xsd"/>',
               '<xs:import namespace="urn:b" schemaLocation="../b2.xsd"/>',
               '<xs:element name="E" type="b:B" xmlns:b="urn:b"/>',
               '<xs:element name="F" type="b:F" xmlns:b="urn:b"/>'),
        encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "b#1.xsd").write_text(schema(complex_type("B", sequence(text("X"))), target="urn:b"), encoding="utf-8")
    (tmp_path / "b2.xsd").write_text(schema(complex_type("F", sequence(text("Y"))), target="urn:b"), encoding="utf-8")
    back = '<xs:include schemaLocation="messages.xsd"/>'
    (tmp_path / "chameleon.xsd").write_text(schema(back, text("C")).replace(' targetNamespace="urn:t"', "", 1))
    made = read(
        tmp_path,
        '<xs:include schemaLocation="سامانه%201/a.xsd"/><xs:include schemaLocation="chameleon.xsd"/>',
        complex_type("T", sequence(*(f'<xs:element ref="t:{name}"/>' for name in "EFC"))),
    )
    assert made.members == {"E": Group(members={"X": NEEDED}), "F": Group(members={"Y": NEEDED}), "C": NEEDED}


def test_a_wsdl_has_several_schemas_that_know_each_other(tmp_path: Path) -> None:
    path = tmp_path / "service.wsdl"
    schemas = schema('<xs:import namespace="urn:b"/><xs:element name="R" type="b:B" xmlns:b="urn:b"/>')
    schemas += f'<xs:schema targetNamespace="urn:b">{complex_type("B", sequence(text("X")))}</xs:schema>'
    wsdl = "http://schemas.xmlsoap.org/wsdl/"
    path.write_text(f'<definitions xmlns="{wsdl}" {XS}><types>{schemas}</types></definitions>', encoding="utf-8")
    assert message_of(path, "R").members == {"X": NEEDED}


def test_a_name_that_leads_nowhere_may_be_anything(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        '<xs:import namespace="urn:far" schemaLocation="https://far.example/far.xsd"/>',
        complex_type(
            "T",
            sequence(
                '<xs:element name="A" type="f:A" xmlns:f="urn:far"/>', '<xs:element ref="f:B" xmlns:f="urn:far"/>'
            ),
        ),
        complex_type("G", '<xs:group ref="f:G" xmlns:f="urn:far"/>'),
        complex_type("H", sequence(text("A")) + '<xs:attributeGroup ref="f:G" xmlns:f="urn:far"/>'),
        complex_type("E", derived("extension", "f:E", sequence(text("A"))).replace("f:E", 'f:E" xmlns:f="urn:far')),
        *(f'<xs:element name="{name}" type="t:{name}"/>' for name in "GHE"),
    )
    assert made.members == dict.fromkeys("AB", Leaf(type=Type.ANY, required=True))
    for name in "GHE":
        assert message_of(tmp_path / "messages.xsd", name).is_open, name


@pytest.mark.parametrize(
    "content",
    [
        sequence(*(f'<xs:element name="{name}" type="t:T" minOccurs="0"/>' for name in ("Inner", "Other"))),
        ROUND,
        derived("extension", "t:T", sequence(text("A"))),
    ],
)
def test_what_leads_round_ends(content: str, tmp_path: Path) -> None:
    round_ = f'<xs:group name="Round">{sequence(text("A"), ROUND)}</xs:group>'
    made = read(tmp_path, round_, complex_type("T", content))
    assert find(made, ("Inner",) * 30) is not None


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'>]>", "it has a DTD"),
        (schema(complex_type("T", sequence(*(text(f"E{n}", 'minOccurs="0"') for n in range(2_000))))), "steps"),
        (
            schema(
                f'<xs:group name="G0">{sequence(text("A"))}</xs:group>',
                *(f'<xs:group name="G{n}">{sequence(*[f"<xs:group ref={chr(34)}t:G{n - 1}{chr(34)}/>"] * 2)}</xs:group>'
                  for n in range(1, 40)),
                complex_type("T", '<xs:group ref="t:G39"/>'),
            ),
            "steps",
        ),
        (schema('<xs:include schemaLocation=".hidden.xsd"/>'), "a dot in front"),
        (schema('<xs:element name="R" type="xs:string" minOccurs="1"/>'), "/xs:schema/xs:element: use of"),
        (schema('<xs:include schemaLocation="page.xsd"/>'), "no schema"),
        (schema('<xs:element name="A" substitutionGroup="t:B"/><xs:element name="B" substitutionGroup="t:A"/>'), ""),
    ],
)  # fmt: skip
def test_a_schema_is_refused_before_it_does_harm(body: str, detail: str, tmp_path: Path) -> None:
    path = tmp_path / "messages.xsd"
    path.write_text(body if body.startswith("<xs:") else body + schema(), encoding="utf-8")
    (tmp_path / ".hidden.xsd").write_text(schema(), encoding="utf-8")
    (tmp_path / "page.xsd").write_text("<html/>", encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        message_of(path, "R")
    assert refused.value.code == "mapping.contract"
    assert detail in refused.value.detail


def test_a_file_is_opened_by_the_folders_own_reader_alone(tmp_path: Path) -> None:
    secret, inner = tmp_path / "secret.xsd", tmp_path / "inner"
    secret.write_text(schema(text("Secret")), encoding="utf-8")
    inner.mkdir()
    (inner / "link.xsd").symlink_to(secret)
    locations = (
        "../secret.xsd",
        "link.xsd",
        secret.as_uri(),
        str(secret),
        "https://far.example/x.xsd",
        "//far.example/x.xsd",
    )
    for location in locations:
        with pytest.raises(GatewayError) as refused:
            read(inner, f'<xs:include schemaLocation="{location}"/>', name="Own", of="xs:string")
        assert refused.value.detail == "Own holds a single value"
        with pytest.raises(GatewayError) as refused:
            message_of(inner / "messages.xsd", "Secret")
        assert refused.value.detail == "no element Secret; there are Own", location


def test_the_reader_of_schemas_is_imported_where_one_is_read() -> None:
    reported = "import sys, adapters.contracts.message; print('xmlschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", reported], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
