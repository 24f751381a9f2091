"""The tables that the archive needs beside its records: certificates, revocation lists, forks and others."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table

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

revocation_list = Table(
    "revocation_list",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("this_update", Moment, nullable=False),
    Column("next_update", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("came_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("scope", Text, nullable=False, server_default=""),
)
"""Certificate revocation lists as received, DER. No list is ever changed, and none replaces another."""

Index("ix_revocation_list_issuer", revocation_list.c.issuer, revocation_list.c.this_update)
Index("ix_revocation_list_scope", revocation_list.c.scope, revocation_list.c.this_update)

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
