"""A real sandbox on a free port, and a municipality that talks to it. Both see one clock, which tests advance."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.pki.devpki import generate
from adapters.sandbox.sandbox_server import serve
from tests.manual_clock import ManualClock
from tests.unit.crypto.samples import plan

from .municipality import Municipality


class Sandbox:
    """A sandbox in a thread; it can be stopped and started again on its ledger."""

    def __init__(self, config: SandboxConfig, clock: ManualClock) -> None:
        self.config, self.clock = config, clock
        self.port = 0
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/eblagh"

    def start(self) -> None:
        ready: queue.Queue[int] = queue.Queue()
        self.stop.clear()
        self.thread = threading.Thread(target=serve, args=(self.config, ready.put, self.stop, self.clock))
        self.thread.start()
        self.port = ready.get(timeout=600)

    def end(self) -> None:
        self.stop.set()
        if self.thread is not None:
            self.thread.join()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """RSA keys throughout, unless a test says otherwise."""
    directory = tmp_path_factory.mktemp("sandbox") / "pki"
    generate(directory, plan(getattr(request, "param", "rsa-2048")), datetime.now(UTC))
    return directory


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
def config(pki: Path, tmp_path: Path) -> SandboxConfig:
    return SandboxConfig(
        ledger=tmp_path / "judiciary.db",
        transport_key=pki / "judiciary" / "transport.key.pem",
        transport_certificate=pki / "judiciary" / "transport.crt.pem",
        receipts_key=pki / "judiciary" / "receipts.key.pem",
        receipts_certificate=pki / "judiciary" / "receipts.crt.pem",
        partner_certificates=[pki / "municipality" / "transport.crt.pem"],
        partner_seals={
            path.name.removeprefix("seal-").removesuffix(".crt.pem"): path
            for path in (pki / "municipality").glob("seal-*.crt.pem")
        },
        partner_anchors=[pki / "anchors" / "municipality-root.pem"],
    )


@pytest.fixture
def sandbox(config: SandboxConfig, clock: ManualClock) -> Iterator[Sandbox]:
    running = Sandbox(config, clock)
    running.start()
    yield running
    running.end()


@pytest.fixture
def municipality(pki: Path, sandbox: Sandbox) -> Iterator[Municipality]:
    caller = Municipality(pki, sandbox.address, sandbox.clock)
    yield caller
    caller.close()
