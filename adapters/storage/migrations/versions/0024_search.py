"""Notices are found by case, tracking number and recipient; processes and silent time authorities are seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBERED = sa.text("tracking_number IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_notice_case", "notice", ["case_number", "reference"])
    op.create_index(
        "ix_outbox_tracking", "outbox", ["tracking_number"], sqlite_where=_NUMBERED, postgresql_where=_NUMBERED
    )
    op.create_table(
        "recipient_index",
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("keyed_hash", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference", "key_id", name="pk_recipient_index"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_recipient_index_reference"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recipient_index_hash", "recipient_index", ["key_id", "keyed_hash"])
    op.create_table(
        "time_authority",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", _TEXT, nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_time_authority"),
    )
    op.create_table(
        "service",
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("began_at", _TEXT, nullable=False),
        sa.Column("seen_at", _TEXT, nullable=False),
        sa.Column("passed_at", _TEXT),
        sa.PrimaryKeyConstraint("owner", name="pk_service"),
    )
