"""Connection to PostgreSQL that bounds every wait, and accepts no COMMIT that the standby has not confirmed.

PostgreSQL bounds a statement and a lock by itself. It does not bound the COMMIT of a server whose synchronous standby
is gone, nor any answer of a server that hangs. If we or an administrator cancel the wait of a COMMIT, the COMMIT ends
with a warning, as if it had succeeded. It is committed on that server, and lost if the standby takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout, _WaitTimeout

RV = TypeVar("RV")

GRACE = 5.0
"""Longest time, in seconds, for a server to end cancelled work."""


class NoAnswer(psycopg.OperationalError):
    """No answer within the limit. The connection was closed, unless its server ended the cancelled work."""

    literal_name = "NoAnswer"
    store_code = "store.slow"


class Unconfirmed(psycopg.OperationalError):
    """The transaction is committed on this server, and perhaps on no other."""

    literal_name = "Unconfirmed"
    store_code = "store.standby"


class BoundedConnection(psycopg.Connection[Any]):
    """Connection with a bounded wait. ``limit`` is the longest wait for an answer, in seconds; None is no limit."""

    limit: float | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._warning: str | None = None
        self.add_notice_handler(self._note)

    @classmethod
    def within(cls, seconds: float | None) -> type[BoundedConnection]:
        """Return the class of connections with this limit."""
        return type(cls.__name__, (cls,), {"limit": seconds})

    @classmethod
    def opened(cls, *arguments: Any, **named: Any) -> psycopg.Connection[Any]:
        """Connect. Raises `NoAnswer` if no server answers in time."""
        try:
            return cls.connect(*arguments, **named)
        except ConnectionTimeout as error:
            raise NoAnswer(*error.args) from error

    @contextmanager
    def without_limit(self) -> Iterator[None]:
        """Wait without a limit within this context."""
        before, self.limit = self.limit, None
        try:
            yield
        finally:
            self.limit = before

    def commit(self) -> None:
        self._warning = None
        try:
            super().commit()
        except NoAnswer:
            if self._warning is None:
                raise
        if self._warning is not None:
            raise Unconfirmed(self._warning)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout or self.limit)
        except _WaitTimeout:
            if timeout or self.limit is None:
                raise
        grace = min(GRACE, self.limit)
        with suppress(psycopg.Error):
            self.cancel_safe(timeout=grace)
        try:
            super().wait(gen, interval, grace)
        except _WaitTimeout:
            self.pgconn.finish()
        raise NoAnswer(f"no answer within {self.limit:g} s")

    def _note(self, told: psycopg.errors.Diagnostic) -> None:
        if told.severity_nonlocalized == "WARNING":
            self._warning = told.message_primary
