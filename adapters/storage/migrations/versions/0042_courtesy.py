"""Courtesy messages: of whose notice's arrival a person was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "courtesy",
        sa.Column("reference", _TEXT, sa.ForeignKey("notice.reference", name="fk_courtesy_reference"), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("begun_at", _TEXT, nullable=False),
        sa.Column("outcome", _TEXT, nullable=False),
        sa.Column("ended_at", _TEXT),
        sa.Column("code", _TEXT),
        sa.Column("message_number", _TEXT),
        sa.Column("evidence_id", _TEXT, sa.ForeignKey("evidence.id", name="fk_courtesy_evidence_id")),
        sa.PrimaryKeyConstraint("reference", name="pk_courtesy"),
    )
    op.create_index("ix_courtesy_outcome", "courtesy", ["outcome", "begun_at"])
