"""Certificates that signed the stored documents, with their issuers. A renewed certificate replaces none: the earlier
one verifies its signatures for as long as the evidence is verified."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.archive_tables import certificate
from gateway.notice.envelope import SigningCertificate


class SqlCertificates:
    """May be used from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, certificates: Sequence[SigningCertificate]) -> None:
        """Store the certificates that are new; write nothing if there are none."""
        known = {each.thumbprint for each in self.all()}
        if new := [each for each in certificates if each.thumbprint not in known]:
            self._database.write(lambda connection: keep(connection, new))

    def all(self) -> list[SigningCertificate]:
        """Return every certificate, by use and thumbprint."""
        columns = certificate.c.thumbprint, certificate.c.use, certificate.c.chain
        query = select(*columns).order_by(certificate.c.use, certificate.c.thumbprint)
        return self._database.read(lambda c: [SigningCertificate(**row._mapping) for row in c.execute(query)])


def keep(connection: Connection, certificates: Sequence[SigningCertificate]) -> None:
    """Store certificates within a transaction."""
    rows = {
        each.thumbprint: {"thumbprint": each.thumbprint, "use": each.use, "chain": each.chain} for each in certificates
    }
    insert_new(connection, certificate, list(rows.values()))
