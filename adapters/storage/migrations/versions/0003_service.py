"""What a service needs: rows that were seen, a switch, payloads in segment files, a lifetime that can begin anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = {
    "ix_outbox_in_doubt": (["destination", "due_at"], "state = 'IN_DOUBT'"),
    "ix_outbox_queued": (["destination", "due_at", "admitted_at"], "state = 'QUEUED'"),
    "ix_outbox_sending": (["state", "lease_until"], "state = 'SENDING'"),
    "ix_outbox_row": (["source", "row_key"], None),
    "ix_outbox_state": (["state", "reference"], None),
    "ix_outbox_unwritten": (["source", "state_since"], "written_seq < seq"),
}


def upgrade() -> None:
    op.create_table(
        "seen_row",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "row_key", name="pk_seen_row"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "switch",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("evidence_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_switch_evidence_id"),
        sa.PrimaryKeyConstraint("name", name="pk_switch"),
    )
    with op.batch_alter_table("payload", recreate="always") as payload:
        payload.alter_column("octets", existing_type=sa.LargeBinary(), nullable=True)
        payload.add_column(sa.Column("segment", sa.Text()))
        payload.add_column(sa.Column("start", _POSITION))
        payload.add_column(sa.Column("length", sa.Integer()))
    _let_lifetimes_begin_anew()
    if op.get_bind().dialect.name == "postgresql":
        _sort_by_octets()


def _let_lifetimes_begin_anew() -> None:
    """Add ``waiting_since``: for notices that are here already, the time of their admission."""
    for name in _INDEXES:
        op.drop_index(name, "outbox")
    with op.batch_alter_table("outbox", recreate="always") as outbox:
        outbox.add_column(sa.Column("waiting_since", sa.Text()), insert_after="state_since")
    op.execute(sa.text("UPDATE outbox SET waiting_since = admitted_at"))
    with op.batch_alter_table("outbox", recreate="always") as outbox:
        outbox.alter_column("waiting_since", existing_type=sa.Text(), nullable=False)
    for name, (columns, where) in _INDEXES.items():
        if where is None:
            op.create_index(name, "outbox", columns)
        else:
            op.create_index(
                name,
                "outbox",
                columns,
                sqlite_where=sa.text(where),
                postgresql_where=sa.text(where),
                postgresql_ops={"due_at": "NULLS FIRST"} if name == "ix_outbox_queued" else {},
            )


def _sort_by_octets() -> None:
    """PostgreSQL alone: texts sort as SQLite's do, whatever the database's own collation is."""
    inspector = sa.inspect(op.get_bind())
    for table in inspector.get_table_names():
        for column in inspector.get_columns(table):
            if isinstance(column["type"], sa.Text):
                op.alter_column(table, column["name"], type_=sa.Text(collation="C"))
