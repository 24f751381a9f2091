"""Counts of pushed rows and receipts in this process, for metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from threading import Lock

from gateway.store.inbox import Taking


class Way(StrEnum):
    """Interface through which senders push rows, or the judiciary pushes receipts."""

    REST = "rest"
    SOAP = "soap"
    CALLBACK = "callback"


class PushTally:
    """Counters by source (for receipts: the judiciary) and interface.

    Request threads write them; any thread reads them.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: Counter[tuple[str, Way, Taking]] = Counter()
        self._refused: Counter[tuple[str, Way, str]] = Counter()

    def took(self, source: str, way: Way, rows: Iterable[Taking]) -> None:
        """Count the results of the rows of one message."""
        with self._lock:
            self._rows.update((source, way, each) for each in rows)

    def refused(self, source: str, way: Way, code: str) -> None:
        """Count a message that was refused as a whole; ``source`` is empty if it named no known source."""
        with self._lock:
            self._refused[source, way, code] += 1

    def rows(self) -> Mapping[tuple[str, Way, Taking], int]:
        with self._lock:
            return dict(self._rows)

    def refusals(self) -> Mapping[tuple[str, Way, str], int]:
        with self._lock:
            return dict(self._refused)
