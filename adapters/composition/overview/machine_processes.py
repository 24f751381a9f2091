"""Processes of the service, as this machine can see them."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime

from gateway.overview import service_run
from gateway.overview.service_run import Running
from gateway.store.stored import Process


def running(known: Sequence[Process], now: datetime) -> Running:
    """Sort the processes that the store knows, as `gateway.overview.service_run.running`."""
    return service_run.running(known, now, is_here=_is_here, may_live=_may_live)


def _is_here(owner: str) -> bool:
    return owner.rpartition("/")[0] == socket.gethostname()


def _may_live(owner: str) -> bool:
    """Return False if the process was on this machine and does not exist any more: it was killed."""
    host, _, number = owner.rpartition("/")
    if host != socket.gethostname() or not number.isdecimal():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
