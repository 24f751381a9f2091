"""The development time authority as an HTTP server (RFC 3161, 3.4), on loopback alone, with faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from adapters.crypto.keys.certificate import assert_valid_now, load_certificates
from adapters.crypto.keys.keys import load_signer
from adapters.http.http_service import HttpRequest, HttpResponse, refusal
from adapters.sandbox.pki.time_stamper import TimeFault, TimeStamper
from adapters.sandbox.sandbox_server import listen, run
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
        run(_TimeAuthority(stamper, config, stop).handle, listener, lambda: on_ready(port), stop)


@dataclass(slots=True)
class _TimeAuthority:
    """Service of the time authority."""

    stamper: TimeStamper
    config: TimeAuthorityConfig
    stop: threading.Event
    _ordinals: Any = field(init=False, default_factory=lambda: count(1))

    def handle(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.media_type != tsp.QUERY:
            return refusal(415)
        if len(request.body) > MAX_QUERY_BYTES:
            return refusal(413)
        fault = self._fault()
        if fault is TimeFault.LATE:
            self.stop.wait(self.config.late.total_seconds())
        return HttpResponse(body=self.stamper.answer(request.body, fault), media_type=tsp.REPLY)

    def _fault(self) -> TimeFault | None:
        ordinal = next(self._ordinals)
        return self.config.fault if self.config.faulty is None or ordinal <= self.config.faulty else None
