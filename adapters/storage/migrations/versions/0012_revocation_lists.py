"""Certificate revocation lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "revocation_list",
        sa.Column("digest", text, nullable=False),
        sa.Column("issuer", text, nullable=False),
        sa.Column("this_update", text, nullable=False),
        sa.Column("next_update", text, nullable=False),
        sa.Column("source", text, nullable=False),
        sa.Column("came_at", text, nullable=False),
        sa.Column("seen_at", text, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_revocation_list"),
    )
    op.create_index("ix_revocation_list_issuer", "revocation_list", ["issuer", "this_update"])
