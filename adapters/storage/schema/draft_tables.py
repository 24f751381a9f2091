"""The tables of drafts of notices that people enter by hand. Nothing in them is evidence."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA
from gateway.intake.notice_draft import DraftKind

intake_draft = Table(
    "intake_draft",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("kind", Coded(DraftKind), nullable=False),
    Column("rows", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""Drafts; ``rows`` is JSON of `gateway.intake.notice_draft.DraftRow`."""
Index("ix_intake_draft_person", intake_draft.c.person)

intake_file = Table(
    "intake_file",
    METADATA,
    Column("draft", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Column("octets", LargeBinary, nullable=False),
)
"""Files of drafts. They are no payloads: a payload may stay for ever, and a draft ends after a day."""
Index("ix_intake_file_person", intake_file.c.person, intake_file.c.size)
