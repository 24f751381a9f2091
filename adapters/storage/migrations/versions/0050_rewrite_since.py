"""Since when a row is to show its notice once more; and dead letters by the day by which they are to be served."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ON_THE_WAY = sa.text(
    "serve_by IS NOT NULL AND state IN ('QUEUED', 'SENDING', 'PENDING', 'IN_DOUBT', 'DEAD_LETTER', 'SUBMITTED')"
)


def upgrade() -> None:
    op.add_column("outbox", sa.Column("rewrite_since", _TEXT))
    op.drop_index("ix_outbox_serve_by", table_name="outbox")
    columns = ["serve_by", "reference"]
    op.create_index("ix_outbox_serve_by", "outbox", columns, sqlite_where=_ON_THE_WAY, postgresql_where=_ON_THE_WAY)
