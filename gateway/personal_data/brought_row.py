"""Row from which a notice was made, as far as the gateway itself keeps it.

Rows that were pushed, dropped as files, entered by hand or marked in a case database are kept whole in the inbox until
a retention class ends them. Rows that are read from a case database otherwise are kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gateway.evidence.evidence_file import MEDIA_TYPES
from gateway.notice.fields import InvalidField, media_type
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import CaseRow, Rows, Value
from gateway.personal_data.part import Part, json_part
from gateway.store.inbox import Inbox, version_of

NAME = "row.json"


def brought_row(inbox: Inbox, entry: OutboxEntry) -> CaseRow | None:
    """Return the row that a notice was made of; None if it is not kept here, or another version is in its place.

    A version that was refused, or that nothing has decided on yet, may be about another person: it is left out.
    """
    row = next(iter(inbox.rows(entry.source, [entry.row_key])), None)
    told = inbox.verdicts(entry.source, [entry.row_key]).get(entry.row_key)
    if row is None or told is None or version_of(told.arrival) != row.version:
        return None
    is_of_notice = told.decided and told.refusal is None and told.reference == entry.reference
    return row if is_of_notice else None


def row_parts(row: CaseRow, reference: str, known: Mapping[str, str]) -> Iterator[Part]:
    """Yield the files of a row: its documents, and at last its fields.

    ``known`` are files of the notice that the export has already, by their digests: such a document is only named.
    """
    folder, names = f"notices/{reference}", dict(known)
    for octets in _documents(row.fields.values()):
        if (digest := sha256(octets)) not in names:
            names[digest] = f"{folder}/row-document-{len(names) - len(known) + 1}.{_ending(octets)}"
            yield Part(name=names[digest], octets=octets)
    fields = {name: _plain(value, names) for name, value in row.fields.items()}
    yield json_part(f"{folder}/{NAME}", {"v": 1, "source": row.source, "key": row.key, "fields": fields})


def _documents(values: Any) -> Iterator[bytes]:
    for value in values:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, tuple):
            yield from _documents(each for row in value for each in row.values())


def _ending(octets: bytes) -> str:
    try:
        found = media_type(octets)
    except InvalidField:
        return "bin"
    return next(name for name in ("pdf", "jpg", "png", "tif") if MEDIA_TYPES[name] == found)


def _plain(value: Value | Rows, names: Mapping[str, str]) -> Any:
    """Return a value as JSON has it; a document is the name of its file, and its digest."""
    match value:
        case tuple():
            return [{name: _plain(each, names) for name, each in row.items()} for row in value]
        case bytes():
            digest = sha256(value)
            return {"file": names[digest], "digest": digest}
        case date():
            return value.isoformat()
    return value
