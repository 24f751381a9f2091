"""What is in quarantine can be ended by a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    # Recreated, so that the columns stand before the constraints as in a table that is made at once.
    with op.batch_alter_table("quarantine", recreate="always") as quarantine:
        quarantine.add_column(sa.Column("ended_at", sa.Text()))
        quarantine.add_column(sa.Column("ended_as", sa.Text()))
        quarantine.add_column(sa.Column("ended_by", sa.Text()))
        quarantine.create_foreign_key("fk_quarantine_ended_by", "evidence", ["ended_by"], ["id"])
    columns = ["kind", "payload_digest", "code"]
    op.create_index("ix_quarantine_open", "quarantine", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
