"""Writability of the store: the error that ended the last write, and the trial write that may clear it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.schema.tables import store_meta
from gateway.runtime.clock import steady_clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.timekeeping import Steady

T = TypeVar("T")

TRY_AGAIN_SECONDS = 5.0
"""Seconds from a failed trial write to the next one."""

_TRIAL = "trial:"
_TRIAL_DIGITS = 512 * 1024
"""Number of random octets, written as twice as many characters: more than a batch's message and its answer take."""


class Writability:
    """Remember the error of the last write, for every thread of this process."""

    def __init__(self, database: Database, payloads: PayloadStore, steady: Steady = steady_clock) -> None:
        self._database, self._payloads, self._steady = database, payloads, steady
        self.trouble: GatewayError | None = None
        self._trial, self._tried_at = Lock(), float("-inf")

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction (`Database.write`), and note its success or its error."""
        return self.noted(lambda: self._database.write(work))

    def noted(self, write: Callable[[], T]) -> T:
        """Return the result of ``write``. Its error becomes the `trouble`; its success clears the `trouble`."""
        try:
            done = write()
        except GatewayError as error:
            # Errors of another scope do not show that writing fails, such as that the store was restored.
            if error.scope is ErrorScope.SYSTEM:
                self.trouble = error
            raise
        self.trouble = None
        return done

    def assert_writable(self) -> None:
        """Raise the `trouble`, if a trial write fails as well."""
        if self.trouble is None:
            return
        with self._trial:
            # Others may have tried, or written, while this one waited.
            if self.trouble is not None and self._steady() - self._tried_at >= TRY_AGAIN_SECONDS:
                try:
                    self._try()
                finally:
                    self._tried_at = self._steady()
        if self.trouble is not None:
            raise self.trouble

    def _try(self) -> None:
        """Write as much as a batch would, in the same places; then delete the rows of this and earlier trials."""
        row = {"name": f"{_TRIAL}{secrets.token_hex(8)}", "value": secrets.token_hex(_TRIAL_DIGITS)}

        def write() -> None:
            self._payloads.check()
            self._database.write(lambda c: c.execute(store_meta.insert(), row))
            self._database.write(lambda c: c.execute(store_meta.delete().where(store_meta.c.name.startswith(_TRIAL))))

        with suppress(GatewayError):  # it is the trouble
            self.noted(write)
