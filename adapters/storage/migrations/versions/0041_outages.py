"""Running times of processes, and times without an answer from an endpoint."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "service_run",
        sa.Column("owner", _TEXT, nullable=False),
        sa.Column("began_at", _TEXT, nullable=False),
        sa.Column("seen_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "began_at", name="pk_service_run"),
    )
    op.create_index("ix_service_run_seen", "service_run", ["seen_at", "began_at"])
    op.create_table(
        "endpoint_outage",
        sa.Column("destination", _TEXT, nullable=False),
        sa.Column("since", _TEXT, nullable=False),
        sa.Column("failed_at", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("over_at", _TEXT),
        sa.PrimaryKeyConstraint("destination", "since", name="pk_endpoint_outage"),
    )
