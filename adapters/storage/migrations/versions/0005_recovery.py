"""A store that was restored asks before it sends; a receipt that came before its notice was known is judged again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INDEXES = {
    "ix_outbox_in_doubt": (["destination", "due_at"], "state = 'IN_DOUBT'"),
    "ix_outbox_queued": (["destination", "source", "serve_by", "due_at", "admitted_at"], "state = 'QUEUED'"),
    "ix_outbox_sending": (["state", "lease_until"], "state = 'SENDING'"),
    "ix_outbox_row": (["source", "row_key"], None),
    "ix_outbox_state": (["state", "reference"], None),
    "ix_outbox_unwritten": (["source", "state_since"], "written_seq < seq"),
}


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    text = sa.Text(collation="C") if postgresql else sa.Text()
    op.create_table(
        "recovery",
        sa.Column("epoch", text, nullable=False),
        sa.Column("replaced", text, nullable=False),
        sa.Column("remembered", text),
        sa.Column("since", text, nullable=False),
        sa.Column("cause", text, nullable=False),
        sa.Column("evidence_id", text, nullable=False),
        sa.Column("ended_at", text),
        sa.Column("ended_by", text),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_recovery_evidence_id"),
        sa.ForeignKeyConstraint(["ended_by"], ["evidence.id"], name="fk_recovery_ended_by"),
        sa.PrimaryKeyConstraint("epoch", name="pk_recovery"),
    )
    if postgresql:
        op.add_column("outbox", sa.Column("cleared_at", text))
        op.add_column("quarantine", sa.Column("notice", text))
    else:
        _rebuild()
    waiting = sa.text("ended_at IS NULL AND notice IS NOT NULL")
    op.create_index("ix_quarantine_notice", "quarantine", ["notice"], sqlite_where=waiting, postgresql_where=waiting)


def _rebuild() -> None:
    """SQLite adds a column behind a table's constraints; recreated, the table is as one that is made at once."""
    for name in _INDEXES:
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox", recreate="always") as outbox:
        outbox.add_column(sa.Column("cleared_at", sa.Text()), insert_after="absences")
    for name, (columns, where) in _INDEXES.items():
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where) if where else None)
    op.drop_index("ix_quarantine_open", "quarantine")
    with op.batch_alter_table("quarantine", recreate="always") as quarantine:
        quarantine.add_column(sa.Column("notice", sa.Text()), insert_after="received_at")
    columns = ["kind", "payload_digest", "code"]
    op.create_index("ix_quarantine_open", "quarantine", columns, sqlite_where=sa.text("ended_at IS NULL"))
