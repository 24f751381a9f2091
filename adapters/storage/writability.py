"""Whether the store can be written: the error that ended the last write, and the trial write that may clear it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import PayloadStore
from adapters.storage.schema.tables import store_meta
from gateway.runtime.errors import ErrorScope, GatewayError

T = TypeVar("T")

TRY_AGAIN_SECONDS = 5.0
"""How long a trial write that failed is believed."""

_TRIAL = "trial:"
_TRIAL_DIGITS = 512 * 1024
"""Of octets, so twice as many characters: more than a batch's message and its answer take."""


class Writability:
    """Remember for every thread of this process whether the last write could be done."""

    def __init__(self, database: Database, payloads: PayloadStore) -> None:
        self._database, self._payloads = database, payloads
        self.trouble: GatewayError | None = None
        self._trial, self._tried_at = Lock(), float("-inf")

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction (`Database.write`), and note whether it could be done."""
        return self.noted(lambda: self._database.write(work))

    def noted(self, write: Callable[[], T]) -> T:
        """Return what ``write`` returns; its error becomes the `trouble`, its success ends it."""
        try:
            done = write()
        except GatewayError as error:
            # What else can be said of a store is no trouble of its own: that it was restored, for one.
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
            if self.trouble is not None and time.monotonic() - self._tried_at >= TRY_AGAIN_SECONDS:
                try:
                    self._try()
                finally:
                    self._tried_at = time.monotonic()
        if self.trouble is not None:
            raise self.trouble

    def _try(self) -> None:
        """Write as much as a batch would, wherever a batch would, and take away what this or an earlier trial left."""
        row = {"name": f"{_TRIAL}{secrets.token_hex(8)}", "value": secrets.token_hex(_TRIAL_DIGITS)}

        def write() -> None:
            self._payloads.check()
            self._database.write(lambda c: c.execute(store_meta.insert(), row))
            self._database.write(lambda c: c.execute(store_meta.delete().where(store_meta.c.name.startswith(_TRIAL))))

        with suppress(GatewayError):  # it is the trouble
            self.noted(write)
