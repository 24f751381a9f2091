"""Bulk acts: an act of a person on each notice of a list, and the outcome of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "bulk_act",
        *(
            sa.Column(name, _TEXT, nullable=False)
            for name in ("id", "deed", "person", "account", "authentication", "reason", "search", "dry_run")
        ),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("drafted_at", _TEXT, nullable=False),
        *(
            sa.Column(name, _TEXT)
            for name in ("began_at", "began_by", "stopped_at", "stopped_by", "ended_at", "ended_as", "ended_by")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["evidence.id"], name=f"fk_bulk_act_{name}")
            for name in ("began_by", "stopped_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_act"),
    )
    _add_index("ix_bulk_act_draft", "bulk_act", ["drafted_at"], "began_at IS NULL")
    _add_index("ix_bulk_act_began", "bulk_act", ["began_at", "id"], "began_at IS NOT NULL")
    _add_index("ix_bulk_act_running", "bulk_act", ["began_at"], "began_at IS NOT NULL AND ended_at IS NULL")
    op.create_table(
        "bulk_act_body",
        sa.Column("bulk", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(["bulk"], ["bulk_act.id"], name="fk_bulk_act_body_bulk"),
        sa.PrimaryKeyConstraint("bulk", "body", name="pk_bulk_act_body"),
    )
    op.create_table(
        "bulk_act_notice",
        sa.Column("bulk", _TEXT, nullable=False),
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("outcome", _TEXT),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("done_at", _TEXT),
        sa.Column("evidence_id", _TEXT),
        sa.ForeignKeyConstraint(["bulk"], ["bulk_act.id"], name="fk_bulk_act_notice_bulk"),
        sa.ForeignKeyConstraint(["reference"], ["notice.reference"], name="fk_bulk_act_notice_reference"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_bulk_act_notice_evidence_id"),
        sa.PrimaryKeyConstraint("bulk", "reference", name="pk_bulk_act_notice"),
        sqlite_with_rowid=False,
    )
    _add_index("ix_bulk_act_notice_undone", "bulk_act_notice", ["bulk", "reference"], "done_at IS NULL")


def _add_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
