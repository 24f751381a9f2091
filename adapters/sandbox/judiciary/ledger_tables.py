"""Tables of the sandbox's ledger. Times are RFC 3339 text in UTC, so that their order is the order of time."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

MESSAGE = Table(
    "message",
    METADATA,
    Column("replay_key", Text, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    comment="Every request that was acted on.",
)

SUBMISSION = Table(
    "submission",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("replay_key", Text, ForeignKey("message.replay_key"), nullable=False),
    Column("received_at", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("code", Text),
    Column("seal_digest", Text, nullable=False),
    Column("tracking", Text, unique=True),
    Column("arrives_at", Text),
    Column("views_at", Text),
    Index("submission_by_reference", "reference", "id"),
    comment="Every notice that ever came, repeats and refused ones too.",
)

RASID = Table(
    "rasid",
    METADATA,
    Column("tracking", Text, ForeignKey("submission.tracking"), primary_key=True),
    comment="Accepted submissions that came by eblagh-rpc-1: their receipts are of its form, and for its sender alone.",
)

DUE = Table(
    "due",
    METADATA,
    Column("tracking", Text, ForeignKey("submission.tracking"), primary_key=True),
    Column("event", Text, primary_key=True),
    Column("due_at", Text, nullable=False),
    Index("due_by_time", "due_at"),
    comment="Events whose receipt has not been made.",
)

RECEIPT = Table(
    "receipt",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("receipt_id", Text, nullable=False, unique=True),
    Column("tracking", Text, ForeignKey("submission.tracking"), nullable=False),
    Column("event", Text, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("issued_at", Text, nullable=False),
    Column("confirmed_at", Text),
    UniqueConstraint("tracking", "event"),
    comment="Signed once, kept for ever; seq is the cursor.",
)

FAULT = Table(
    "fault",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("fault", Text, nullable=False),
    Column("operation", Text, nullable=False),
    comment="What went wrong with calls on demand.",
)

REFUSED = Table(
    "refused",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("octets", LargeBinary),
    UniqueConstraint("digest", "code"),
    comment="Requests that were refused, raw; octets are NULL where they were too large to keep.",
)
