"""Records that have left the database, payloads that were deleted on record, and what persons hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PENDING = sa.text("done_at IS NULL")


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_index("ix_evidence_payload", "evidence", ["payload_digest"])
    op.create_table(
        "archive_segment",
        sa.Column("first", _POSITION, autoincrement=False, nullable=False),
        sa.Column("end", _POSITION, nullable=False),
        sa.Column("digest", text, nullable=False),
        sa.Column("next_digest", text),
        sa.Column("looked_at", text),
        sa.Column("emptied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("first", name="pk_archive_segment"),
    )
    op.create_table(
        "deletion",
        sa.Column("digest", text, nullable=False),
        sa.Column("rule", text, nullable=False),
        sa.Column("decided_at", text, nullable=False),
        sa.Column("evidence_id", text, nullable=False),
        sa.Column("done_at", text),
        sa.PrimaryKeyConstraint("digest", name="pk_deletion"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_deletion_evidence_id"),
    )
    op.create_index("ix_deletion_pending", "deletion", ["digest"], sqlite_where=_PENDING, postgresql_where=_PENDING)
    op.create_table(
        "hold",
        sa.Column("about", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.Column("since", text, nullable=False),
        sa.Column("evidence_id", text, nullable=False),
        sa.PrimaryKeyConstraint("about", "subject", name="pk_hold"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_hold_evidence_id"),
    )
