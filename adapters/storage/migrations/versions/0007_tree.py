"""The tree that evidence records have their places in, and its checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "tree",
        sa.Column("name", text, nullable=False),
        sa.Column("size", _POSITION, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_tree"),
    )
    op.create_table(
        "tree_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", _POSITION, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_tree_tile"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", _POSITION, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", text, nullable=False),
        sa.Column("token", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
