"""`profile init` reads rpc/literal: it writes the wrappers that such a WSDL implies, where no XSD declares them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from lxml import etree

from adapters.contracts.message import message_of
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.skeleton.profile_skeleton import write_skeleton
from adapters.judiciary.skeleton.survey import Role
from adapters.settings.profile import profile_in
from adapters.shipped.resources import PROFILES, ROOT
from gateway.runtime.errors import GatewayError

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns:t="urn:t">
<xs:complexType name="Letter"><xs:sequence><xs:element name="subject" type="xs:string"/></xs:sequence></xs:complexType>
</xs:schema>"""
WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap12/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" xmlns:a="urn:a" targetNamespace="urn:a">
<types><xs:schema><xs:import namespace="urn:t" schemaLocation="types.xsd"/></xs:schema></types>
<message name="In"><part name="letter" type="t:Letter"/><part name="count" type="xs:int"/>
<part name="token" element="t:Token"/></message>
<message name="Out"><part name="state" type="xs:string"/></message>
<portType name="P"><operation name="sendLetter"><input message="a:In"/><output message="a:Out"/></operation></portType>
<binding name="B" type="a:P"><s:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="sendLetter"><s:operation soapAction="urn:a#send"/>
 <input><s:body parts="letter count" use="literal" namespace="urn:a"/></input>
 <output><s:body use="literal" namespace="urn:a"/></output></operation></binding>
<service name="S"><port name="P" binding="a:B"><s:address location="https://odd.invalid/"/></port></service></definitions>"""


def given(folder: Path, wsdl: str = WSDL, xsd: str = XSD) -> Path:
    folder.mkdir()
    (folder / "types.xsd").write_text(xsd, encoding="utf-8")
    (folder / "service.wsdl").write_text(wsdl, encoding="utf-8")
    return folder / "service.wsdl"


WITHOUT_HEADER = WSDL.replace('\n<part name="token" element="t:Token"/>', "").replace(' parts="letter count"', "")


@pytest.mark.parametrize("wsdl", [WITHOUT_HEADER, WSDL], ids=["all parts", "those of the body"])
def test_the_wrappers_are_written_and_what_is_made_fits_them(wsdl: str, tmp_path: Path) -> None:
    xsd = XSD.replace("</xs:schema>", '<xs:element name="Token" type="xs:string"/></xs:schema>')
    skeleton = write_skeleton(tmp_path / "new", given(tmp_path / "given", wsdl, xsd), {}, is_openapi=False)
    assert skeleton.roles.by_role[Role.SUBMIT] == "sendLetter"
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    assert 'target = "letter.subject"' in (tmp_path / "new/submit.toml").read_text(encoding="utf-8")
    assert set(message_of(profile.messages, "sendLetter").members) == {"letter", "count"}
    assert set(message_of(profile.messages, "sendLetterResponse").members) == {"state"}
    request = etree.fromstring(
        '<a:sendLetter xmlns:a="urn:a"><letter><subject>x</subject></letter><count>1</count></a:sendLetter>'
    )
    schema = load_schema(profile.messages)
    assert schema.validate(request), schema.error_log
    request[1].tag = "{urn:a}count"
    assert not schema.validate(request), "parts are unqualified"


def test_what_the_wsdl_makes_fits_the_written_wrapper(tmp_path: Path) -> None:
    write_skeleton(tmp_path / "new", given(tmp_path / "given", WITHOUT_HEADER), {}, is_openapi=False)
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    made = Binding(profile.service, None, ["sendLetter"]).request(
        "sendLetter", {"letter": {"subject": "x"}, "count": 1}
    )
    schema = load_schema(profile.messages)
    assert schema.validate(made), schema.error_log


def test_wrappers_of_the_schemas_own_namespace_stand_beside_its_types(tmp_path: Path) -> None:
    wsdl = WITHOUT_HEADER.replace('namespace="urn:a"/>', 'namespace="urn:t"/>')
    write_skeleton(tmp_path / "new", given(tmp_path / "given", wsdl), {}, is_openapi=False)
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    assert set(message_of(profile.messages, "sendLetter").members) == {"letter", "count"}
    load_schema(profile.messages)


@pytest.mark.parametrize(
    ("folder", "operation"),
    [
        (PROFILES / "eblagh-rpc-1", "SabtEblagh"),
        (ROOT / "tests" / "contracts" / "mizan_rpc" / "profile", "RegisterLetter"),
    ],
)
def test_wrappers_that_a_contract_declares_are_its_own(folder: Path, operation: str, tmp_path: Path) -> None:
    source = tmp_path / "given"
    shutil.copytree(folder, source)
    write_skeleton(tmp_path / "new", source / "service.wsdl", {Role.SUBMIT: operation}, is_openapi=False)
    profile = profile_in(tmp_path / "new", "new", may_have_blanks=True)
    assert profile.messages.name in {file.name for file in source.iterdir()}, "nothing is written"
    assert message_of(profile.messages, operation).members


def test_a_part_that_is_an_element_is_not_served(tmp_path: Path) -> None:
    wsdl = re.sub(r'name="count" type="xs:int"', 'name="count" element="t:Count"', WITHOUT_HEADER)
    xsd = XSD.replace("</xs:schema>", '<xs:element name="Count" type="xs:int"/></xs:schema>')
    with pytest.raises(GatewayError) as refused:
        write_skeleton(tmp_path / "new", given(tmp_path / "given", wsdl, xsd), {}, is_openapi=False)
    assert refused.value.code == "profile.contract"
    assert "document/literal or rpc/literal" in refused.value.detail
    assert "sendLetter: rpc with a part that is an element" in refused.value.detail
