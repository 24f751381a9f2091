"""The service as the web sees it, and a client beside it."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.web.application import Application
from adapters.web.facts import Facts, Readings
from adapters.web.metrics import ServiceCollector, registry_of
from adapters.web.server import WebServer
from gateway.judiciary.pass_statistics import Record
from gateway.runtime.errors import GatewayError
from gateway.store.ports.tally_store import TallyStore
from gateway.store.store import Store

PATIENCE = 600.0
"""Seconds after which a test that waits for nothing ends, however busy the machine is."""
NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
GOOD = Facts(
    version="1.2.3",
    roles=("collect", "web"),
    started_at=NOW,
    moves=True,
    ending=False,
    records=[Record(name="collect:cases", kind="collect", source="cases", runs=4, failures=1, seconds=2.5)],
    alarms={},
    errors={"source.unavailable": 1},
    reloads={"good": 0, "refused": 0},
    certificates={"transport": NOW + timedelta(days=9)},
    refused=None,
)


class Asked:
    """The service as the web sees it, and a client beside it."""

    def __init__(self, store: Store) -> None:
        self.facts, self.store = GOOD, store
        self.now = NOW
        self.readings = Readings(lambda: self.store, lambda: self.now)
        registry = registry_of(ServiceCollector(lambda: self.facts, self.readings.last, lambda: self.now))
        self.server = WebServer("127.0.0.1:0")
        self.server.service = Application(lambda: self.facts, self.readings.last, registry, lambda: self.now)
        self.port = int(self.server.url.rpartition(":")[2])
        self.server.start()

    def __call__(self, path: str, method: str = "GET", **others: Any) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, **others)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def ready(self) -> tuple[int, dict[str, Any]]:
        status, _, body = self("/health/ready")
        return status, json.loads(body)

    def metrics(self) -> dict[str, float]:
        status, _, body = self("/metrics")
        assert status == 200
        lines = [line.rpartition(" ") for line in body.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


class Away:
    """A store that does not answer."""

    trouble = None

    def assert_version(self) -> None:
        """Do nothing: it was read just now."""

    @property
    def tallies(self) -> TallyStore:
        raise GatewayError("store.unavailable", where="sqlite:///gateway.db", detail="disk I/O error")
