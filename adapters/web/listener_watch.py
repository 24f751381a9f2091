"""Check of this process's listeners, as a peer sees them: by a connection and a request to each."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.web.server import PROBE
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

EVERY_SECONDS = 5.0
LATE_SECONDS = 30.0
"""Time after which a listener that has not answered counts as not answering. One probe may fail on a busy machine."""


class ListenerWatch:
    """Watch in a thread of its own, from `start` to `close`."""

    def __init__(
        self, urls: Mapping[str, str], every_seconds: float = EVERY_SECONDS, late_seconds: float = LATE_SECONDS
    ) -> None:
        """Take ``urls`` by the listeners' names."""
        self._urls, self._every, self._late_after = dict(urls), every_seconds, late_seconds
        self._answered = dict.fromkeys(self._urls, time.monotonic())
        self._why = dict.fromkeys(self._urls, "")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="listener-watch", daemon=True)

    def start(self) -> None:
        self._answered = dict.fromkeys(self._urls, time.monotonic())
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def late(self) -> dict[str, GatewayError]:
        """Return the errors of listeners that do not answer, by their name."""
        now = time.monotonic()
        return {
            name: GatewayError("service.no-answer", where=f"{name} {url}", detail=self._why[name])
            for name, url in self._urls.items()
            if now - self._answered[name] > self._late_after
        }

    def _ask(self) -> None:
        while not self._ending.is_set():
            for name, url in self._urls.items():
                self._probe(name, url)
            self._ending.wait(self._every)

    def _probe(self, name: str, url: str) -> None:
        address = urlsplit(url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self._every)
        try:
            connection.request("GET", PROBE, headers={"Connection": "close"})
            connection.getresponse().read()
            self._answered[name] = time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            self._why[name] = words_of(error)
        finally:
            connection.close()
