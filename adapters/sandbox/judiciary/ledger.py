"""The sandbox's ledger: every message, every submission and every receipt, in an SQLite file of its own.

It corrects nothing: a repeated reference is a further submission with its own tracking number, arrival and receipts. It
holds no identifier and no name, except in refused requests, which are kept raw. The file is its owner's alone. One
process writes; others may read.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError

from adapters.sandbox.judiciary.ledger_tables import FAULT, METADATA, REFUSED, SUBMISSION
from adapters.sandbox.judiciary.ledger_transaction import Status, Transaction
from gateway.runtime.clock import Clock, system_clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


class Ledger:
    """Ledger open for writing. Raises `GatewayError` ``sandbox.ledger`` if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path, self._engine = path, _writer(path)
        with suppress(OSError):  # SQLite's own error is clearer
            path.touch(mode=0o600)
        # A lock is fairer than SQLite's own waiting, which sleeps and tries again.
        self._lock = threading.Lock()
        with self._translated():
            METADATA.create_all(self._engine)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run the block in a transaction: all of it is written durably or nothing; one transaction at a time."""
        with self._lock, self._translated(), self._engine.begin() as connection:
            yield Transaction(connection)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise _unusable(self._path, error) from error


def ledger(path: Path, clock: Clock = system_clock) -> Iterator[dict[str, Any]]:
    """Yield the judiciary's record of each reference that ever came.

    Keys: ``{"reference", "state", "submissions", "tracking_numbers", "delivered_at", "viewed_at", "code"}``.
    ``submissions`` counts all, also refused ones. The rest is that of the first: SUBMITTED (accepted, not yet arrived),
    DELIVERED, VIEWED, NO_ACCOUNT or REJECTED (with its ``code``). Times are RFC 3339. Raises `GatewayError`
    ``sandbox.ledger``.
    """
    now = timestamp(clock())
    rows = select(SUBMISSION).order_by(SUBMISSION.c.reference, SUBMISSION.c.id)
    with _reader(path) as connection:
        found = connection.execution_options(stream_results=True).execute(rows)
        for reference, group in groupby(found, key=lambda row: row.reference):
            yield _line(reference, list(group), now)


def faults(path: Path) -> dict[str, int]:
    """Return the number of calls that met each fault. Raises `GatewayError` ``sandbox.ledger``."""
    with _reader(path) as connection:
        rows = connection.execute(select(FAULT.c.fault, func.count().label("met")).group_by(FAULT.c.fault))
        return {row.fault: row.met for row in rows}


def refused(path: Path) -> list[dict[str, Any]]:
    """Return the refused requests that were kept, oldest first.

    Keys: ``{"digest", "code", "detail", "received_at", "size", "kept"}``; ``kept`` is true if its octets are there. Not
    more than `adapters.sandbox.judiciary.ledger_transaction.MAX_REFUSED` are kept. Raises `GatewayError`
    ``sandbox.ledger``.
    """
    kept = REFUSED.c.octets.is_not(None).label("kept")
    columns = REFUSED.c.digest, REFUSED.c.code, REFUSED.c.detail, REFUSED.c.received_at, REFUSED.c.size, kept
    with _reader(path) as connection:
        return [dict(row._mapping) for row in connection.execute(select(*columns).order_by(REFUSED.c.id))]


def refused_octets(path: Path, digest: str) -> bytes | None:
    """Return a refused request as it came, or None if it was not kept. Raises `GatewayError` ``sandbox.ledger``."""
    with _reader(path) as connection:
        found: bytes | None = connection.scalar(select(REFUSED.c.octets).where(REFUSED.c.digest == digest).limit(1))
        return found


@contextmanager
def _reader(path: Path) -> Iterator[Connection]:
    if not path.is_file():
        raise GatewayError("sandbox.ledger", where=str(path), detail="no such file")
    engine = _engine(path, "mode=rw")
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise _unusable(path, error) from error
    finally:
        engine.dispose()


def _line(reference: str, submissions: list[Any], now: str) -> dict[str, Any]:
    first = submissions[0]
    delivered, viewed = (moment if moment and moment <= now else None for moment in (first.arrives_at, first.views_at))
    state = first.status
    if state == Status.ACCEPTED:
        state = "VIEWED" if viewed else "DELIVERED" if delivered else "SUBMITTED"
    return {
        "reference": reference,
        "state": str(state),
        "submissions": len(submissions),
        "tracking_numbers": [row.tracking for row in submissions if row.tracking],
        "delivered_at": delivered,
        "viewed_at": viewed,
        "code": first.code,
    }


def _engine(path: Path, mode: str) -> Engine:
    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?{mode}"
        # Only we begin transactions: the driver would begin them late, and as readers.
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30)

    # hide_parameters: an error's text may reach a log.
    return create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)


def _writer(path: Path) -> Engine:
    engine = _engine(path, "mode=rwc")

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _unusable(path: Path, error: SQLAlchemyError) -> GatewayError:
    return GatewayError("sandbox.ledger", where=str(path), detail=str(getattr(error, "orig", None) or words_of(error)))
