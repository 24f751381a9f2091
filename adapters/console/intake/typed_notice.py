"""The form of one notice as it was sent: its texts, and its files, which a draft keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import request
from werkzeug.datastructures import FileStorage

from adapters.console.site import context
from gateway.intake.entered_notice import (
    ATTACHMENTS_FIELD,
    BODY,
    DOCUMENT,
    KIND,
    MAX_TEXT,
    NAMES,
    file_name,
)
from gateway.intake.notice_draft import MAX_FILE_BYTES, DraftFile, DraftRow, FieldProblem
from gateway.notice.notice import MAX_DOCUMENTS

BODY_AND_KIND: Final = "body_and_kind"
"""Name of the choice whose values are a body's and a kind's code."""
_BETWEEN: Final = " "


def body_and_kind(body: str, kind: str) -> str:
    return f"{body}{_BETWEEN}{kind}" if body and kind else ""


def typed_row(draft: str, before: DraftRow | None) -> DraftRow:
    """Return the notice of the present form; ``before`` is the draft's own, whose files stay until others come."""
    problems: list[FieldProblem] = []
    fields = {name: request.form.get(name, "").strip()[: MAX_TEXT + 1] for name in NAMES}
    fields[BODY.name], _, fields[KIND.name] = request.form.get(BODY_AND_KIND, "").partition(_BETWEEN)
    removed = set(request.form.getlist("remove"))
    kept = [] if before is None else [each for each in before.attachments if each.digest not in removed]
    paper = None if before is None else before.paper
    for found in _kept(draft, DOCUMENT, "paper", problems):
        paper = found
    for found in _kept(draft, ATTACHMENTS_FIELD, ATTACHMENTS_FIELD, problems):
        if found.digest not in {each.digest for each in kept}:
            kept.append(found)
    if paper is None and not problems:
        problems.append(FieldProblem(field=DOCUMENT, code="intake.document"))
    return DraftRow(fields=fields, paper=paper, attachments=tuple(kept), problems=tuple(problems))


def _kept(draft: str, field: str, name: str, problems: list[FieldProblem]) -> Iterator[DraftFile]:
    """Keep the files that were chosen for a field; one that is too large is a problem of the field."""
    for number, sent in enumerate(request.files.getlist(name)):
        if not sent.filename:
            continue
        if number >= MAX_DOCUMENTS:
            problems.append(FieldProblem(field=field, code="document.too-many"))
            return
        octets = octets_of(sent)
        if octets is None:
            problems.append(FieldProblem(field=field, code="document.too-large"))
            continue
        digest = context.store().drafts.keep_file(draft, context.person().id, octets, context.now())
        yield DraftFile(name=file_name(sent.filename), digest=digest, size=len(octets))


def octets_of(sent: FileStorage) -> bytes | None:
    """Return the octets of one sent file; None if they are more than a document may have."""
    octets = sent.stream.read(MAX_FILE_BYTES + 1)
    return None if len(octets) > MAX_FILE_BYTES else octets
