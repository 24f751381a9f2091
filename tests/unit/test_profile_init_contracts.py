"""`profile init` reads WSDLs as services publish them, and has a clear error for contracts that nobody can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.skeleton.profile_skeleton import write_skeleton
from adapters.judiciary.skeleton.survey import Role
from adapters.settings.profile import profile_in
from gateway.runtime.errors import GatewayError

SCHEMA = '<xs:schema targetNamespace="urn:a" elementFormDefault="qualified">{}</xs:schema>'
LETTER = """<xs:complexType name="Letter"><xs:sequence><xs:element name="Subject" type="xs:string"/></xs:sequence>
</xs:complexType>"""
GIVE = """<xs:element name="Give"><xs:complexType><xs:sequence><xs:element name="Letter" type="a:Letter"/></xs:sequence>
</xs:complexType></xs:element>"""
GIVEN = """<xs:element name="Given"><xs:complexType><xs:sequence><xs:element name="Code" type="xs:int"/></xs:sequence>
</xs:complexType></xs:element>"""
PORT = """<message name="In"><part name="p" element="a:Give"/></message>
<message name="Out"><part name="p" element="a:Given"/></message>
<portType name="P"><operation name="Give"><input message="a:In"/><output message="a:Out"/></operation></portType>"""
BINDING = """<binding name="B" type="a:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
 <operation name="Give"><s:operation soapAction="urn:a#Give"/><input><s:body use="literal"/></input>
 <output><s:body use="literal"/></output></operation></binding>
<service name="S"><port name="P" binding="a:B"><s:address location="https://odd.invalid/"/></port></service>"""
IMPORT = '<xs:import namespace="urn:a" schemaLocation="{}"/>'


def wsdl(*parts: str) -> str:
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:a="urn:a" targetNamespace="urn:a">{"".join(parts)}</definitions>"""


def types(*schemas: str) -> str:
    return f"<types>{''.join(schemas)}</types>"


def xsd(*parts: str) -> str:
    made = SCHEMA.format("".join(parts))
    return made.replace("<xs:schema", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:a="urn:a"')


WSDLS = {
    "two schemas of one namespace": {
        "service.wsdl": wsdl(types(SCHEMA.format(LETTER + GIVE), SCHEMA.format(GIVEN)), PORT, BINDING)
    },
    "a schema uses a type of another one of its namespace": {
        "service.wsdl": wsdl(types(SCHEMA.format(GIVE + GIVEN), SCHEMA.format(LETTER)), PORT, BINDING)
    },
    "types in an imported WSDL": {
        "service.wsdl": wsdl('<import namespace="urn:a" location="port.wsdl"/>', BINDING),
        "port.wsdl": wsdl(types(SCHEMA.format(LETTER + GIVE + GIVEN)), PORT),
    },
    "an imported WSDL in a folder, whose types are beside it": {
        "service.wsdl": wsdl('<import namespace="urn:a" location="port/port.wsdl"/>', BINDING),
        "port/port.wsdl": wsdl(types(f"<xs:schema>{IMPORT.format('a.xsd')}{IMPORT.format('b.xsd')}</xs:schema>"), PORT),
        "port/a.xsd": xsd(LETTER, GIVE),
        "port/b.xsd": xsd(GIVEN),
    },
    "a schema that only includes files": {
        "service.wsdl": wsdl(
            types(SCHEMA.format('<!-- --><xs:include schemaLocation="a.xsd"/><xs:include schemaLocation="b.xsd"/>')),
            PORT,
            BINDING,
        ),
        "a.xsd": xsd(LETTER, GIVE),
        "b.xsd": xsd(GIVEN),
    },
    "files of the names that would be written": {
        "service.wsdl": wsdl(
            types(SCHEMA.format('<xs:include schemaLocation="types-1.xsd"/>' + GIVE), SCHEMA.format(GIVEN)),
            PORT,
            BINDING,
        ),
        "types-1.xsd": xsd(LETTER),
    },
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / next(iter(files))


@pytest.mark.parametrize("name", WSDLS)
def test_the_messages_of_a_wsdl_are_in_one_schema_wherever_it_has_its_types(name: str, tmp_path: Path) -> None:
    contract = written(tmp_path / "given", WSDLS[name])
    skeleton = write_skeleton(tmp_path / "new", contract, {}, is_openapi=False)
    assert skeleton.roles.by_role[Role.SUBMIT] == "Give"
    assert 'target = "Letter.Subject"' in (tmp_path / "new/submit.toml").read_text(encoding="utf-8")
    assert "Code: " in (tmp_path / "new/outcome.toml").read_text(encoding="utf-8")
    load_schema(profile_in(tmp_path / "new", "new", may_have_blanks=True).messages)
    for file in WSDLS[name]:
        assert (tmp_path / "new/contract" / file).read_bytes() == (tmp_path / "given" / file).read_bytes()


def test_a_contract_that_is_named_by_a_link_is_read(tmp_path: Path) -> None:
    contract = written(tmp_path, WSDLS["two schemas of one namespace"])
    (tmp_path / "link.wsdl").symlink_to(contract)
    write_skeleton(tmp_path / "new", tmp_path / "link.wsdl", {}, is_openapi=False)
    assert (tmp_path / "new/contract/service.wsdl").is_file()


def test_an_error_names_a_file_from_its_folder_on(tmp_path: Path) -> None:
    contract = written(
        tmp_path,
        {"service.wsdl": wsdl(types(SCHEMA.format('<xs:element name="Give" type="xs:int"/>' + GIVEN)), PORT, BINDING)},
    )
    with pytest.raises(GatewayError) as refused:
        write_skeleton(tmp_path / "new", contract, {}, is_openapi=False)
    assert (refused.value.code, refused.value.where) == ("mapping.contract", "types-1.xsd")


ONE_WAY = """<message name="Told"/>
<portType name="P"><operation name="Give"><input message="a:In"/><output message="a:Out"/></operation>
<operation name="Tell"><input message="a:In"/>{}</operation></portType>"""
TELL = (
    '<operation name="Tell"><s:operation soapAction="urn:a#Tell"/><input><s:body use="literal"/></input>{}</operation>'
)


@pytest.mark.parametrize(
    ("output", "written_output"),
    [("", ""), ('<output message="a:Told"/>', '<output><s:body use="literal"/></output>')],
    ids=["one-way", "an empty answer"],
)
def test_an_operation_without_an_answer_is_told_and_ends_nothing(
    output: str, written_output: str, tmp_path: Path
) -> None:
    ports = PORT.partition("<portType")[0] + ONE_WAY.format(output)
    binding = BINDING.replace("</binding>", f"{TELL.format(written_output)}</binding>")
    contract = written(tmp_path, {"service.wsdl": wsdl(types(SCHEMA.format(LETTER + GIVE + GIVEN)), ports, binding)})
    skeleton = write_skeleton(tmp_path / "new", contract, {}, is_openapi=False)
    assert [(each.code, each.where) for each in skeleton.unserved] == [("unserved.binding", "Tell")]
    with pytest.raises(GatewayError) as refused:
        Binding(contract, None, ["Tell"])
    assert refused.value.code == "courier.contract"


BY_GET = """<operation name="{0}"><h:operation location="/{0}"/><input><h:urlEncoded/></input>
<output><m:mimeXml part="p"/></output></operation>"""
HTTP = f"""<message name="Asked"><part name="Number" type="xs:string"/></message>
<portType name="Http"><operation name="Give"><input message="a:Asked"/><output message="a:Out"/></operation>
<operation name="Look"><input message="a:Asked"/><output message="a:Out"/></operation></portType>
<binding name="Get" type="a:Http" xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"
  xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/"><h:binding verb="GET"/>{BY_GET.format("Give")}{BY_GET.format("Look")}
</binding>"""


def test_an_operation_that_is_bound_to_soap_and_to_http_is_served(tmp_path: Path) -> None:
    by_post = HTTP[HTTP.index("<binding") :].replace('"Get"', '"Post"').replace('"GET"', '"POST"')
    parts = types(SCHEMA.format(LETTER + GIVE + GIVEN)), PORT, BINDING, HTTP, by_post
    skeleton = write_skeleton(tmp_path / "new", written(tmp_path, {"s.wsdl": wsdl(*parts)}), {}, is_openapi=False)
    assert [(each.code, each.where) for each in skeleton.unserved] == [("unserved.binding", "Look")]


def test_a_binding_of_a_port_type_that_is_not_there_is_told(tmp_path: Path) -> None:
    contract = written(tmp_path, {"service.wsdl": wsdl(types(SCHEMA.format(LETTER + GIVE + GIVEN)), BINDING)})
    with pytest.raises(GatewayError) as refused:
        write_skeleton(tmp_path / "new", contract, {}, is_openapi=False)
    assert refused.value.code == "courier.contract"


@pytest.mark.parametrize("address", ["http://[x", "a%00b"])
def test_an_address_that_names_no_file_is_told(address: str, tmp_path: Path) -> None:
    for file, text in (
        ("odd.wsdl", wsdl(f'<import namespace="urn:a" location="{address}"/>', PORT, BINDING)),
        ("odd.json", json.dumps(api() | {"x": {"$ref": address}})),
    ):
        with pytest.raises(GatewayError) as refused:
            write_skeleton(tmp_path / "new", written(tmp_path, {file: text}), {}, is_openapi=file == "odd.json")
        assert refused.value.code == "profile.contract"
        assert address in refused.value.detail


def api(**responses: Any) -> dict[str, Any]:
    """Return an OpenAPI document with one operation."""
    content = {"application/json": {"schema": {"type": "object", "properties": {"code": {"type": "string"}}}}}
    answers = {"200": {"description": "x", "content": content}} | responses
    told = {"operationId": "submit", "requestBody": {"content": content}, "responses": answers}
    return {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/n": {"post": told}}}


def flow(scopes: object) -> dict[str, Any]:
    return {"securitySchemes": {"o": {"type": "oauth2", "flows": {"clientCredentials": {"scopes": scopes}}}}}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (api() | {"components": {"securitySchemes": [{"type": "http"}]}}, ["unserved.security"]),
        (api() | {"components": {"securitySchemes": "x"}}, ["unserved.security"]),
        (api() | {"components": flow(5)}, []),
        (api() | {"components": flow(["a", 1])}, []),
        (api(**{"²": {"description": "x"}, "": {"description": "x"}, "x-y": 1}), []),
    ],
)
def test_odd_parts_of_an_openapi_document_end_nothing(
    document: dict[str, Any], told: list[str], tmp_path: Path
) -> None:
    contract = written(tmp_path, {"odd.json": json.dumps(document)})
    skeleton = write_skeleton(tmp_path / "new", contract, {}, is_openapi=True)
    assert [each.code for each in skeleton.unserved] == told
    assert '"200" = ' in (tmp_path / "new/outcome.toml").read_text(encoding="utf-8")


def test_an_operation_without_a_status_is_told(tmp_path: Path) -> None:
    document = api()
    document["paths"]["/n"]["post"]["responses"] = {"²": {"description": "x"}}
    with pytest.raises(GatewayError) as refused:
        write_skeleton(tmp_path / "new", written(tmp_path, {"odd.json": json.dumps(document)}), {}, is_openapi=True)
    assert refused.value.code == "profile.contract"


WHOLE = wsdl(types(SCHEMA.format(LETTER + GIVE + GIVEN)), PORT, BINDING)
LEADS_NOWHERE = {
    "an operation of one direction": WHOLE.replace('<input message="a:In"/>', ""),
    "a header of a part that is not there": WHOLE.replace(
        '<s:body use="literal"/></input>',
        '<s:header message="a:In" part="none" use="literal"/><s:body use="literal"/></input>',
    ),
    "a port without an address": WHOLE.replace('<s:address location="https://odd.invalid/"/>', ""),
}


@pytest.mark.parametrize("defect", LEADS_NOWHERE)
def test_a_contract_that_cannot_be_bound_is_an_error_in_words(tmp_path: Path, defect: str) -> None:
    text = LEADS_NOWHERE[defect]
    assert text != WHOLE
    file = tmp_path / "service.wsdl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        Binding(file, None, ["Give"])
    assert (refused.value.code, refused.value.where) == ("courier.contract", str(file))
    assert "Error" not in refused.value.detail
    assert "NoneType" not in refused.value.detail
