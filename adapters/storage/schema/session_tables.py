"""The table of tokens of sessions with a judiciary's service."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from adapters.storage.engine.column_types import Moment, Text
from adapters.storage.engine.metadata import METADATA

session_token = Table(
    "session_token",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("usable_until", Moment, nullable=False),
)
"""`gateway.judiciary.session_token.StoredToken`: encrypted with a key that stands in no column."""
