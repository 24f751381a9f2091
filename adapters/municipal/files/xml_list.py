"""A list as XML: the element ``Rows`` of schemas/municipal/push-1, without DOCTYPE, comments and instructions."""

from __future__ import annotations

from functools import cache

from lxml import etree

from adapters.crypto.xml import MIB, Limits, conforms, load_schema, parse
from adapters.municipal.documents import NotBase64, decoded
from adapters.municipal.files.listing import Line
from adapters.resources import PUSH
from gateway.errors import GatewayError
from gateway.trust import Rejection

NAMESPACE = "urn:eblagh:push:1"
LIMITS = Limits(
    max_bytes=64 * MIB, max_nodes=1_000_000, max_depth=8, max_attributes_total=1_000, max_namespaces_total=1_000
)

_M = f"{{{NAMESPACE}}}"


def lines_of(octets: bytes) -> list[Line]:
    """Return the lines of a list. Raises `GatewayError` ``file.xml``: nothing of the file is taken."""
    try:
        root = parse(octets.removeprefix(b"\xef\xbb\xbf"), LIMITS)
        conforms(_schema(), root)
    except Rejection as rejection:
        raise GatewayError(
            "file.xml", where=rejection.where, detail=f"{rejection.entry.en} {rejection.detail}"
        ) from None
    if root.tag != f"{_M}Rows":
        raise GatewayError("file.xml", where="Rows", detail="another document element")
    return [line_of(row, f"row {number}") for number, row in enumerate(root, start=1)]


def line_of(row: etree._Element, place: str) -> Line:
    """Return what an element of the type ``Row`` says; it fits the schema."""
    key, version = row.findtext(f"{_M}Key", ""), row.findtext(f"{_M}Version", "")
    fields: dict[str, str] = {}
    documents: dict[str, bytes] = {}
    files: dict[str, str] = {}
    for element in row.iterfind(f"{_M}Field"):
        name = element.findtext(f"{_M}Name", "")
        if name in fields:
            return Line(place=place, key=key, version=version, error=_twice(place, name))
        fields[name] = element.findtext(f"{_M}Value", "")
    for element in row.iterfind(f"{_M}Document"):
        name, content = element.findtext(f"{_M}Name", ""), element.findtext(f"{_M}Content")
        if name in fields or name in documents or name in files:
            return Line(place=place, key=key, version=version, error=_twice(place, name))
        try:
            if content is None:
                files[name] = element.findtext(f"{_M}File", "")
            else:
                documents[name] = decoded(content)
        except NotBase64:
            error = GatewayError("push.document", where=place, detail=name)
            return Line(place=place, key=key, version=version, error=error)
    return Line(place=place, key=key, version=version, fields=fields, documents=documents, files=files)


def _twice(place: str, name: str) -> GatewayError:
    return GatewayError("push.field", where=place, detail=f"{name} twice")


@cache
def _schema() -> etree.XMLSchema:
    return load_schema(PUSH / "messages-1.xsd")
