"""Queued notices with an error are found from the oldest on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    where = sa.text("state = 'QUEUED' AND code IS NOT NULL")
    columns = ["code", "admitted_at", "reference"]
    op.create_index("ix_outbox_stuck", "outbox", columns, sqlite_where=where, postgresql_where=where)
