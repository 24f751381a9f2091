"""Manners towards endpoints: how each stands, for every process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "endpoint",
        sa.Column("destination", text, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", text),
        sa.Column("rests_until", text),
        sa.Column("code", text),
        sa.Column("alarmed", sa.Boolean(), nullable=False),
        sa.Column("taken_until", text),
        sa.PrimaryKeyConstraint("destination", name="pk_endpoint"),
    )
