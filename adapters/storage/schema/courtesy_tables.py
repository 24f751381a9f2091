"""The table of courtesy messages: one row for each notice of whose arrival its recipient was told, or could not be."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA
from gateway.store.courtesy_message import CourtesyOutcome

courtesy = Table(
    "courtesy",
    METADATA,
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("outcome", Coded(CourtesyOutcome), nullable=False),
    Column("ended_at", Moment),
    Column("code", Text),
    Column("message_number", Text),
    Column("evidence_id", Text, ForeignKey("evidence.id")),
)
"""`gateway.store.courtesy_message.CourtesyMessage`."""
Index("ix_courtesy_outcome", courtesy.c.outcome, courtesy.c.begun_at)
