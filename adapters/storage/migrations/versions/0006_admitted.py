"""Notices are listed by the time of their admission."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_outbox_admitted", "outbox", ["admitted_at", "reference"])
