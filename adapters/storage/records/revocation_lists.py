"""`SqlRevocationLists`: the port `gateway.trust.revocation_refresh.ListStore` beside the store, on the same
database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.archive_tables import revocation_list
from adapters.storage.schema.row_conversion import parts, values_of
from gateway.trust.revocation_refresh import KeptList


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
            partition_by=revocation_list.c.scope,
            order_by=(revocation_list.c.this_update.desc(), revocation_list.c.digest),
        )
        ranked = select(revocation_list.c.digest, rank.label("rank")).subquery()
        query = select(ranked.c.digest).where(ranked.c.rank <= each).order_by(ranked.c.digest)
        return self._database.read(lambda c: list(c.scalars(query)))

    def since(self, moment: datetime) -> Sequence[str]:
        in_use = revocation_list.c.next_update >= moment
        query = select(revocation_list.c.digest).where(in_use).order_by(revocation_list.c.digest)
        return self._database.read(lambda c: list(c.scalars(query)))

    def around(self, scope: str, at: datetime, each: int) -> Sequence[str]:
        of_scope = select(revocation_list.c.digest).where(revocation_list.c.scope == scope)
        issued = revocation_list.c.this_update
        before = of_scope.where(issued < at).order_by(issued.desc()).limit(each)
        later = of_scope.where(issued >= at).order_by(issued).limit(each)
        return self._database.read(lambda c: [*reversed(c.scalars(before).all()), *c.scalars(later)])

    def ended(self, before: datetime) -> Mapping[str, Sequence[str]]:
        columns = revocation_list.c.issuer, revocation_list.c.digest
        ended = select(*columns).where(revocation_list.c.next_update < before)
        query = ended.order_by(revocation_list.c.issuer, revocation_list.c.this_update, revocation_list.c.digest)

        def read(connection: Connection) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for row in connection.execute(query):
                found.setdefault(row.issuer, []).append(row.digest)
            return found

        return self._database.read(read)

    def forget(self, digests: Sequence[str]) -> None:
        def write(connection: Connection) -> None:
            for part in parts(digests):
                connection.execute(delete(revocation_list).where(revocation_list.c.digest.in_(part)))

        if digests:
            self._database.write(write)

    def octets(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        def read(connection: Connection) -> dict[str, bytes]:
            found = {}
            for part in parts(digests):
                query = select(revocation_list.c.digest, revocation_list.c.octets)
                rows = connection.execute(query.where(revocation_list.c.digest.in_(part)))
                found.update({row.digest: row.octets for row in rows})
            return found

        return self._database.read(read)
