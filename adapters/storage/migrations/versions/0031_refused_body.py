"""A refused row has the code of its issuing body, where one can be read: a person sees rows of the own bodies only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0028"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("refusal", sa.Column("body", _TEXT))
