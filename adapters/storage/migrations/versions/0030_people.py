"""People with their roles and bodies; credentials, invitations, sessions and failed attempts of their sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("login", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TEXT, nullable=False),
        sa.Column("changed_at", _TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_login", "person", ["login"], unique=True)
    _of_a_person("person_role", sa.Column("role", _TEXT, nullable=False), key=["person", "role"])
    _of_a_person("person_body", sa.Column("body", _TEXT, nullable=False), key=["person", "body"])
    _of_a_person(
        "person_account",
        sa.Column("account", _TEXT, nullable=False),
        sa.Column("linked_at", _TEXT, nullable=False),
        key=["account"],
    )
    _of_a_person(
        "credential",
        sa.Column("password_hash", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=True),
        sa.Column("octets", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("code_digest", _TEXT, nullable=False),
        sa.Column("enrolled_at", _TEXT, nullable=False),
        key=["person"],
    )
    _of_a_person(
        "enrolment",
        sa.Column("code_digest", _TEXT, nullable=False),
        sa.Column("key_id", _TEXT, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", _TEXT, nullable=False),
        key=["person"],
    )
    _of_a_person(
        "login_session",
        sa.Column("token_digest", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("csrf", _TEXT, nullable=False),
        sa.Column("began_at", _TEXT, nullable=False),
        sa.Column("seen_at", _TEXT, nullable=False),
        sa.Column("ends_at", _TEXT, nullable=False),
        key=["token_digest"],
    )
    op.create_index("ix_login_session_person", "login_session", ["person"])
    op.create_table(
        "failed_attempt",
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _TEXT, nullable=False),
        sa.Column("forgotten_at", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_failed_attempt"),
    )


def _of_a_person(table: str, *columns: sa.Column[object], key: list[str]) -> None:
    op.create_table(
        table,
        sa.Column("person", _TEXT, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=f"fk_{table}_person"),
    )
