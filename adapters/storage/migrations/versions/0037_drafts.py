"""Drafts of notices that people enter by hand, and their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "intake_draft",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("rows", _TEXT, nullable=False),
        sa.Column("changed_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intake_draft"),
    )
    op.create_index("ix_intake_draft_person", "intake_draft", ["person"])
    op.create_table(
        "intake_file",
        sa.Column("draft", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_at", _TEXT, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "digest", name="pk_intake_file"),
    )
    op.create_index("ix_intake_file_person", "intake_file", ["person", "size"])
