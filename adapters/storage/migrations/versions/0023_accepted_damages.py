"""The act by which a person took note of a damaged payload."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("damage", sa.Column("act", sa.Text().with_variant(sa.Text(collation="C"), "postgresql")))
