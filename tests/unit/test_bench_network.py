"""The network with latency: octets arrive whole and in order, later than they were sent, and hold up nobody else."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from adapters.bench.service.delayed_network import delayed_network

DELAY = timedelta(milliseconds=200)


@contextmanager
def echo() -> Iterator[int]:
    """Serve a port that sends back what it gets, until the other side ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket) -> None:
    try:
        while True:
            threading.Thread(target=_echo, args=(listener.accept()[0],), daemon=True).start()
    except OSError:
        return


def _echo(connection: socket.socket) -> None:
    with connection:
        while octets := connection.recv(65536):
            connection.sendall(octets)


def asked(port: int, octets: bytes) -> tuple[bytes, float]:
    """Send octets, end, and return the answer with the seconds that it took."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began = time.monotonic()
        threading.Thread(target=_send, args=(connection, octets)).start()
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
            if len(answer) == len(octets):
                break
        return answer, time.monotonic() - began


def _send(connection: socket.socket, octets: bytes) -> None:
    connection.sendall(octets)


@pytest.mark.slow
def test_answers_arrive_whole_and_late() -> None:
    octets = os.urandom(3_000_000)
    with echo() as target, delayed_network(target, DELAY) as port:
        answer, taken = asked(port, octets)
    assert hashlib.sha256(answer).digest() == hashlib.sha256(octets).digest()
    assert taken >= DELAY.total_seconds()


@pytest.mark.slow
def test_many_answers_are_late_at_the_same_time() -> None:
    """One after another, ten would take ten latencies: the last begins before the first one's answer has come."""
    begun, answered = [], []
    with echo() as target, delayed_network(target, DELAY) as port:

        def ask() -> None:
            begun.append(time.monotonic())
            asked(port, b"x")
            answered.append(time.monotonic())

        barrier = [threading.Thread(target=ask) for _ in range(10)]
        for thread in barrier:
            thread.start()
        for thread in barrier:
            thread.join()
    assert min(answered) >= min(begun) + DELAY.total_seconds()
    assert max(answered) - min(begun) < 10 * DELAY.total_seconds()


@pytest.mark.slow
def test_a_server_that_is_away_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        target = closed.getsockname()[1]
    with delayed_network(target, DELAY) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        assert connection.recv(1) == b""
