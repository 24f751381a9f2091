"""The tables of the Merkle tree of records: its places, its checkpoints, and the witnesses of these."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table

from adapters.storage.engine.column_types import Moment, Position, Text
from adapters.storage.engine.metadata import METADATA, partial

tree = Table(
    "tree",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("size", Position, nullable=False),
)
"""``evidence``: number of records with a place in the tree. A transaction that gives places locks this row."""

tree_tile = Table(
    "tree_tile",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""`gateway.merkle.tiles`."""

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("size", Position, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("token", LargeBinary),
)
"""Signed notes of the tree, with the time-stamp of a time authority."""
partial("ix_checkpoint_stamped", checkpoint.c.size, where="token IS NOT NULL")

witness = Table(
    "witness",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("size", Position, nullable=False),
    Column("accepted_at", Moment),
    Column("failures", Integer, nullable=False),
    Column("due_at", Moment),
    Column("code", Text),
)
"""Witnesses that keep checkpoints outside, and the size of the last one that each has accepted."""
