"""Since when a row has been refused outlasts a change of the reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from adapters.storage.engine.column_types import Moment

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("refusal", sa.Column("since", Moment))
