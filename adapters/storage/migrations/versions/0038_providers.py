"""Accounts of persons at an OpenID provider, sessions that began there, and an end of known browsers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "person_provider",
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("issuer", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("linked_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_person_provider"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_person_provider_person"),
    )
    op.create_index("ix_person_provider_subject", "person_provider", ["issuer", "subject"], unique=True)
    op.add_column("login_session", sa.Column("issuer", _TEXT, nullable=True))
    op.add_column("credential", sa.Column("device_generation", sa.Integer(), nullable=False, server_default="0"))
