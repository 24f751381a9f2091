"""What senders bring, counted while this process lives, for metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from threading import Lock

from gateway.store.inbox import Taking


class Way(StrEnum):
    """How a listening gateway is brought something: rows, or receipts to its callback."""

    REST = "rest"
    SOAP = "soap"
    CALLBACK = "callback"


class PushTally:
    """Written by the threads that answer senders, read by any other. What is counted is by source (of receipts: the
    judiciary) and way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: Counter[tuple[str, Way, Taking]] = Counter()
        self._refused: Counter[tuple[str, Way, str]] = Counter()

    def took(self, source: str, way: Way, rows: Iterable[Taking]) -> None:
        """Note what became of what one message brought."""
        with self._lock:
            self._rows.update((source, way, each) for each in rows)

    def refused(self, source: str, way: Way, code: str) -> None:
        """Note a message that was refused as a whole. ``source`` is empty where it named none that there is."""
        with self._lock:
            self._refused[source, way, code] += 1

    def rows(self) -> Mapping[tuple[str, Way, Taking], int]:
        with self._lock:
            return dict(self._rows)

    def refusals(self) -> Mapping[tuple[str, Way, str], int]:
        with self._lock:
            return dict(self._refused)
