"""The development time authority as an HTTP server (RFC 3161, 3.4), on loopback alone, with faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from adapters.crypto.keys.certificate import assert_valid_now, load_certificates
from adapters.crypto.keys.keys import load_signer
from adapters.sandbox.pki.time_stamper import TimeFault, TimeStamper
from adapters.sandbox.server import listen, run
from adapters.timestamp import tsp
from gateway.runtime.clock import Clock, system_clock

MAX_QUERY_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAuthorityConfig:
    """Settings of the time authority.

    ``certificate`` holds the signer's and those of its authorities. Port 0 is a free one. Every request meets
    ``fault``, or only the ``faulty`` first ones. A request with `TimeFault.LATE` is answered after ``late``.
    """

    key: Path
    certificate: Path
    host: str = "127.0.0.1"
    port: int = 0
    fault: TimeFault | None = None
    faulty: int | None = None
    late: timedelta = timedelta(seconds=3)


def serve_time(
    config: TimeAuthorityConfig, on_ready: Callable[[int], None], stop: threading.Event, clock: Clock = system_clock
) -> None:
    """Serve until ``stop``. ``on_ready`` is called with the port.

    Raises `GatewayError` (``sandbox.*``, ``key.*``, ``certificate.*``) before anything is served.
    """
    with listen(config.host, config.port) as listener:
        signer = load_signer(config.key, config.certificate)
        assert_valid_now(signer.certificate, clock())
        chain = [each.der for each in load_certificates(config.certificate)]
        stamper = TimeStamper(signer=signer, chain=chain, clock=clock)
        port = listener.getsockname()[1]
        run(_Application(stamper, config, stop), listener, lambda: on_ready(port), stop)


@dataclass(slots=True)
class _Application:
    """WSGI application of the time authority."""

    stamper: TimeStamper
    config: TimeAuthorityConfig
    stop: threading.Event
    _ordinals: Any = field(init=False, default_factory=lambda: count(1))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if environ["REQUEST_METHOD"] != "POST" or environ.get("CONTENT_TYPE") != tsp.QUERY:
            return _page(start_response, "415 Unsupported Media Type", f"POST {tsp.QUERY}\n")
        if length > MAX_QUERY_BYTES:
            return _page(start_response, "413 Content Too Large", "a request is shorter\n")
        fault = self._fault()
        if fault is TimeFault.LATE:
            self.stop.wait(self.config.late.total_seconds())
        body = self.stamper.answer(environ["wsgi.input"].read(length), fault)
        start_response("200 OK", [("Content-Type", tsp.REPLY), ("Content-Length", str(len(body)))])
        return [body]

    def _fault(self) -> TimeFault | None:
        ordinal = next(self._ordinals)
        return self.config.fault if self.config.faulty is None or ordinal <= self.config.faulty else None


def _page(start_response: Callable[..., Any], status: str, text: str) -> list[bytes]:
    body = text.encode("ascii")
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
