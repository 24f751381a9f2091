"""Documents of a sealed notice: which of them a browser may show, and the headers under which nothing in them runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response

POLICY: Final = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of a document: whatever it holds, it has no origin, runs nothing and loads nothing."""

_SHOWN: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
"""Media type → ending of the documents that a browser shows by itself. Every other one is only saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """Document of a notice: ``number`` 0 is the paper, 1 its first attachment."""

    number: int
    title: str
    media_type: str

    @property
    def shown(self) -> bool:
        return self.media_type in _SHOWN


def documents_in(fields: Mapping[str, str]) -> Iterator[ShownDocument]:
    """Yield the documents that a sealed notice's fields name."""
    number, path = 0, "Document"
    while f"{path}/MediaType" in fields:
        title = fields.get(f"{path}/Title") or fields.get(f"{path}/Name", "")
        yield ShownDocument(number=number, title=title, media_type=fields[f"{path}/MediaType"])
        number += 1
        path = f"Attachment[{number}]"


def document_response(octets: bytes, media_type: str, name: str) -> Response:
    """Return a document's octets: shown in the browser's own viewer if it is a known kind, else saved.

    ``name`` is ASCII, and without an ending.
    """
    ending = _SHOWN.get(media_type)
    response = Response(octets, content_type=media_type if ending else "application/octet-stream")
    how = "inline" if ending else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{name}.{ending or "bin"}"'
    response.headers["Content-Security-Policy"] = POLICY
    return response
