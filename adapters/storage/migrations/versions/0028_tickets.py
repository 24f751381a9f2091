"""A notice that was taken for processing has a ticket, which is followed at an interval of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_PENDING = sa.text("state = 'PENDING'")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("ticket", sa.Text().with_variant(sa.Text(collation="C"), "postgresql")))
    for name, place in (("ix_outbox_pending", "due_at"), ("ix_outbox_pending_since", "state_since")):
        op.create_index(name, "outbox", ["destination", place], sqlite_where=_PENDING, postgresql_where=_PENDING)
