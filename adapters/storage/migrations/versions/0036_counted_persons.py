"""A step of a version says how its account is known, and which person was counted where two are needed.

Steps of earlier programs say neither: accounts of the operating system did them, and only accounts were compared.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("mapping_step", sa.Column("authentication", _TEXT))
    op.add_column("mapping_step", sa.Column("person", _TEXT))
