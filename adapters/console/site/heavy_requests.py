"""Bound of heavy requests: so many at a time of one person, and so many of all, so that other pages stay quick."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

PER_PERSON: Final = 2
IN_ALL: Final = 4
"""Half of the listener's threads (`adapters/web/listener_limits.py`)."""
RETRY_SECONDS: Final = 5


@dataclass
class HeavyRequests:
    """Heavy requests that are being answered. May be used from several threads."""

    per_person: int = PER_PERSON
    in_all: int = IN_ALL
    _held: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    @property
    def held(self) -> int:
        """Number of heavy requests that are being answered now."""
        return self._held.total()

    @contextmanager
    def slot(self, person: str) -> Iterator[None]:
        """Hold a slot for one request. Raises `TooManyRequests` for too many of the person, or `ServiceUnavailable`."""
        with self._lock:
            if self._held[person] >= self.per_person:
                raise TooManyRequests(retry_after=RETRY_SECONDS)
            if self._held.total() >= self.in_all:
                raise ServiceUnavailable(retry_after=RETRY_SECONDS)
            self._held[person] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[person] -= 1
                self._held += Counter()  # a person without a request takes no memory
