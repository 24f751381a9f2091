"""The tables of pushed and dropped rows, and of the row statuses for their senders."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from adapters.storage.engine.column_types import Moment, Position, Text
from adapters.storage.engine.metadata import METADATA

inbox = Table(
    "inbox",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("arrived", Position, nullable=False),
    Column("changed", Position, nullable=False),
    Column("published", Position, nullable=False),
)
"""The last numbers of a source's rows and of their statuses. A transaction that gives a number locks this row."""

inbox_row = Table(
    "inbox_row",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("version", Position, nullable=False),
    Column("arrival", Position, nullable=False),
    Column("digest", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
)
"""Current pushed rows. ``fields`` is JSON; a document in it is an object with its payload's digest."""
Index("ix_inbox_row_arrival", inbox_row.c.source, inbox_row.c.arrival, unique=True)

inbox_document = Table(
    "inbox_document",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("row_key", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""The documents that ``fields`` of current rows names: a document is deleted when nothing names it any more."""
Index("ix_inbox_document_digest", inbox_document.c.digest)

inbox_told = Table(
    "inbox_told",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Position, nullable=False),
    Column("change", Position, nullable=False),
    Column("reference", Text),
    Column("state", Text),
    Column("seq", Integer),
    Column("code", Text),
    Column("reason", Text),
    Column("tracking_number", Text),
    Column("delivered_at", Moment),
    Column("viewed_at", Moment),
    Column("service_date", Text),
    Column("effect", Text),
    Column("updated_at", Moment),
    Column("fields", Text),
)
"""Current status of each row for its sender, by the number of its last change. ``fields`` is JSON."""
Index("ix_inbox_told_change", inbox_told.c.source, inbox_told.c.change, unique=True)

inbox_message = Table(
    "inbox_message",
    METADATA,
    Column("replay_key", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("attempt", Text, nullable=False),
)
"""Signed messages that were processed."""
Index("ix_inbox_message_received", inbox_message.c.source, inbox_message.c.received_at)
