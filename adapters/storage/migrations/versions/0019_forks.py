"""Checkpoints of another tree than the store's, which the archive's folder or a witness holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "fork",
        sa.Column("size", _POSITION, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("holder", text, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", text, nullable=False),
        sa.Column("act", text),
        sa.ForeignKeyConstraint(["act"], ["evidence.id"], name="fk_fork_act"),
        sa.PrimaryKeyConstraint("size", "root", name="pk_fork"),
    )
