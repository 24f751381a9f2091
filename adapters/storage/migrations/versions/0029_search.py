"""Notices are found by the beginning of their texts, and by all that they have, newest first.

The notices that are here get their rows in batches afterwards (`adapters.storage.search.search_filling`); until then
the cursor ``search-unfilled`` says so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_POSITION = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_PLACE = ["admitted_at", "reference"]


def upgrade() -> None:
    op.create_table(
        "search_facet",
        sa.Column("facet", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, _TEXT, nullable=False) for name in ("body", "district", "kind")),
        sa.PrimaryKeyConstraint("facet", name="pk_search_facet"),
    )
    op.create_table(
        "search_notice",
        sa.Column("number", _POSITION, autoincrement=True, nullable=False),
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("admitted_at", _TEXT, nullable=False),
        sa.Column("facet", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _TEXT, nullable=False) for name in ("state", "case_number", "paper_number")),
        sa.Column("tracking_number", _TEXT),
        sa.Column("name", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_search_notice"),
        sa.UniqueConstraint("reference", name="uq_search_notice_reference"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_search_notice_reference"),
        sa.ForeignKeyConstraint(["facet"], ["search_facet.facet"], name="fk_search_notice_facet"),
    )
    op.create_index("ix_search_notice_facet_state", "search_notice", ["facet", "state", *_PLACE])
    op.create_index("ix_search_notice_facet", "search_notice", ["facet", *_PLACE])
    op.create_index("ix_search_notice_state", "search_notice", ["state", *_PLACE])
    op.create_table(
        "search_text",
        *(sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("field", "day")),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("field", "day", "text", "number", name="pk_search_text"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_search_day"),
    )
    op.execute("INSERT INTO cursor (name, value) SELECT 'search-unfilled', '' WHERE EXISTS (SELECT 1 FROM notice)")
