"""Versions of mappings, their lives, and since when which is in force for a source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mapping_version",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("imported_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name="pk_mapping_version"),
    )
    op.create_index("ix_mapping_version_digest", "mapping_version", ["name", "digest"], unique=True)
    op.create_table(
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
    op.create_table(
        "mapping_activation",
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
        sa.PrimaryKeyConstraint("source", "number", name="pk_mapping_activation"),
    )
