"""Durations of calls by endpoint, operation and hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.storage.engine.column_types import Moment, Text

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "call_duration",
        sa.Column("owner", Text, primary_key=True),
        sa.Column("began_at", Moment, primary_key=True),
        sa.Column("destination", Text, primary_key=True),
        sa.Column("operation", Text, primary_key=True),
        sa.Column("hour", Moment, primary_key=True),
        sa.Column("answered", Text, nullable=False),
        sa.Column("unanswered", sa.Integer, nullable=False),
    )
    op.create_index("ix_call_duration_hour", "call_duration", ["hour"])
