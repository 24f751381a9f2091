"""`SqlRevocationLists`: the port `gateway.revocation_refresh.ListStore` beside the store, on the same database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from adapters.storage.dialects import insert_new
from adapters.storage.engine import Database
from adapters.storage.rows import parts, values_of
from adapters.storage.tables import revocation_list
from gateway.revocation_refresh import KeptList


class SqlRevocationLists:
    """May be used from several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, new: KeptList) -> None:
        def write(connection: Connection) -> None:
            insert_new(connection, revocation_list, [values_of(new, revocation_list)])
            seen = update(revocation_list).where(revocation_list.c.digest == new.digest)
            later = seen.where(revocation_list.c.seen_at < new.seen_at)
            connection.execute(later.values(seen_at=new.seen_at, source=new.source))

        self._database.write(write)

    def seen(self) -> Mapping[str, tuple[str, datetime]]:
        columns = revocation_list.c.source, revocation_list.c.digest, revocation_list.c.seen_at
        query = select(*columns).order_by(revocation_list.c.seen_at)
        return self._database.read(lambda c: {row.source: (row.digest, row.seen_at) for row in c.execute(query)})

    def newest(self, each: int) -> Sequence[str]:
        rank = func.row_number().over(
            partition_by=revocation_list.c.issuer,
            order_by=(revocation_list.c.this_update.desc(), revocation_list.c.digest),
        )
        ranked = select(revocation_list.c.digest, rank.label("rank")).subquery()
        query = select(ranked.c.digest).where(ranked.c.rank <= each).order_by(ranked.c.digest)
        return self._database.read(lambda c: list(c.scalars(query)))

    def since(self, moment: datetime) -> Sequence[str]:
        in_use = revocation_list.c.next_update >= moment
        query = select(revocation_list.c.digest).where(in_use).order_by(revocation_list.c.digest)
        return self._database.read(lambda c: list(c.scalars(query)))

    def octets(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        def read(connection: Connection) -> dict[str, bytes]:
            found = {}
            for part in parts(digests):
                query = select(revocation_list.c.digest, revocation_list.c.octets)
                rows = connection.execute(query.where(revocation_list.c.digest.in_(part)))
                found.update({row.digest: row.octets for row in rows})
            return found

        return self._database.read(read)
