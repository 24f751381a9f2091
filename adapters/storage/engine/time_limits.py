"""Statements that may take as long as they need: they read whole tables, and the work waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection


@contextmanager
def no_time_limit(connection: Connection) -> Iterator[None]:
    """Lift the limits of a statement's time within one transaction, until this context ends.

    SQLite has no limit. On PostgreSQL the limit for a lock still holds, and a server that is gone is noticed by its
    silence (`adapters.storage.engine.engine`).
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    from adapters.storage.engine.bounded import BoundedConnection

    driver = connection.connection.driver_connection
    assert isinstance(driver, BoundedConnection)
    before = connection.exec_driver_sql("SHOW statement_timeout").scalar_one()
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    with driver.without_limit():
        yield
    # After an error the transaction ends, and this setting with it.
    connection.exec_driver_sql("SELECT set_config('statement_timeout', %s, true)", (before,))
