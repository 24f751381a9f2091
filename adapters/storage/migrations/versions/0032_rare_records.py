"""An index of the records that are not made for every notice: the audit room finds them at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_RARE = sa.text("kind NOT IN ('SEALED_NOTICE', 'MESSAGE_SENT', 'MESSAGE_RECEIVED', 'RECEIPT')")


def upgrade() -> None:
    op.create_index("ix_evidence_rare", "evidence", ["kind", "position"], sqlite_where=_RARE, postgresql_where=_RARE)
