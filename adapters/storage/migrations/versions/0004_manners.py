"""Manners towards endpoints: how each stands for every process; dates by which notices must be served; fair claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_INDEXES = {
    "ix_outbox_in_doubt": (["destination", "due_at"], "state = 'IN_DOUBT'"),
    "ix_outbox_sending": (["state", "lease_until"], "state = 'SENDING'"),
    "ix_outbox_row": (["source", "row_key"], None),
    "ix_outbox_state": (["state", "reference"], None),
    "ix_outbox_unwritten": (["source", "state_since"], "written_seq < seq"),
}


def upgrade() -> None:
    op.create_table(
        "endpoint",
        sa.Column("destination", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", _TEXT),
        sa.Column("rests_until", _TEXT),
        sa.Column("code", _TEXT),
        sa.Column("alarmed", sa.Boolean(), nullable=False),
        sa.Column("taken_until", _TEXT),
        sa.PrimaryKeyConstraint("destination", name="pk_endpoint"),
    )
    op.drop_index("ix_outbox_queued", "outbox")
    if op.get_bind().dialect.name == "sqlite":
        _insert_serve_by()
    else:
        op.add_column("outbox", sa.Column("serve_by", _TEXT))
    queued = sa.text("state = 'QUEUED'")
    op.create_index(
        "ix_outbox_queued",
        "outbox",
        ["destination", "source", "serve_by", "due_at", "admitted_at"],
        sqlite_where=queued,
        postgresql_where=queued,
        postgresql_ops={"serve_by": "NULLS FIRST", "due_at": "NULLS FIRST"},
    )


def _insert_serve_by() -> None:
    """SQLite alone: the table is made anew, so that the column stands where a table that is made at once has it."""
    for name in _INDEXES:
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox", recreate="always") as outbox:
        outbox.add_column(sa.Column("serve_by", _TEXT), insert_after="size")
    for name, (columns, where) in _INDEXES.items():
        op.create_index(name, "outbox", columns, sqlite_where=None if where is None else sa.text(where))
