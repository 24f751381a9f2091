"""The database's version: read it, and upgrade it to this program's. Alembic keeps it in ``alembic_version``.

Alembic is loaded only to change a database: each process reads the version at its start, and most change nothing.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, inspect, make_url, select

from adapters.storage.engine.column_types import Text
from adapters.storage.engine.engine import Database
from gateway.runtime.errors import GatewayError

_MIGRATIONS = Path(__file__).parents[1] / "migrations"
_VERSION = Table("alembic_version", MetaData(), Column("version_num", Text, primary_key=True))


def upgrade(url: str, to: str = "head") -> None:
    """Create the database, or upgrade it to this program's version (or up ``to`` another).

    All migrations are one transaction. A new SQLite file is readable by its owner alone. Raises
    `gateway.runtime.errors.GatewayError`: ``store.unavailable``, ``store.schema`` if a later program made the database.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if (path := _missing_file(url)) is not None and path.parent.is_dir():
        path.touch(mode=0o600)

    def migrate(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:  # a version that this program has never heard of: a later program's
            raise GatewayError("store.schema", where=database.where, detail=str(error)) from error

    database = Database(url, timeout=None)
    try:
        database.write(migrate)
    finally:
        database.close()


def status(url: str) -> tuple[str | None, str]:
    """Return the database's version (None: there is none) and this program's. Creates nothing.

    Raises `gateway.runtime.errors.GatewayError` ``store.unavailable``.
    """
    head = _head()
    if _missing_file(url) is not None:
        return None, head
    database = Database(url)
    try:
        return version_of(database), head
    finally:
        database.close()


def version_of(database: Database) -> str | None:
    """Return the version of an open database; None: there is none."""
    return database.read(_version)


def _head() -> str:
    """Return the last migration: migrations follow each other in the order of their file names."""
    return max(path.stem.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return found


def _missing_file(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    path = Path(parsed.database)
    return None if path.exists() else path
