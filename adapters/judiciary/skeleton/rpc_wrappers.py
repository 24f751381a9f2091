"""Wrappers of rpc/literal (WSDL 1.1, 3.5): a WSDL implies the element of each message, and no schema declares it.

Messages are checked by files, so the elements are written: the operation's name, or that with ``Response`` behind it
(WS-I Basic Profile 1.1, R2729), in the namespace of ``soap:body``, with the parts in it unqualified (R2735).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
XS: Final = "{http://www.w3.org/2001/XMLSchema}"
SOAP: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
OF_ELEMENT: Final = "rpc with a part that is an element: WS-I Basic Profile, R2203, allows types alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """Element of a message: its ``name`` in ``namespace``, and the types of its parts, each as namespace and name."""

    namespace: str | None
    name: str
    parts: Mapping[str, tuple[str | None, str]]


class RpcMessages:
    """Messages of the rpc operations in the documents ``roots`` of one WSDL."""

    def __init__(self, roots: Sequence[etree._Element]) -> None:
        self._messages = {each.get("name"): each for root in roots for each in root.iter(f"{WSDL}message")}
        self._ports = {each.get("name"): each for root in roots for each in root.iter(f"{WSDL}portType")}
        self._declared = {
            (schema.get("targetNamespace"), each.get("name"))
            for root in roots
            for schema in root.iter(f"{XS}schema")
            for each in schema.iterfind(f"{XS}element")
        }

    def has_elements(self, operation: etree._Element) -> bool:
        """Return True for an operation of a binding with a part that is an element."""
        return any(
            part.get("type") is None for way in ("input", "output") for part in self._parts(operation, way) or ()
        )

    def wrappers(self, operation: etree._Element) -> Iterator[Wrapper]:
        """Yield the wrappers of an operation of a binding that no schema declares."""
        for way, behind in (("input", ""), ("output", "Response")):
            body = _body(operation, way)
            namespace, name = (None if body is None else body.get("namespace")), f"{operation.get('name')}{behind}"
            parts = self._parts(operation, way)
            # An XSD without a namespace takes that of the one which includes it.
            if parts is None or not {(namespace, name), (None, name)}.isdisjoint(self._declared):
                continue
            types = {part.get("name") or "": _qualified(part, part.get("type") or "") for part in parts}
            yield Wrapper(namespace=namespace, name=name, parts=types)

    def _parts(self, operation: etree._Element, way: str) -> list[etree._Element] | None:
        """Return the parts of a message that stand in its Body; None if there is no such message."""
        binding = operation.getparent()
        port = None if binding is None else self._ports.get(_local(binding.get("type")))
        if port is None:
            return None
        abstract = (each for each in port.iterfind(f"{WSDL}operation") if each.get("name") == operation.get("name"))
        told = next((found for each in abstract if (found := each.find(f"{WSDL}{way}")) is not None), None)
        message = None if told is None else self._messages.get(_local(told.get("message")))
        if message is None:
            return None
        body, headers = _body(operation, way), {each.get("part") for each in _of_soap(operation, way, "header")}
        named = None if body is None or body.get("parts") is None else (body.get("parts") or "").split()
        parts = message.iterfind(f"{WSDL}part")
        return [
            each for each in parts if each.get("name") not in headers and (named is None or each.get("name") in named)
        ]


def schema_of(namespace: str | None, wrappers: Iterable[Wrapper], files: Mapping[str | None, str]) -> str:
    """Return the XSD of wrappers of one namespace. ``files`` are those of the contract's types, by namespace."""
    schema = etree.Element(f"{XS}schema", nsmap={"xs": XS[1:-1]})
    if namespace is not None:
        schema.set("targetNamespace", namespace)
    for other, location in files.items():
        if other == namespace:
            etree.SubElement(schema, f"{XS}include", schemaLocation=location)
        else:
            imported = etree.SubElement(schema, f"{XS}import", schemaLocation=location)
            if other is not None:
                imported.set("namespace", other)
    for wrapper in wrappers:
        element = etree.SubElement(schema, f"{XS}element", name=wrapper.name)
        sequence = etree.SubElement(etree.SubElement(element, f"{XS}complexType"), f"{XS}sequence")
        for name, (of, type_) in wrapper.parts.items():
            prefixed = type_ if of is None else f"{'xs' if of == XS[1:-1] else 't'}:{type_}"
            nsmap = {} if of is None or of == XS[1:-1] else {"t": of}
            part = etree.SubElement(sequence, f"{XS}element", nsmap=nsmap)
            part.set("name", name)
            part.set("type", prefixed)
    return etree.tostring(schema, encoding="unicode", pretty_print=True)


def _of_soap(operation: etree._Element, way: str, what: str) -> list[etree._Element]:
    message = operation.find(f"{WSDL}{way}")
    return [] if message is None else [each for namespace in SOAP for each in message.iter(f"{namespace}{what}")]


def _body(operation: etree._Element, way: str) -> etree._Element | None:
    return next(iter(_of_soap(operation, way, "body")), None)


def _qualified(element: etree._Element, name: str) -> tuple[str | None, str]:
    prefix, _, local = name.rpartition(":")
    return element.nsmap.get(prefix or None), local


def _local(name: str | None) -> str:
    return (name or "").rpartition(":")[2]
