"""The tables that the archive needs beside its records: certificates, silent time authorities, forks, damage."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table

from adapters.storage.engine.column_types import Moment, Position, Text
from adapters.storage.engine.metadata import METADATA

certificate = Table(
    "certificate",
    METADATA,
    Column("thumbprint", Text, primary_key=True),
    Column("use", Text, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)
"""Certificates that signed, PEM, followed by their issuers; ``use`` is the first one under which each was kept."""

time_authority = Table(
    "time_authority",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("code", Text, nullable=False),
)
"""Time authorities that gave no time-stamp at the last request: failures in a row, and the time of the first one."""

fork = Table(
    "fork",
    METADATA,
    Column("size", Position, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("act", Text, ForeignKey("evidence.id")),
)
"""Checkpoints of another tree that the archive's folder or a witness holds, and the act that set each aside."""

damage = Table(
    "damage",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("found", Text, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("act", Text),
)
"""Payloads that are missing from the written archive, since the store could not read them, and the act by which a
person acknowledged it."""
