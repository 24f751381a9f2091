"""Scopes of revocation lists: the newest of each scope stay in memory, whatever other lists their issuer makes."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op
from cryptography import x509

revision = "0045"
down_revision = "0044"

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LIST = sa.table(
    "revocation_list",
    sa.column("digest", _TEXT),
    sa.column("issuer", _TEXT),
    sa.column("octets", sa.LargeBinary()),
    sa.column("scope", _TEXT),
)


def upgrade() -> None:
    op.add_column("revocation_list", sa.Column("scope", _TEXT, nullable=False, server_default=""))
    connection = op.get_bind()
    for digest in connection.scalars(sa.select(_LIST.c.digest)).all():
        row = connection.execute(sa.select(_LIST.c.issuer, _LIST.c.octets).where(_LIST.c.digest == digest)).one()
        scope = _scope(row.issuer, row.octets)
        connection.execute(sa.update(_LIST).where(_LIST.c.digest == digest).values(scope=scope))
    op.create_index("ix_revocation_list_scope", "revocation_list", ["scope", "this_update"])


def _scope(issuer: str, octets: bytes) -> str:
    points: set[str] = set()
    ends = authorities = True
    try:
        part = x509.load_der_x509_crl(octets).extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
        points = {each.value for each in part.full_name or () if isinstance(each, x509.UniformResourceIdentifier)}
        ends, authorities = not part.only_contains_ca_certs, not part.only_contains_user_certs
    except x509.ExtensionNotFound:
        pass
    except ValueError:
        return ""  # no list that any version stored
    text = json.dumps([issuer, sorted(points), ends, authorities])
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
