"""The tables of bulk acts: each act, the bodies of its notices, and its list."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA, partial
from gateway.store.bulk_act import BulkDeed, BulkEnd

bulk_act = Table(
    "bulk_act",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("deed", Coded(BulkDeed), nullable=False),
    Column("person", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("authentication", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("dry_run", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("drafted_at", Moment, nullable=False),
    Column("began_at", Moment),
    Column("began_by", Text, ForeignKey("evidence.id")),
    Column("stopped_at", Moment),
    Column("stopped_by", Text, ForeignKey("evidence.id")),
    Column("ended_at", Moment),
    Column("ended_as", Coded(BulkEnd)),
    Column("ended_by", Text, ForeignKey("evidence.id")),
)
"""`gateway.store.bulk_act.BulkAct`; ``dry_run`` is JSON. Until it began it is a draft."""
partial("ix_bulk_act_draft", bulk_act.c.drafted_at, where="began_at IS NULL")
partial("ix_bulk_act_began", bulk_act.c.began_at, bulk_act.c.id, where="began_at IS NOT NULL")
partial("ix_bulk_act_running", bulk_act.c.began_at, where="began_at IS NOT NULL AND ended_at IS NULL")

bulk_act_body = Table(
    "bulk_act_body",
    METADATA,
    Column("bulk", Text, ForeignKey("bulk_act.id"), primary_key=True),
    Column("body", Text, primary_key=True),
)

bulk_act_notice = Table(
    "bulk_act_notice",
    METADATA,
    Column("bulk", Text, ForeignKey("bulk_act.id"), primary_key=True),
    Column("reference", Text, ForeignKey("notice.reference"), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("outcome", Text),
    Column("failed", Boolean, nullable=False),
    Column("done_at", Moment),
    Column("evidence_id", Text, ForeignKey("evidence.id")),
    Column("held", Boolean),
    Column("held_by", Text),
    sqlite_with_rowid=False,
)
"""`gateway.store.bulk_act.BulkNotice`."""
partial("ix_bulk_act_notice_undone", bulk_act_notice.c.bulk, bulk_act_notice.c.reference, where="done_at IS NULL")
