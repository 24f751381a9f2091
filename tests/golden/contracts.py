"""Names in the contracts that are published (`schemas/`): elements, attributes and types of XML, properties of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from adapters.shipped.resources import SCHEMAS


def contracts() -> Iterator[str]:
    """Yield each name of each contract, by the contract's file and the names that it stands in."""
    for path in sorted(SCHEMAS.rglob("*")):
        file = path.relative_to(SCHEMAS).as_posix()
        if path.suffix in (".xsd", ".wsdl"):
            yield from (f"{file}: {line}" for line in _of_xml(etree.parse(path).getroot()))
        elif path.suffix == ".json":
            yield from (f"{file}: {line}" for line in _of_json(json.loads(path.read_bytes())))


def _of_xml(root: etree._Element) -> Iterator[str]:
    yield f"namespace {root.get('targetNamespace')}"
    for node in root.iter(etree.Element):
        inside = [each.get("name") for each in node.iterancestors() if each.get("name")]
        if name := node.get("name") or node.get("ref"):
            kind = f" {found}" if (found := node.get("type")) else ""
            yield f"{etree.QName(node).localname} {'/'.join([*reversed(inside), name])}{kind}"
        elif "value" in node.attrib and etree.QName(node).localname == "enumeration":
            yield f"{'/'.join(reversed(inside))} may be {node.get('value')}"


def _of_json(node: Any, path: str = "") -> Iterator[str]:
    """Follow every key; tell those under ``properties``, the paths of an OpenAPI document, and its operations."""
    match node:
        case dict():
            for name, inner in node.items():
                here = f"{path}/{name}"
                if path.endswith(("/properties", "/paths")):
                    yield here
                if name == "operationId":
                    yield f"{here} {inner}"
                yield from _of_json(inner, here)
        case list():
            for inner in node:
                yield from _of_json(inner, path)
