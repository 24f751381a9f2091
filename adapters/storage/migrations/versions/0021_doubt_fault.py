"""Which fault of the judiciary's began a doubt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("doubt_fault", sa.Text().with_variant(sa.Text(collation="C"), "postgresql")))
