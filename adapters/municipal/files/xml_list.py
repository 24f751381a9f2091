"""A list as XML: the element ``Rows`` of schemas/municipal/push-1, without DOCTYPE, comments and instructions."""

from __future__ import annotations

from functools import cache

from lxml import etree

from adapters.crypto.keys.names import PUSH as NAMESPACE
from adapters.crypto.xml.strict_xml import MIB, Limits, conforms, load_schema, parse
from adapters.municipal.file_lines import Attachment, Encoded, Line, line_of
from adapters.shipped.resources import PUSH
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

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
    return [_line(row, f"row {number}") for number, row in enumerate(root, start=1)]


def _line(row: etree._Element, place: str) -> Line:
    fields = [(e.findtext(f"{_M}Name", ""), e.findtext(f"{_M}Value", "")) for e in row.iterfind(f"{_M}Field")]
    documents = [
        Encoded(name=e.findtext(f"{_M}Name", ""), content=e.findtext(f"{_M}Content"), file=e.findtext(f"{_M}File"))
        for e in row.iterfind(f"{_M}Document")
    ]
    attachments = [
        Attachment(
            name=e.findtext(f"{_M}Name", ""),
            title=e.findtext(f"{_M}Title"),
            kind=e.findtext(f"{_M}Kind"),
            media_type=e.findtext(f"{_M}MediaType"),
            digest=e.findtext(f"{_M}Digest"),
            content=e.findtext(f"{_M}Content"),
            file=e.findtext(f"{_M}File"),
        )
        for e in row.iterfind(f"{_M}Attachment")
    ]
    key, version = row.findtext(f"{_M}Key", ""), row.findtext(f"{_M}Version", "")
    return line_of(place, key, version, fields, documents, attachments)


@cache
def _schema() -> etree.XMLSchema:
    return load_schema(PUSH / "messages-1.xsd")
