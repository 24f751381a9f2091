"""Fields and paper of a sealed notice, read without verifying a signature."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from gateway.notice.notice import RECIPIENT_PARTS, sha256
from gateway.trust.trust_policy import Rejection

_SEEN = (
    "Reference", "IssuingBody/Title", "IssuingBody/District", "Paper/Subject", "Paper/IssuedOn", "Recipient/Name",
    "Recipient/Address", "Recipient/PostalCode", "Recipient/Mobile", "Case/ArchiveNumber", "Case/RenovationCode",
    "Paper/Predecessor", "Document/Name", "Document/MediaType", "Document/Digest",
)  # fmt: skip
"""Fields in the order of `gateway.notice.notice.Notice.content_digest`."""


def sealed_fields(octets: bytes) -> Mapping[str, str]:
    """Return the texts of a ``Notice`` by their paths (``Case/Number``), and its ``content digest``.

    Raises ``ValueError`` for octets that are no notice.
    """
    try:
        root = parse(octets, DOCUMENT_LIMITS)
    except Rejection as refused:
        raise ValueError("not a notice") from refused
    if root.tag != f"{{{NOTICE}}}Notice":
        raise ValueError("not a notice")
    fields: dict[str, str] = {}
    for child in root.iterchildren(f"{{{NOTICE}}}*"):
        name = child.tag.rpartition("}")[2]
        if len(child) == 0:
            fields[name] = child.text or ""
        fields |= {f"{name}/{_name_of(leaf)}": leaf.text or "" for leaf in child}
    seen = [*(fields.get(path) for path in _SEEN), *_later(fields)]
    return {**fields, "content digest": sha256(json.dumps(seen, ensure_ascii=True).encode())}


def xml_name(name: str) -> str:
    """Return the element's name of a field of the notice, such as ``FirstName``."""
    return "".join(word.capitalize() for word in name.split("_"))


def _name_of(leaf: etree._Element) -> str:
    named = leaf.get("name") if leaf.tag == f"{{{NOTICE}}}Field" else None
    return named or str(leaf.tag).rpartition("}")[2]


def _later(fields: Mapping[str, str]) -> list[list[str]]:
    """Return the fields that notices did not have at first, as `Notice.content_digest` takes them in."""
    parts = {f"Recipient/{xml_name(name)}": f"recipient.{name}" for name in RECIPIENT_PARTS}
    told = [[parts[path], fields[path]] for path in parts if path in fields]
    extra = [path.partition("/")[2] for path in fields if path.startswith("Extra/")]
    return told + [[f"extra.{name}", fields[f"Extra/{name}"]] for name in extra]


def sealed_paper(octets: bytes) -> bytes:
    """Return the paper in a ``Notice``. Raises ``ValueError`` for octets without a notice or paper."""
    fields = sealed_fields(octets)
    try:
        return base64.b64decode(fields["Document/Content"], validate=True)
    except (KeyError, ValueError) as problem:
        raise ValueError("no paper in it") from problem
