"""Rows on their way into the inbox, by any route: first a line of a list, then a row or an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.municipal.documents import NotBase64, decoded
from gateway.notice.notice import excess_of
from gateway.notice.source_row import ATTACHMENTS, Rows, Value, is_key
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import MAX_VERSION, PushedRow, PushResult, Taking

MAX_ROWS = 10_000
"""Most rows in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Attachment of a line: base64 in ``content``, or the name of a ``file`` beside the list; ``octets`` once read.

    The other parts are what its sender says of it.
    """

    name: str
    title: str | None = None
    kind: str | None = None
    media_type: str | None = None
    digest: str | None = None
    content: str | None = field(default=None, repr=False)
    file: str | None = None
    octets: bytes | None = field(default=None, repr=False)

    @property
    def row(self) -> dict[str, Value]:
        """Return it as mappings read it: what is there of its parts, and its octets as ``content``."""
        parts = {name: getattr(self, name) for name in ("name", "title", "kind", "media_type", "digest")}
        return {**{name: text for name, text in parts.items() if text is not None}, "content": self.octets}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a list before its check.

    ``documents`` are octets, by their field. ``files`` are names of entries beside the list, by their field.
    ``attachments`` stand in their order. ``error`` is a defect already found in it.
    """

    place: str
    key: str
    version: str
    fields: Mapping[str, Value] = field(default_factory=dict, repr=False)
    documents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Row at one place of a list, or the error that refused it. ``taking`` is the inbox's result."""

    place: str
    key: str = ""
    version: int = 0
    row: PushedRow | None = field(default=None, repr=False)
    taking: Taking = Taking.REFUSED
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """Document of a list: base64 in ``content``, or the name of a ``file`` beside the list."""

    name: str
    content: str | None = None
    file: str | None = None


def line_of(
    place: str,
    key: str,
    version: str,
    fields: Sequence[tuple[str, Value]],
    documents: Sequence[Encoded],
    attachments: Sequence[Attachment] = (),
) -> Line:
    """Return a line from its parts; a name that occurs twice is an error."""
    names = [name for name, _ in fields] + [document.name for document in documents]
    names += [ATTACHMENTS] if attachments else []
    error: GatewayError | None = None
    if twice := sorted({name for name in names if names.count(name) > 1}):
        error = GatewayError("push.field", where=place, detail=f"{twice[0][:100]} twice")
    found: dict[str, bytes] = {}
    attached = list(attachments)
    try:
        for document in documents:
            if document.content is not None:
                found[document.name] = _octets(document.content, place, document.name)
        for index, each in enumerate(attachments):
            if each.content is not None:
                octets = _octets(each.content, place, f"{ATTACHMENTS}.{index + 1}")
                attached[index] = replace(each, content=None, octets=octets)
    except GatewayError as bad:
        error = error or bad
    files = {document.name: document.file for document in documents if document.file is not None}
    return Line(
        place=place,
        key=key,
        version=version,
        fields=dict(fields),
        documents=found,
        files=files,
        attachments=attached,
        error=error,
    )


def _octets(content: str, place: str, name: str) -> bytes:
    try:
        return decoded(content)
    except NotBase64:
        raise GatewayError("push.document", where=place, detail=name[:100]) from None


def refused(code: str, place: str, detail: str = "", key: str = "") -> Item:
    return Item(place=place, key=key, error=GatewayError(code, where=place, detail=detail))


def item_of(line: Line, beside: Mapping[str, bytes] | None = None) -> Item:
    """Return the row of a line; ``beside`` are the contents of its ``files``, if found."""
    if line.error is not None:
        return Item(place=line.place, key=line.key, error=line.error)
    octets = sum(len(each.octets or b"") for each in line.attachments)
    if (code := excess_of(len(line.attachments), octets)) is not None:
        return refused(code, line.place, ATTACHMENTS, line.key)
    missing = [line.files[name] for name in sorted(line.files.keys() - (beside or {}).keys())]
    missing += [each.file or "" for each in line.attachments if each.octets is None]
    if missing:
        return refused("file.document-missing", line.place, missing[0], line.key)
    if not is_key(line.key):
        return refused("push.key", line.place)
    version = line.version.strip()
    if not (version.isascii() and version.isdecimal() and len(version) <= len(str(MAX_VERSION))):
        return refused("push.version", line.place, key=line.key)
    values: dict[str, Value | Rows] = {**line.fields, **line.documents, **(beside or {})}
    if line.attachments:
        values[ATTACHMENTS] = tuple(each.row for each in line.attachments)
    row = PushedRow(key=line.key, version=int(version), fields=values)
    return Item(place=line.place, key=row.key, version=row.version, row=row)


def pushed(items: Sequence[Item], push: Callable[[Sequence[PushedRow]], Sequence[PushResult]]) -> list[Item]:
    """Push the good items; return all of them without their rows, each with its result."""
    taken = iter(push([item.row for item in items if item.row is not None]))
    done: list[Item] = []
    for item in items:
        if item.row is None:
            done.append(item)
            continue
        found = next(taken)
        error = None if found.code is None else GatewayError(found.code, where=item.place)
        done.append(replace(item, row=None, taking=found.taking, error=error))
    return done
