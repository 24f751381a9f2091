"""Documents of pushed rows, and the content of a row as JSON that names them.

A document is a payload without a record of evidence. Table ``inbox_document`` says which rows name it. It is deleted
when the last of them has ended or was replaced.

A push locks the documents that it names (`absent`), and `delete_unnamed` locks its documents before it asks who names
them. So none is deleted that a concurrent push names, and of two transactions that each drop a name the second deletes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select

from adapters.storage.engine.dialects import insert_short_rows
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.payloads import offloaded_records
from adapters.storage.payloads.payload_pieces import delete_payloads
from adapters.storage.schema.inbox_tables import inbox_document, inbox_row
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import evidence, payload, quarantine
from gateway.notice.notice import sha256
from gateway.notice.source_row import Rows, Value
from gateway.store.inbox import PushedRow
from gateway.store.stored import Payload

DOCUMENT = "document"
"""Key of the object that replaces a document in a row's content; its value is the digest."""
DATE, TIME = "date", "time"
"""Keys of the objects that replace a day and a time; the value is the text (ISO 8601)."""

# Locked in one order, so that no two transactions wait for each other.
_IN_ORDER = select(payload.c.digest).order_by(payload.c.digest)
_KEPT = KeyedQuery(_IN_ORDER.with_for_update(read=True, key_share=True), payload.c.digest)
_LOCKED = KeyedQuery(_IN_ORDER.with_for_update(), payload.c.digest)
_UNNAMED = KeyedQuery(
    select(payload.c.digest).where(
        ~exists().where(inbox_document.c.digest == payload.c.digest),
        ~exists().where(evidence.c.payload_digest == payload.c.digest),
        ~exists().where(quarantine.c.payload_digest == payload.c.digest),
    ),
    payload.c.digest,
)


def documents_in(rows: Sequence[PushedRow]) -> list[Payload]:
    """Return the documents of rows as payloads, each once."""
    values = [v for row in rows for each in row.fields.values() for v in _values(each)]
    octets = {sha256(v): v for v in values if isinstance(v, bytes)}
    return [Payload(digest=digest, octets=each) for digest, each in octets.items()]


def documents_of(contents: Iterable[str]) -> set[str]:
    """Return the digests of the documents that rows name."""
    values = [value for fields in contents for value in json.loads(fields).values()]
    values += [value for rows in values if isinstance(rows, list) for row in rows for value in row.values()]
    return {value[DOCUMENT] for value in values if isinstance(value, dict) and DOCUMENT in value}


def _values(value: Value | Rows) -> list[Value]:
    return [each for row in value for each in row.values()] if isinstance(value, tuple) else [value]


def plain(value: Value | Rows) -> object:
    """Return a value as JSON can express it: objects stand for documents, days and times."""
    match value:
        case tuple():
            return [{name: plain(each) for name, each in row.items()} for row in value]
        case bytes():
            return {DOCUMENT: sha256(value)}
        case datetime():
            return {TIME: value.isoformat()}
        case date():
            return {DATE: value.isoformat()}
    return value


def value_of(stored: Any, octets: Mapping[str, bytes]) -> Any:
    """Return the value from which `plain` was made."""
    match stored:
        case list():
            return tuple({name: value_of(each, octets) for name, each in row.items()} for row in stored)
        case {"document": digest}:
            return octets[digest]
        case {"time": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
    return stored


def absent(connection: Connection, digests: Set[str], dropped: Set[str]) -> Set[str]:
    """Return those of these documents that are not stored. No other transaction deletes the rest before this one ends.

    ``dropped`` are documents that this transaction will give to `delete_unnamed`.
    """
    query = _LOCKED if dropped else _KEPT
    missing = digests - set(query.scalars(connection, digests | dropped))
    return missing - offloaded_records.known(connection, missing)


def name(connection: Connection, source: str, rows: Mapping[str, Iterable[str]]) -> None:
    """Note the documents of rows, by their keys; the rows have none yet."""
    named = [{"source": source, "row_key": key, "digest": each} for key, of_it in rows.items() for each in of_it]
    insert_short_rows(connection, inbox_document, named)


def unname(connection: Connection, source: str, keys: Iterable[str]) -> set[str]:
    """Forget the documents of rows; return their digests."""
    return {
        digest for part in parts(keys) for digest in _unname(connection, source, inbox_document.c.row_key.in_(part))
    }


def unname_dropped(connection: Connection, source: str) -> set[str]:
    """Forget the documents of a source's rows that are no longer there; return their digests."""
    own = inbox_row.c.source == inbox_document.c.source, inbox_row.c.row_key == inbox_document.c.row_key
    return _unname(connection, source, ~exists().where(*own))


def _unname(connection: Connection, source: str, which: ColumnElement[bool]) -> set[str]:
    these = and_(inbox_document.c.source == source, which)
    named = set(connection.scalars(select(inbox_document.c.digest).where(these)))
    if named:
        connection.execute(delete(inbox_document).where(these))
    return named


def delete_unnamed(connection: Connection, digests: Iterable[str]) -> int:
    """Delete those of these documents that nothing names; return their number."""
    gone = _UNNAMED.scalars(connection, _LOCKED.scalars(connection, digests))
    delete_payloads(connection, gone)
    return len(gone)
