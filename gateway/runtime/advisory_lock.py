"""Advisory locks: one process at a time does a piece of work, across all processes and machines.

A lock saves work; it never makes a pass right. A holder that loses its database may continue while another has begun,
so every pass under a lock must be repeatable.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class AdvisoryLocks(Protocol):
    """Advisory locks by name. The lock of a holder that ended, in whatever way, is free for the next attempt."""

    def attempt(self, duty: str) -> AbstractContextManager[bool]:
        """Hold the lock ``duty`` for a ``with`` block, without waiting; the block gets True if this process holds it.

        ``duty`` is a name such as ``collect:cases``. Raises `gateway.runtime.errors.GatewayError`
        ``store.unavailable``.
        """
        ...

    def close(self) -> None: ...


class Calls(Protocol):
    """Limit of concurrent calls to one endpoint, shared by all processes."""

    def take(self, *, further: bool = False) -> AbstractContextManager[bool]:
        """Hold one call for a ``with`` block, which gets True if one was free. Raises as `AdvisoryLocks.attempt`.

        ``further``: a call beside another one of the same pass, which is never waited for.
        """
        ...

    def rest(self) -> None:
        """Free what is kept between calls, at the end of a pass."""
        ...


class Unlimited:
    """`Calls` without a limit."""

    def take(self, *, further: bool = False) -> AbstractContextManager[bool]:  # noqa: ARG002 - all are free
        return nullcontext(True)

    def rest(self) -> None:
        """Do nothing: nothing is kept."""


UNLIMITED = Unlimited()
