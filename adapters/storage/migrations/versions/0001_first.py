"""The first tables."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cursor",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursor"),
    )
    op.create_table(
        "evidence",
        sa.Column("position", _POSITION, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text()),
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_index", _POSITION),
        sa.PrimaryKeyConstraint("position", name="pk_evidence"),
        sa.UniqueConstraint("id", name="uq_evidence_id"),
        sa.UniqueConstraint("leaf_index", name="uq_evidence_leaf_index"),
    )
    op.create_index("ix_evidence_notice", "evidence", ["notice"])
    _partial_index("ix_evidence_unplaced", "evidence", ["position"], "leaf_index IS NULL")
    op.create_table(
        "payload",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("framed", sa.Boolean(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_payload"),
    )
    op.create_table(
        "quarantine",
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("payload_digest", "code", name="pk_quarantine"),
    )
    op.create_table(
        "refusal",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.Text(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source", "row_key", name="pk_refusal"),
    )
    op.create_table(
        "store_meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store_meta"),
    )
    op.create_table(
        "notice",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("paper_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("predecessor", sa.Text()),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_notice_evidence_id"),
        sa.PrimaryKeyConstraint("reference", name="pk_notice"),
    )
    op.create_table(
        "event",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text()),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_event_reference"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_event_evidence_id"),
        sa.PrimaryKeyConstraint("reference", "seq", name="pk_event"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message_notice",
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_message_notice_evidence_id"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_message_notice_reference"),
        sa.PrimaryKeyConstraint("evidence_id", "reference", name="pk_message_notice"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_notice_reference", "message_notice", ["reference"])
    op.create_table(
        "outbox",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("admitted_at", sa.Text(), nullable=False),
        sa.Column("state_since", sa.Text(), nullable=False),
        sa.Column("seal_digest", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.Text()),
        sa.Column("due_at", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.Text()),
        sa.Column("doubt_since", sa.Text()),
        sa.Column("absences", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("tracking_number", sa.Text()),
        sa.Column("delivered_at", sa.Text()),
        sa.Column("viewed_at", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("written_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_outbox_reference"),
        sa.PrimaryKeyConstraint("reference", name="pk_outbox"),
    )
    _partial_index("ix_outbox_in_doubt", "outbox", ["destination", "due_at"], "state = 'IN_DOUBT'")
    _partial_index("ix_outbox_queued", "outbox", ["destination", "due_at", "admitted_at"], "state = 'QUEUED'")
    _partial_index("ix_outbox_sending", "outbox", ["state", "lease_until"], "state = 'SENDING'")
    op.create_index("ix_outbox_row", "outbox", ["source", "row_key"])
    op.create_index("ix_outbox_state", "outbox", ["state", "reference"])
    _partial_index("ix_outbox_unwritten", "outbox", ["source", "state_since"], "written_seq < seq")
    op.create_table(
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("event_time", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("payload_digest", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.Text()),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_receipt_reference"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_receipt_evidence_id"),
        sa.PrimaryKeyConstraint("receipt_id", name="pk_receipt"),
    )
    _partial_index("ix_receipt_unapplied", "receipt", ["event_time", "receipt_id"], "applied_at IS NULL")
    _partial_index("ix_receipt_waiting", "receipt", ["reference"], "applied_at IS NULL")

    meta = sa.table("store_meta", sa.column("name", sa.Text), sa.column("value", sa.Text))
    rows = [
        {"name": "epoch", "value": secrets.token_hex(16)},
        {"name": "times", "value": "RFC 3339, UTC, microseconds"},
    ]
    op.bulk_insert(meta, rows)


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
