"""A refused row has the code of its issuing body, where one can be read, since people see rows of their bodies only.

Queued notices with an error, and revised ones, are found without reading all others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("refusal", sa.Column("body", _TEXT))
    _add_index("ix_outbox_coded", "outbox", ["code", "reference"], "state = 'QUEUED' AND code IS NOT NULL")
    _add_index("ix_notice_predecessor", "notice", ["predecessor"], "predecessor IS NOT NULL")


def _add_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
