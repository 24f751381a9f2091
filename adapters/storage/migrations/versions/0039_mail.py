"""Mail to people: their addresses, alarms with what was told of them, mails, and an index of days to serve by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_OPEN = sa.text("over_at IS NULL")
_DUE = sa.text("due_at IS NOT NULL")
_SERVE_BY = sa.text("serve_by IS NOT NULL AND state IN ('QUEUED', 'SENDING', 'PENDING', 'IN_DOUBT', 'SUBMITTED')")


def upgrade() -> None:
    op.add_column("person", sa.Column("address", _TEXT))
    op.add_column("person", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "alarm",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("began_at", _TEXT, nullable=False),
        sa.Column("seen_at", _TEXT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("over_at", _TEXT),
        sa.Column("begin_told_at", _TEXT),
        sa.Column("end_told_at", _TEXT),
        sa.PrimaryKeyConstraint("name", "code", "began_at", name="pk_alarm"),
    )
    op.create_index("ix_alarm_open", "alarm", ["name", "code"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "mail",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("recipient", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.Column("made_at", _TEXT, nullable=False),
        sa.Column("until", _TEXT, nullable=False),
        sa.Column("due_at", _TEXT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("code", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    op.create_index("ix_mail_due", "mail", ["due_at"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_index("ix_mail_made", "mail", ["made_at"])
    op.create_index(
        "ix_outbox_serve_by", "outbox", ["serve_by", "reference"], sqlite_where=_SERVE_BY, postgresql_where=_SERVE_BY
    )
