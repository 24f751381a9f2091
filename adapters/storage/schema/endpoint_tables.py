"""Tables of the judiciary's endpoints: their state, and how long calls took."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table

from adapters.storage.engine.column_types import Moment, Text
from adapters.storage.engine.metadata import METADATA

endpoint = Table(
    "endpoint",
    METADATA,
    Column("destination", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", Moment),
    Column("rests_until", Moment),
    Column("code", Text),
    Column("alarmed", Boolean, nullable=False),
    Column("taken_until", Moment),
)
"""State of each endpoint, shared by all processes: its circuit breaker, and the end of the used-up rate limit."""

call_duration = Table(
    "call_duration",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("destination", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("answered", Text, nullable=False),
    Column("unanswered", Integer, nullable=False),
)
"""Calls of each process by endpoint, operation and hour. ``answered`` is JSON: class of duration to number of calls."""
Index("ix_call_duration_hour", call_duration.c.hour)
