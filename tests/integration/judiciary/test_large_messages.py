"""Calls with large seals that are under way at the same moment, in a process of their own."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters.bench.common.apart import apart
from adapters.bench.common.process_memory import PEAK, RESIDENT, memory, reset_peak
from adapters.judiciary.channel import Channel
from adapters.judiciary.threaded_calls import ThreadedCalls
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import Answer, Message, Outcome, SealSlice, Unknown
from gateway.notice.notice import sha256
from gateway.runtime.clock import system_clock
from gateway.store.stored import Changes, Payload
from tests.conformance.couriers import Courier, soap
from tests.databases import DATABASES

from .conftest import SEAL

CALLS = 4
PAGES = 2_000 * 1024
"""Octets of pages that a connection to SQLite keeps (its default of ``PRAGMA cache_size``); each call has one."""
ATTACHMENT = 7_000_000
MIB = 2**20

pytestmark = [
    pytest.mark.skipif(memory(PEAK) is None, reason="this system does not tell the memory of a process"),
    pytest.mark.long,
]


@pytest.mark.parametrize("kind", [SegmentPayloads, DatabasePayloads], ids=["segments", "rows"])
@pytest.mark.parametrize("database", DATABASES)
def test_a_call_under_way_holds_less_than_its_attachment(
    tmp_path: Path, pki: Path, database: str, kind: type[PayloadStore]
) -> None:
    """Its message is made of pieces, recorded in pieces, and sent in pieces, wherever payloads are.

    It holds about half; a quarter more is left for what the allocator keeps. Where SQLite has the payloads, the pages
    that a connection keeps are not counted: no attachment makes them more.
    """
    documents = [number.to_bytes(7, "big") * (ATTACHMENT // 7) for number in range(CALLS)]
    seals = [SEAL.replace(b"><", b">" + base64.b64encode(each) + b"<") for each in (b"warm", *documents)]
    with DATABASES[database](tmp_path) as url:
        with closing(SqlStore.open(url, kind(tmp_path / "payloads"))) as store:  # type: ignore[call-arg]
            store.commit(Changes(payloads=[Payload(digest=sha256(seal), octets=seal) for seal in seals]))
        grown = apart(calls_under_way, url, kind, tmp_path / "payloads", pki, [sha256(seal) for seal in seals])
    pages = PAGES if (database, kind) == ("sqlite", DatabasePayloads) else 0
    assert grown * MIB <= CALLS * (ATTACHMENT * 3 / 4 + pages), f"{grown:.1f} MiB"


def calls_under_way(url: str, kind: type[PayloadStore], folder: Path, pki: Path, digests: Sequence[str]) -> float:
    """Make the first call alone and the others at the same moment; return by how many MiB they let this process grow.

    No call is answered before all have been sent as a whole.
    """
    warm, *large = digests
    with ExitStack() as stack:
        store = stack.enter_context(closing(SqlStore.open(url, kind(folder))))  # type: ignore[call-arg]
        judiciary = Judiciary()
        stack.callback(judiciary.close)

        def courier() -> Courier:
            channel = stack.enter_context(closing(Channel(judiciary.endpoint, timedelta(minutes=10))))
            return soap(pki, channel, judiciary.endpoint, system_clock)

        pool = ThreadedCalls(courier, courier(), time.monotonic)
        pool.make_ready(len(large))
        maker = courier()

        def call(wanted: Sequence[str]) -> None:
            judiciary.together = threading.Barrier(len(wanted))
            messages = []
            for number, digest in enumerate(wanted):
                octets = store.evidence.streamed([digest])[digest]
                seal = SealSlice(reference=f"EB-{number}", octets=octets, digest=digest)
                messages.append(maker.prepare_submission([seal], datetime.now(UTC)))
                wire = messages[-1].wire
                store.commit(Changes(payloads=[Payload(digest=messages[-1].digest, octets=wire)]))
                pool.begin(number, partial(_submitted, messages[-1]))
            heard = 0
            while heard < len(wanted):
                for ended in pool.ended():
                    [outcome] = ended.take().by_reference.values()
                    assert outcome == Unknown(code="courier.http-status")
                    assert judiciary.received[messages[ended.number].id] == len(messages[ended.number].wire)
                    heard += 1

        call([warm])
        reset_peak()
        before = memory(RESIDENT)
        call(large)
        after = memory(PEAK)
        pool.rest()
    assert before is not None
    assert after is not None
    return after - before


def _submitted(message: Message, courier: Courier) -> Answer[Outcome]:
    return courier.submit(message)


class Judiciary:
    """Server that keeps no message: the size of each by its id. Calls are answered when all of them are here."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.together = threading.Barrier(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._serving = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._serving.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}/eblagh"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._serving.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        judiciary = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                start, left = b"", size
                while piece := self.rfile.read1(min(left, 65_536)):
                    start, left = start or piece, left - len(piece)
                message = start.partition(b"MessageID")[2].partition(b">")[2].partition(b"<")[0].decode()
                judiciary.received[message] = size - left
                judiciary.together.wait()
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        return Handler
