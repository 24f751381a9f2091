"""Ports of a demonstration's folder that another process has made, kept until this process ends."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path

_PORT = re.compile(r"port = (\d+)|127\.0\.0\.1:(\d+)")


def keep_ports(directory: Path) -> None:
    """Bind every port that the folder's sandbox names, without listening: nobody who asks the system for any port is
    given one of them, and the folder's own servers, which set SO_REUSEADDR, still listen there."""
    for match in _PORT.finditer((directory / "sandbox.toml").read_text(encoding="utf-8")):
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # its servers run
            held.bind(("127.0.0.1", int(match[1] or match[2])))
        held.detach()
