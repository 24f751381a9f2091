"""Connections to a case database: one way in for reading, another for writing back, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from gateway.errors import GatewayError

BUSY_SECONDS = 30
"""How long SQLite waits for another process's lock."""

_URL = "url of a case database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """``place`` says where the database is: its path, or host and name; never a user or a password."""

    reader: sa.Engine
    writer: sa.Engine
    place: str

    @classmethod
    def open(cls, url: str) -> Engines:
        """Return the engines for an SQLAlchemy URL; nothing is connected yet. Raises ``config.value``."""
        try:
            parsed = sa.make_url(url)
            if parsed.get_backend_name() == "sqlite":
                return cls(reader=_sqlite(parsed, "ro"), writer=_sqlite(parsed, "rw"), place=str(parsed.database))
            engine = sa.create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        except (exc.ArgumentError, ModuleNotFoundError) as error:
            raise GatewayError("config.value", where=_URL, detail=str(error)) from error
        except ValueError:  # a port that is none, whose text may be the rest of a password
            raise GatewayError("config.value", where=_URL, detail="the port is no number") from None
        port = f":{parsed.port}" if parsed.port else ""
        return cls(reader=engine, writer=engine, place=f"{parsed.host}{port}/{parsed.database}")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn a database's errors into ``source.*``. No row's data and no password get into their text."""
        try:
            yield
        except exc.NoSuchTableError as error:
            raise GatewayError("source.schema", where=self.place, detail=f"no table or view {error}") from error
        except (exc.ProgrammingError, exc.IntegrityError) as error:
            raise GatewayError("source.schema", where=self.place, detail=_first_line(error)) from error
        except exc.DataError as error:  # its message may quote a value
            raise GatewayError("source.schema", where=self.place, detail=type(error.orig).__name__) from error
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise GatewayError("source.unavailable", where=self.place, detail=_first_line(error)) from error

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def _sqlite(url: sa.URL, mode: str) -> sa.Engine:
    """An engine that never makes a file (mode ro or rw), and holds none open between two uses."""
    if not url.database:
        raise exc.ArgumentError("an SQLite case database is a file")
    uri = url.set(database=f"file:{quote(url.database)}").update_query_dict({"mode": mode, "uri": "true"})
    engine = sa.create_engine(uri, poolclass=sa.NullPool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _keep_references(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        # A text in another encoding (Windows-1256) spoils its own row, which the mapper refuses, and no other.
        connection.text_factory = lambda octets: octets.decode("utf-8", "replace")

    return engine


def _first_line(error: exc.SQLAlchemyError) -> str:
    """What the driver says; its further lines may quote values of a row."""
    found = error.orig if isinstance(error, exc.DBAPIError) else error
    return str(found).partition("\n")[0]
