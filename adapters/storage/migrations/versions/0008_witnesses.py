"""Witnesses of checkpoints, and a person's leave to send what cannot be proven."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STAMPED = sa.text("token IS NOT NULL")


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_index("ix_checkpoint_stamped", "checkpoint", ["size"], sqlite_where=_STAMPED, postgresql_where=_STAMPED)
    op.create_table(
        "witness",
        sa.Column("name", text, nullable=False),
        sa.Column("size", _POSITION, nullable=False),
        sa.Column("accepted_at", text),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due_at", text),
        sa.Column("code", text),
        sa.PrimaryKeyConstraint("name", name="pk_witness"),
    )
    op.create_table(
        "override",
        sa.Column("name", text, nullable=False),
        sa.Column("since", text, nullable=False),
        sa.Column("until", text, nullable=False),
        sa.Column("evidence_id", text, nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_override_evidence_id"),
        sa.PrimaryKeyConstraint("name", name="pk_override"),
    )
