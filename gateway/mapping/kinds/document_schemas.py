"""Documents of a notice: attachments as a target, and all documents as a source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice import fields
from gateway.notice.fields import InvalidField
from gateway.notice.notice import Document, sha256


def _attachment(value: Any, scope: Scope) -> bytes:
    octets = fields.attachment(value)
    if fields.media_type(octets) == fields.PDF:
        scope.given.examine(octets)
    return octets


def _media_type(value: Any, scope: Scope) -> str:
    named, octets = fields.line(value), scope.found.get("octets")
    if octets is not None and named != fields.media_type(octets):
        raise InvalidField("document.media-type")
    return named


def _attachment_digest(value: Any, scope: Scope) -> str:
    return same_digest(value, scope.found.get("octets"))


def same_digest(value: Any, octets: bytes | None) -> str:
    found = "sha256:" + fields.number(value).lower().removeprefix("sha256:")
    if octets is not None and found != sha256(octets):
        raise InvalidField("document.digest")
    return found


def _line(title: str, *, required: bool) -> Leaf:
    return Leaf(title=title, required=required, check=_read_line, max_length=fields.MAX_LINE)


def _read_line(value: Any, _scope: Scope) -> str:
    return fields.line(value)


ATTACHMENTS: Final = Group(
    members={
        "name": _line("نام فایل پیوست", required=True),
        "title": _line("عنوان پیوست", required=False),
        "kind": _line("کد نوع پیوست", required=False),
        "octets": Leaf(
            type=Type.OCTETS,
            title="فایل پیوست",
            required=True,
            missing="document.missing",
            check=_attachment,
            asks_call=True,
        ),
        "media_type": Leaf(title="قالب پیوست", check=_media_type, after=("octets",)),
        "digest": Leaf(title="چکیده پیوست", check=_attachment_digest, after=("octets",)),
    },
    many=True,
    required=False,
)
"""Attachments of a row's mapping, in order."""

DOCUMENT: Mapping[str, Leaf] = {
    "name": Leaf(required=True),
    "title": Leaf(),
    "kind": Leaf(note="a code of the service, as the notice's own mapping made it"),
    "media_type": Leaf(required=True),
    "octets": Leaf(type=Type.OCTETS, required=True),
    "digest": Leaf(required=True),
    "size": Leaf(type=Type.INTEGER, required=True),
}

DOCUMENTS: Final = Group(
    members={
        **DOCUMENT,
        "number": Leaf(type=Type.INTEGER, required=True, note="1 for the paper that is served"),
        "main": Leaf(type=Type.BOOLEAN, required=True, note="true for the paper that is served"),
    },
    many=True,
)
"""Documents in the source of a message: the paper, and its attachments in order."""


def document_tree(document: Document) -> dict[str, Any]:
    return {
        "name": document.name,
        "title": document.title,
        "kind": document.kind,
        "media_type": document.media_type,
        "octets": document.octets,
        "digest": document.digest,
        "size": len(document.octets),
    }


def documents_tree(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return documents in the form of `NOTICE_SOURCE`: the paper, and all in order."""
    numbered = [{**each, "number": place, "main": place == 1} for place, each in enumerate(documents, start=1)]
    return {"document": documents[0], "documents": numbered}
