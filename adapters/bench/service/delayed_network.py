"""A network with latency: a relay in a process of its own, before a server of this machine.

Each piece of an answer arrives so much later than it was sent. Nothing waits for it: other pieces, other connections
and all requests go on meanwhile, and nobody's thread is held. Opening a connection costs no latency here.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection

_PIECE = 256 * 1024


@contextmanager
def delayed_network(target: int, delay: timedelta) -> Iterator[int]:
    """Relay to the port ``target`` of the loopback while the block runs; yield the relay's own port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    relay = context.Process(target=_serve, args=(target, delay.total_seconds(), theirs), daemon=True)
    relay.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        relay.terminate()
        relay.join()
        ours.close()


def _serve(target: int, delay: float, ready: Connection) -> None:
    asyncio.run(_relay(target, delay, ready))


async def _relay(target: int, delay: float, ready: Connection) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, server_writer, 0.0), _pump(server_reader, writer, delay))

    listener = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.start_server(connected, sock=listener)
    ready.send(listener.getsockname()[1])
    async with server:
        await server.serve_forever()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass pieces on in their order, each ``delay`` seconds after it came, until either side ends."""
    clock, on_the_way = asyncio.get_running_loop().time, asyncio.Queue[tuple[float, bytes]]()

    async def deliver() -> None:
        with suppress(OSError):
            while True:
                due, octets = await on_the_way.get()
                if (left := due - clock()) > 0:
                    await asyncio.sleep(left)
                if not octets:
                    break
                writer.write(octets)
                await writer.drain()
        writer.close()

    delivery = asyncio.create_task(deliver())
    octets = b"-"
    with suppress(OSError):
        while octets and not delivery.done():
            octets = await reader.read(_PIECE)
            on_the_way.put_nowait((clock() + delay, octets))
    if octets:  # the connection broke
        on_the_way.put_nowait((clock() + delay, b""))
    await delivery
