"""Duties: work that one process at a time does, however many processes and machines there are.

A duty saves work; it never makes a pass right. A holder that loses its database may go on while another has begun, so
every pass that runs under a duty is one that may run twice.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class AdvisoryLocks(Protocol):
    """Who does what. A duty whose holder ended, in whatever way, is free for the next one that attempts it."""

    def attempt(self, duty: str) -> AbstractContextManager[bool]:
        """Hold ``duty`` for a ``with`` block, without waiting; the block is told whether this process holds it.

        ``duty`` is a name such as ``collect:cases``. Raises `gateway.runtime.errors.GatewayError`
        ``store.unavailable``.
        """
        ...

    def close(self) -> None: ...


class Calls(Protocol):
    """How many calls one endpoint bears at a time, those of all processes together."""

    def take(self) -> AbstractContextManager[bool]:
        """Hold one of them for a ``with`` block, which is told whether one was free. Raises as
        `AdvisoryLocks.attempt`."""
        ...


class Unlimited:
    """As many calls as there are passes."""

    def take(self) -> AbstractContextManager[bool]:
        return nullcontext(True)


UNLIMITED = Unlimited()
