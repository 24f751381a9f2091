"""Large payloads of the database stand in pieces. Those that stand in a row of their own stay there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "payload_piece",
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["payload.digest"], "fk_payload_piece_digest"),
        sa.PrimaryKeyConstraint("digest", "number", name="pk_payload_piece"),
    )
