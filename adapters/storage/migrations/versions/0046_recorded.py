"""Indexes of records by their times: a search by time finds every record, however clocks differed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"

_RARE = sa.text("kind NOT IN ('SEALED_NOTICE', 'MESSAGE_SENT', 'MESSAGE_RECEIVED', 'RECEIPT')")


def upgrade() -> None:
    op.create_index("ix_evidence_recorded", "evidence", ["recorded_at", "position"])
    columns = ["kind", "recorded_at", "position"]
    op.create_index("ix_evidence_rare_recorded", "evidence", columns, sqlite_where=_RARE, postgresql_where=_RARE)
