"""Tokens of sessions with a judiciary's service are shared by all processes, encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "session_token",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("usable_until", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_session_token"),
    )
