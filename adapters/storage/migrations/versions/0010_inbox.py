"""The inbox: rows that are pushed or dropped as files, and what their senders are told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("arrived", _POSITION, nullable=False),
        sa.Column("changed", _POSITION, nullable=False),
        sa.Column("published", _POSITION, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_inbox"),
    )
    op.create_table(
        "inbox_row",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("row_key", _TEXT, nullable=False),
        sa.Column("version", _POSITION, nullable=False),
        sa.Column("arrival", _POSITION, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("fields", _TEXT, nullable=False),
        sa.Column("origin", _TEXT, nullable=False),
        sa.Column("received_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "row_key", name="pk_inbox_row"),
    )
    op.create_index("ix_inbox_row_arrival", "inbox_row", ["source", "arrival"], unique=True)
    op.create_table(
        "inbox_told",
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("version", _POSITION, nullable=False),
        sa.Column("change", _POSITION, nullable=False),
        sa.Column("reference", _TEXT),
        sa.Column("state", _TEXT),
        sa.Column("seq", sa.Integer()),
        sa.Column("code", _TEXT),
        sa.Column("reason", _TEXT),
        sa.Column("tracking_number", _TEXT),
        sa.Column("delivered_at", _TEXT),
        sa.Column("viewed_at", _TEXT),
        sa.Column("service_date", _TEXT),
        sa.Column("effect", _TEXT),
        sa.Column("updated_at", _TEXT),
        sa.PrimaryKeyConstraint("source", "key", name="pk_inbox_told"),
    )
    op.create_index("ix_inbox_told_change", "inbox_told", ["source", "change"], unique=True)
    op.create_table(
        "inbox_message",
        sa.Column("replay_key", _TEXT, nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("message_id", _TEXT, nullable=False),
        sa.Column("received_at", _TEXT, nullable=False),
        sa.Column("attempt", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("replay_key", name="pk_inbox_message"),
    )
    op.create_index("ix_inbox_message_received", "inbox_message", ["source", "received_at"])
