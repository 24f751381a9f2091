"""Notices are listed by the time of their admission, and those that are not written back in pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_BEHIND = sa.text("written_seq < seq")


def upgrade() -> None:
    op.create_index("ix_outbox_admitted", "outbox", ["admitted_at", "reference"])
    op.drop_index("ix_outbox_unwritten", "outbox")
    op.create_index(
        "ix_outbox_unwritten",
        "outbox",
        ["source", "state_since", "reference"],
        sqlite_where=_BEHIND,
        postgresql_where=_BEHIND,
    )
