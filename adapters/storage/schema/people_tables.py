"""The tables of people, and of their sign-in. No foreign key leads to evidence: sign-in is none."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, true

from adapters.storage.engine.column_types import Coded, Moment, Text
from adapters.storage.engine.metadata import METADATA
from gateway.people.permissions import Role

person = Table(
    "person",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("login", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("address", Text),
    Column("digest", Boolean, nullable=False, server_default=true()),
)
"""`gateway.people.person.Person`."""
Index("ix_person_login", person.c.login, unique=True)

person_role = Table(
    "person_role",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("role", Coded(Role), primary_key=True),
)

person_body = Table(
    "person_body",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("body", Text, primary_key=True),
)

person_account = Table(
    "person_account",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("account", Text, primary_key=True),
    Column("linked_at", Moment, nullable=False),
)
"""`gateway.people.people_change.AccountLink`."""

person_provider = Table(
    "person_provider",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("linked_at", Moment, nullable=False),
)
"""`gateway.people.people_change.ProviderLink`."""
Index("ix_person_provider_subject", person_provider.c.issuer, person_provider.c.subject, unique=True)

credential = Table(
    "credential",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("key_id", Text),
    Column("octets", LargeBinary),
    Column("last_step", BigInteger),
    Column("code_digest", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("device_generation", Integer, nullable=False, server_default="0"),
)
"""The password's argon2 hash, and the encrypted secret of the second factor. ``code_digest`` names the invitation.

Tokens of known browsers count for the present ``device_generation`` of one enrolment alone.
"""

enrolment = Table(
    "enrolment",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), primary_key=True),
    Column("code_digest", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("ends_at", Moment, nullable=False),
)
"""`gateway.people.people_change.Invitation`."""

login_session = Table(
    "login_session",
    METADATA,
    Column("person", Text, ForeignKey("person.id"), nullable=False),
    Column("token_digest", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("issuer", Text),
)
"""Sessions of persons; the token itself stands in no column."""
Index("ix_login_session_person", login_session.c.person)

failed_attempt = Table(
    "failed_attempt",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("forgotten_at", Moment, nullable=False),
)
"""Failed sign-ins by a keyed hash of account, browser or peer."""
