"""Payloads that the archive was written without, since the store could not give them out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "damage",
        sa.Column("digest", text, nullable=False),
        sa.Column("found", text, nullable=False),
        sa.Column("evidence_id", text, nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_damage_evidence_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_damage"),
    )
