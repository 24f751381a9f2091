"""Port of submissions that are under way at the same time.

One thread begins them and hears their answers; only the calls themselves may overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.judiciary.courier import Answer, Courier, Message, Outcome

Heard = tuple[Message, Callable[[], Answer[Outcome]]]
"""A message, and a function that returns its answer or raises what its call raised."""


class Submitter(Protocol):
    """Submissions to one endpoint."""

    def make_ready(self, calls: int) -> None:
        """Be ready for so many calls at a time.

        Raises `gateway.runtime.errors.GatewayError` if that is not possible; then no call may begin.
        """
        ...

    def begin(self, message: Message) -> None:
        """Begin to submit a recorded message."""
        ...

    def answers(self) -> Sequence[Heard]:
        """Return the calls that have ended, at least one; wait for it. Each is returned once."""
        ...

    def rest(self) -> None:
        """Free what is kept between calls, at the end of a pass. No call may be under way."""
        ...


class OneByOne:
    """Submitter without overlap: a call ends before the next one begins."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._begun: list[Message] = []

    def make_ready(self, calls: int) -> None:
        """Do nothing: the courier is there."""

    def begin(self, message: Message) -> None:
        self._begun.append(message)

    def answers(self) -> Sequence[Heard]:
        message = self._begun.pop(0)
        return [(message, lambda: self._courier.submit(message))]

    def rest(self) -> None:
        """Do nothing: nothing is kept."""
