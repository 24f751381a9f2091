"""Records of configurations are found among all evidence: there are few of them, and a timeline names them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_CONFIGURATIONS = sa.text("kind = 'CONFIGURATION_CHANGED'")


def upgrade() -> None:
    op.create_index(
        "ix_evidence_configuration",
        "evidence",
        ["position"],
        sqlite_where=_CONFIGURATIONS,
        postgresql_where=_CONFIGURATIONS,
    )
