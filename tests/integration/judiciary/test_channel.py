"""A call ends with its time-out, at whatever point the other side begins to dawdle."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import urllib3.util.connection

from adapters.judiciary.channel import Channel
from gateway.runtime.errors import GatewayError

pytestmark = pytest.mark.long

PATIENCE = timedelta(seconds=3)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"

Answers = Callable[[list[bytes]], Channel]


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Start a server whose n-th connection gets the n-th answer; one that is ``DRIP`` never ends."""
    ended, threads, channels = threading.Event(), [], []

    def start(planned: list[bytes]) -> Channel:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with listener:
                for answer in planned:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.recv(65_536)
                        connection.sendall(answer)
                        while answer.endswith(DRIP) and not ended.wait(0.05):
                            connection.sendall(b"a")

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        channels.append(Channel(f"http://127.0.0.1:{listener.getsockname()[1]}/", PATIENCE))
        return channels[-1]

    yield start
    ended.set()
    for channel in channels:
        channel.close()
    for thread in threads:
        thread.join()


DRIP = b"X-Slow: "


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + DRIP,
        HEAD + b"Content-Length: 100000\r\n\r\n" + DRIP,
        HEAD + b"Connection: close\r\n\r\n" + DRIP,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + DRIP,
    ],
    ids=["headers", "body with a length", "body without one", "chunks"],
)
def test_drops_do_not_make_a_call_longer(answers: Answers, answer: bytes) -> None:
    channel = answers([answer, HEAD + b"Content-Length: 2\r\n\r\nok"])
    with pytest.raises(GatewayError) as error:
        channel.send(b"<a/>", {})
    assert error.value.code == "courier.no-answer"
    assert channel.send(b"<a/>", {}).body == b"ok", "the next call has a connection of its own"


def test_a_connection_that_is_made_too_late_is_not_used(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    channel, connect = answers([HEAD + DRIP]), urllib3.util.connection.create_connection

    def late(*arguments: Any, **named: Any) -> socket.socket:
        threading.Event().wait(2 * PATIENCE.total_seconds())
        return connect(*arguments, **named)

    monkeypatch.setattr(urllib3.util.connection, "create_connection", late)
    with pytest.raises(GatewayError) as error:
        channel.send(b"<a/>", {})
    assert error.value.code == "courier.not-connected", "certainly nothing was sent"
