"""Certificates that signed, each with its issuers: a renewed one must not take away what verifies earlier notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "certificate",
        sa.Column("thumbprint", text, nullable=False),
        sa.Column("use", text, nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thumbprint", name="pk_certificate"),
    )
