"""The gate of passes that trust the judiciary's answers. It is closed while a required list is not in force, or every
certificate that signs its messages is revoked.

Without it, messages would be sent whose answers cannot be trusted, and their notices would all be in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import Steady
from gateway.trust.revocation_refresh import Watched, concerns, is_revoked
from gateway.trust.revocation_status import Lists

ASK_SECONDS: Final = 60.0
"""Seconds between two fetches by a closed gate; the revocation pass runs beside it."""


class RevocationGate:
    """Gate (`adapters.schedule.gates.Gate`) for any number of threads. Raises ``revocation.stale`` or ``.revoked``."""

    def __init__(
        self,
        lists: Lists,
        watched: Sequence[Watched],
        signing: Sequence[Watched],
        steady: Steady,
        clock: Clock,
        fetch: Callable[[], object],
    ) -> None:
        """Take the lists and certificates.

        Lists of ``watched`` must be in force. ``signing`` are the certificates that may sign messages. ``fetch``
        fetches lists.
        """
        self._lists, self._watched, self._signing, self._steady = lists, watched, signing, steady
        self._clock, self._fetch = clock, fetch
        self._lock, self._asked_at = Lock(), -ASK_SECONDS

    def begin(self, report: PassReport) -> bool:  # noqa: ARG002 - a `Gate`
        """Fetch lists if the gate is closed, as before the first ones arrive; others wait meanwhile."""
        with self._lock:
            if self.closed(self._clock()) is not None and self._steady() - self._asked_at >= ASK_SECONDS:
                self._asked_at = self._steady()
                self._fetch()
        return True

    def open(self) -> bool:
        if (closed := self.closed(self._clock())) is not None:
            raise closed
        return True

    def closed(self, now: datetime) -> GatewayError | None:
        """Return the reason for which no batch may begin, or None."""
        lists = self._lists()
        stale = (error for error in concerns(lists, self._watched, now) if error.code == "revocation.stale")
        revoked = [error for each in self._signing if (error := is_revoked(lists, each)) is not None]
        if self._signing and len(revoked) == len(self._signing):
            return revoked[0]
        return next(stale, None)
