"""The act that holds a notice, in its row and in the lists of bulk acts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("held_by", _TEXT))
    op.add_column("bulk_act_notice", sa.Column("held", sa.Boolean()))
    op.add_column("bulk_act_notice", sa.Column("held_by", _TEXT))
