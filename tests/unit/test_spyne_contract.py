"""spyne's models of the contract say what the published WSDL and schema say."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from adapters.crypto.keys.names import JUDICIARY
from adapters.sandbox.contracts import models
from adapters.sandbox.contracts.soap_service import EblaghService
from adapters.shipped.resources import PROFILES
from adapters.soap.bridge import SpyneBridge

XS = "{http://www.w3.org/2001/XMLSchema}"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
FOLDER = PROFILES / "eblagh-1"
SCHEMA = etree.parse(FOLDER / "messages-1.xsd").getroot()
NUMERIC = {"nonNegativeInteger", "positiveInteger"}


def messages(definitions: etree._Element) -> dict[str, tuple[str, str]]:
    """Operation → element names of its input and its output."""
    elements = {
        message.get("name"): message.find(f"{WSDL}part").get("element").partition(":")[2]
        for message in definitions.iter(f"{WSDL}message")
    }

    def element(operation: etree._Element, way: str) -> str:
        return elements[operation.find(WSDL + way).get("message").partition(":")[2]]

    return {
        operation.get("name"): (element(operation, "input"), element(operation, "output"))
        for operation in definitions.find(f"{WSDL}portType")
        if operation.tag == f"{WSDL}operation"
    }


def published(node: etree._Element) -> list[tuple[str, int, int, Any]]:
    """(name, least, most, kind) of each child by the schema; a choice makes all optional."""
    children = []
    for element in _particles(node):
        optional = element.getparent().tag == f"{XS}choice"
        least = 0 if optional else int(element.get("minOccurs", 1))
        children.append((element.get("name"), least, int(element.get("maxOccurs", 1)), _kind(element)))
    return children


def _particles(node: etree._Element) -> list[etree._Element]:
    complex_type = node if node.tag == f"{XS}complexType" else node.find(f"{XS}complexType")
    return [element for group in complex_type if group.tag in (f"{XS}sequence", f"{XS}choice") for element in group]


def _kind(element: etree._Element) -> Any:
    name = element.get("type", "").partition(":")[2]
    if name == "Sealed":
        return "any"
    if name in NUMERIC or element.find(f"{XS}simpleType/{XS}restriction[@base='xs:positiveInteger']") is not None:
        return "number"
    named = SCHEMA.find(f"{XS}complexType[@name='{name}']")
    if named is not None:
        return published(named)
    if element.find(f"{XS}complexType") is not None:
        return published(element)
    return "truth" if name == "boolean" else "text"


def modelled(model: Any) -> list[tuple[str, int, int, Any]]:
    return [
        (name, int(member.Attributes.min_occurs), int(member.Attributes.max_occurs), _model_kind(member))
        for name, member in model.get_flat_type_info(model).items()
    ]


def _model_kind(member: Any) -> Any:
    kinds = [(models.AnyXml, "any"), (models.Boolean, "truth"), (models.Integer, "number"), (models.Unicode, "text")]
    return next((kind for base, kind in kinds if issubclass(member, base)), None) or modelled(member)


def test_operations_and_their_elements_are_those_of_the_wsdl() -> None:
    generator = SpyneBridge(EblaghService, JUDICIARY).app.interface.docs.wsdl11
    generator.build_interface_document("http://127.0.0.1/eblagh")
    generated = messages(etree.fromstring(generator.get_interface_document()))
    assert generated == messages(etree.parse(FOLDER / "service.wsdl").getroot())
    assert len(generated) == 5


@pytest.mark.parametrize(
    "element", [e.get("name") for e in SCHEMA.findall(f"{XS}element") if e.get("name") != "ServiceFault"]
)
def test_each_element_has_the_children_that_the_schema_gives_it(element: str) -> None:
    model = getattr(models, element)
    assert model.get_namespace() == JUDICIARY
    assert modelled(model) == published(SCHEMA.find(f"{XS}element[@name='{element}']"))
