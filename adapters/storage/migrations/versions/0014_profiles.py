"""Versions and decisions say what they are of: mappings of rows, as until now, or judiciary profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TABLES = ("mapping_version", "mapping_step", "mapping_activation")
_WITH_SUBJECT = ("mapping_version", "mapping_activation")


def upgrade() -> None:
    """Make the tables anew: SQLite changes no primary key, and they name each other. They are small."""
    connection = op.get_bind()
    everything = {name: sa.select(sa.text("*")).select_from(sa.table(name)) for name in _TABLES}
    held = {name: connection.execute(query).mappings().all() for name, query in everything.items()}
    for name in reversed(_TABLES):
        op.drop_table(name)
    made = {table.name: table for table in (_versions(), _steps(), _activations())}
    op.create_index("ix_mapping_version_digest", "mapping_version", ["name", "digest"], unique=True)
    for name, rows in held.items():
        subject = {"subject": "mapping"} if name in _WITH_SUBJECT else {}
        if rows:
            op.bulk_insert(made[name], [{**row, **subject} for row in rows])


def _versions() -> sa.Table:
    return op.create_table(
        "mapping_version",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("imported_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name="pk_mapping_version"),
    )


def _steps() -> sa.Table:
    return op.create_table(
        "mapping_step",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", _TEXT, nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("at", _TEXT, nullable=False),
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("detail", _TEXT, nullable=False),
        sa.Column("evidence_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["name", "number"], ["mapping_version.name", "mapping_version.number"], name="fk_mapping_step_name"
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_mapping_step_evidence_id"),
        sa.PrimaryKeyConstraint("name", "number", "seq", name="pk_mapping_step"),
    )


def _activations() -> sa.Table:
    return op.create_table(
        "mapping_activation",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("source", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mapping", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("begins_at", _TEXT, nullable=False),
        sa.Column("decided_at", _TEXT, nullable=False),
        sa.Column("restores", sa.Integer()),
        sa.Column("evidence_id", _TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["mapping", "version"],
            ["mapping_version.name", "mapping_version.number"],
            name="fk_mapping_activation_mapping",
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_mapping_activation_evidence_id"),
        sa.PrimaryKeyConstraint("subject", "source", "number", name="pk_mapping_activation"),
    )
