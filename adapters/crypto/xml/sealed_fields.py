"""Fields and paper of a sealed notice, read without verifying a signature."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from gateway.notice.large_octets import LARGE, DecodedOctets, LargeOctets, Octets, PartOctets, short_pieces
from gateway.notice.notice import ATTACHMENT_PARTS, RECIPIENT_PARTS, sha256
from gateway.trust.trust_policy import Rejection

ATTACHMENT: Final = "Attachment"
"""Name of the element of a document beside the paper."""

_CONTENT: Final = f"{{{NOTICE}}}Content"
_OPENING: Final = b"<n:Content>"
"""Start tag of a document's content in the canonical form of our notices."""

_SHORT: Final = 16 * 1024
"""Most signs of a content that is left in its element."""

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

_SEEN = (
    "Reference", "IssuingBody/Title", "IssuingBody/District", "Paper/Subject", "Paper/IssuedOn", "Recipient/Name",
    "Recipient/Address", "Recipient/PostalCode", "Recipient/Mobile", "Case/ArchiveNumber", "Case/RenovationCode",
    "Paper/Predecessor", "Document/Name", "Document/MediaType", "Document/Digest",
)  # fmt: skip
"""Fields in the order of `gateway.notice.notice.Notice.content_digest`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedDocument:
    """Document in a sealed notice: ``digest`` is the one that the notice tells."""

    media_type: str
    digest: str
    octets: bytes = field(repr=False)


def sealed_fields(octets: bytes) -> Mapping[str, str]:
    """Return the texts of a ``Notice`` by their paths (``Case/Number``, ``Attachment[1]/Name``), and its ``content
    digest``.

    Raises ``ValueError`` for octets that are no notice.
    """
    try:
        root = parse(octets, DOCUMENT_LIMITS)
    except Rejection as refused:
        raise ValueError("not a notice") from refused
    if root.tag != f"{{{NOTICE}}}Notice":
        raise ValueError("not a notice")
    fields: dict[str, str] = {}
    attachments = 0
    for child in root.iterchildren(f"{{{NOTICE}}}*"):
        name = child.tag.rpartition("}")[2]
        if name == ATTACHMENT:
            attachments += 1
            name = f"{name}[{attachments}]"
        if len(child) == 0:
            fields[name] = child.text or ""
        fields |= {f"{name}/{_name_of(leaf)}": leaf.text or "" for leaf in child}
    seen = [*(fields.get(path) for path in _SEEN), *_later(fields)]
    return {**fields, "content digest": sha256(json.dumps(seen, ensure_ascii=True).encode())}


def sealed_issue_day(octets: bytes) -> date | None:
    """Return the day on which the paper in a ``Notice`` was issued; None for octets that do not tell it."""
    try:
        return date.fromisoformat(sealed_fields(octets).get("Paper/IssuedOn", ""))
    except ValueError:
        return None


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
    told += [[f"extra.{name}", fields[f"Extra/{name}"]] for name in extra]
    told += [
        [f"document.{name.lower()}", fields[f"Document/{name}"]]
        for name in ("Title", "Kind")
        if f"Document/{name}" in fields
    ]
    number = 1
    while f"{ATTACHMENT}[{number}]/Name" in fields:
        paths = {name: f"{ATTACHMENT}[{number}]/{xml_name(name)}" for name in ATTACHMENT_PARTS}
        told += [[f"attachment.{number}.{name}", fields[path]] for name, path in paths.items() if path in fields]
        number += 1
    return told


def documents_of(root: etree._Element) -> list[etree._Element]:
    """Return the elements of a ``Notice``'s documents: the paper, and its attachments in order."""
    return [*root.iterchildren(f"{{{NOTICE}}}Document"), *root.iterchildren(f"{{{NOTICE}}}{ATTACHMENT}")]


def read_notice(octets: Octets) -> tuple[etree._Element, list[LargeOctets | None]]:
    """Return a ``Notice``, and for each of its documents the octets if they are large: its element then has no content.

    Raises `Rejection` as `parse` does.
    """
    if LARGE < len(octets) <= DOCUMENT_LIMITS.max_bytes and (thin := _without_contents(octets)) is not None:
        kept, found = thin
        root = parse(kept, DOCUMENT_LIMITS)
        if list(root.iter(_CONTENT)) == [each.find(_CONTENT) for each in documents_of(root)]:
            return root, found
    root = parse(bytes(octets), DOCUMENT_LIMITS)
    return root, [None] * len(documents_of(root))


def _without_contents(octets: Octets) -> tuple[bytes, list[LargeOctets | None]] | None:
    """Return a notice without the large contents of its documents, and these in the order of their elements.

    In canonical XML the start tag of an element is nothing else, wherever it stands. Returns None for a content that is
    no base64 in whole groups, or has no end.
    """
    kept, found = bytearray(), list[LargeOctets | None]()
    start: int | None = None
    rest, at = b"", 0
    for piece in short_pieces(octets):
        rest += piece
        while True:
            if start is None:
                place = rest.find(_OPENING)
                end = max(0, len(rest) - len(_OPENING) + 1) if place < 0 else place + len(_OPENING)
                kept += rest[:end]
                rest, at = rest[end:], at + end
                if place < 0:
                    break
                start = at
            end = rest.find(b"<")
            if at + (len(rest) if end < 0 else end) - start <= _SHORT:
                if end < 0:
                    break
                kept += rest[:end]
                found.append(None)
            elif end < 0:
                end = len(rest) - 2  # the last two may be padding
                if rest[:end].translate(None, _BASE64):
                    return None
                rest, at = rest[end:], at + end
                break
            else:
                signs = rest[:end].rstrip(b"=")
                padding = end - len(signs)
                if signs.translate(None, _BASE64) or padding > 2 or (at + end - start) % 4:
                    return None
                found.append(DecodedOctets(PartOctets(octets, start, at + end), padding))
            rest, at, start = rest[end:], at + end, None
    return None if start is not None else (bytes(kept + rest), found)


def sealed_paper(octets: bytes) -> bytes:
    """Return the paper in a ``Notice``. Raises ``ValueError`` for octets without a notice or paper."""
    fields = sealed_fields(octets)
    try:
        return base64.b64decode(fields["Document/Content"], validate=True)
    except (KeyError, ValueError) as problem:
        raise ValueError("no paper in it") from problem


def sealed_documents(octets: bytes) -> list[SealedDocument]:
    """Return the documents in a ``Notice``, in order. Raises ``ValueError`` for octets without a notice."""
    try:
        root = parse(octets, DOCUMENT_LIMITS)
    except Rejection as refused:
        raise ValueError("not a notice") from refused
    return [
        SealedDocument(
            media_type=each.findtext(f"{{{NOTICE}}}MediaType", ""),
            digest=each.findtext(f"{{{NOTICE}}}Digest", ""),
            octets=base64.b64decode(each.findtext(f"{{{NOTICE}}}Content", ""), validate=True),
        )
        for each in documents_of(root)
    ]


def sealed_attachments(octets: bytes) -> list[tuple[str, bytes]]:
    """Return media types and octets of the documents beside the paper. Raises as `sealed_documents`."""
    return [(each.media_type, each.octets) for each in sealed_documents(octets)[1:]]
