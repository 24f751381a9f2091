"""What a source's own mapping of results adds to what senders are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("inbox_told", sa.Column("fields", sa.Text().with_variant(sa.Text(collation="C"), "postgresql")))
