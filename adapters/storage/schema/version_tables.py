"""The tables of the life of mappings and profiles: versions, their steps, and the decisions that put them in force."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, Table

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA
from gateway.record.version_subject import Subject
from gateway.store.version_state import MappingEvent, MappingState

mapping_version = Table(
    "mapping_version",
    METADATA,
    Column("subject", Coded(Subject), nullable=False),
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("state", Coded(MappingState), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("imported_at", Moment, nullable=False),
)
"""`gateway.store.version.MappingVersion`. The octets stand here: they are few, and every machine needs them."""
Index("ix_mapping_version_digest", mapping_version.c.name, mapping_version.c.digest, unique=True)

mapping_step = Table(
    "mapping_step",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event", Coded(MappingEvent), nullable=False),
    Column("state", Coded(MappingState), nullable=False),
    Column("at", Moment, nullable=False),
    Column("account", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    Column("authentication", Text),
    Column("person", Text),
    ForeignKeyConstraint(["name", "number"], ["mapping_version.name", "mapping_version.number"]),
)

mapping_activation = Table(
    "mapping_activation",
    METADATA,
    Column("subject", Coded(Subject), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("mapping", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("begins_at", Moment, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("restores", Integer),
    Column("evidence_id", Text, ForeignKey("evidence.id"), nullable=False),
    ForeignKeyConstraint(["mapping", "version"], ["mapping_version.name", "mapping_version.number"]),
)
"""Decisions, never changed. `gateway.versions.succession` computes the one in force."""
