"""Every refusal tells since when its row has been refused: that time decides if a recovery covers it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    # Refusals from before 0022: when the row was first refused is not known, and not later than this.
    op.execute(sa.text("UPDATE refusal SET since = refused_at WHERE since IS NULL"))
    with op.batch_alter_table("refusal") as refusal:
        refusal.alter_column("since", existing_type=_TEXT, nullable=False)
