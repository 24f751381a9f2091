"""Notices that may still get receipts are asked about in turn, where a judiciary gives them by notice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_POLLED = sa.text(
    "state IN ('SUBMITTED', 'IN_DOUBT', 'DELIVERED') OR state = 'VIEWED' AND delivered_at IS NULL"
    " OR state IN ('WITHDRAWN', 'DEAD_LETTER', 'QUEUED') AND attempts > 0"
)


def upgrade() -> None:
    op.create_index(
        "ix_outbox_polled",
        "outbox",
        ["destination", "reference"],
        sqlite_where=_POLLED,
        postgresql_where=_POLLED,
    )
