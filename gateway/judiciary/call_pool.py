"""Port of calls that are under way at the same time.

One thread begins them and hears their answers; only the calls themselves may overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.judiciary.courier import Courier

Call = Callable[[Courier], Any]
"""A call: it has a courier for itself until it returns an answer, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Call ``number`` that has ended after ``seconds``: ``take`` returns its answer, or raises as it did."""

    number: int
    take: Callable[[], Any]
    seconds: float


class CallPool(Protocol):
    """Calls to one endpoint."""

    def make_ready(self, calls: int) -> None:
        """Be ready for so many calls at a time.

        Raises `gateway.runtime.errors.GatewayError` if that is not possible; then no call may begin.
        """
        ...

    def begin(self, number: int, call: Call) -> None:
        """Begin a call. No other one that is under way has its number.

        A call for which this raises an error was not made and never will be.
        """
        ...

    def ended(self) -> Sequence[Ended]:
        """Return the calls that have ended, at least one; wait for it. Each is returned once."""
        ...

    def rest(self) -> None:
        """Free what is kept between calls, at the end of a pass. No call may be under way."""
        ...


class OneByOne:
    """Pool without overlap: a call ends before the next one begins."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._begun: list[tuple[int, Call]] = []

    def make_ready(self, calls: int) -> None:
        """Do nothing: the courier is there."""

    def begin(self, number: int, call: Call) -> None:
        self._begun.append((number, call))

    def ended(self) -> Sequence[Ended]:
        number, call = self._begun.pop(0)
        return [Ended(number=number, take=lambda: call(self._courier), seconds=0)]

    def rest(self) -> None:
        """Do nothing: nothing is kept."""
