"""CPU time of an HTTP exchange over loopback: http.client, and a bare socket in another process that answers."""

from __future__ import annotations

import http.client
import multiprocessing
import os
import socket
import time
from contextlib import closing
from multiprocessing.connection import Connection
from typing import Final

ANSWER_BYTES: Final = 4096
_HEADERS_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


def exchange_ms(octets: int, exchanges: int) -> float:
    """Return CPU milliseconds of the caller for a POST of so many octets, over a connection that stays open."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_answer, args=(theirs,), daemon=True)
    server.start()
    body = os.urandom(octets)
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", ours.recv())) as connection:
            _exchange(connection, body)
            began = time.process_time()
            for _ in range(exchanges):
                _exchange(connection, body)
            return (time.process_time() - began) * 1000 / exchanges
    finally:
        server.terminate()
        server.join()


def _exchange(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/", body)
    if len(connection.getresponse().read()) != ANSWER_BYTES:
        raise RuntimeError("the answer is not whole")


def _answer(ready: Connection) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % ANSWER_BYTES + bytes(ANSWER_BYTES)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready.send(listener.getsockname()[1])
        connection, _ = listener.accept()
        with connection:
            received = b""
            while piece := connection.recv(256 * 1024):
                received += piece
                head, found, body = received.partition(_HEADERS_END)
                if found:
                    line = next(line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
                    left = int(line.removeprefix(_LENGTH)) - len(body)
                    while left > 0:
                        left -= len(connection.recv(min(left, 256 * 1024)))
                    received = b""
                    connection.sendall(answer)
