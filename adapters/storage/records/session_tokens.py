"""`gateway.judiciary.session_token.TokenStore` on SQL."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, select

from adapters.storage.engine.dialects import insert
from adapters.storage.engine.engine import Database
from adapters.storage.schema.session_tables import session_token
from gateway.judiciary.session_token import StoredToken


class SqlSessionTokens:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, subject: str) -> StoredToken | None:
        query = select(session_token).where(session_token.c.subject == subject)
        row = self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else StoredToken(**row._mapping)

    def keep(self, token: StoredToken, now: datetime) -> None:
        values = asdict(token)
        subject = values.pop("subject")

        def work(connection: Connection) -> None:
            # A former user, service or version of the profile leaves a token that nobody asks for again.
            connection.execute(delete(session_token).where(session_token.c.usable_until < now))
            statement = insert(connection, session_token).values(subject=subject, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=[session_token.c.subject], set_=values))

        self._database.write(work)

    def forget(self, subject: str, id: str) -> None:
        one = session_token.c.subject == subject, session_token.c.id == id
        self._database.write(lambda c: c.execute(delete(session_token).where(*one)).rowcount)
