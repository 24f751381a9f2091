"""The port to a service that tells people by telephone, and its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The service took the message over; ``message_number`` is its own number of it."""

    message_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The service does not reach this mobile number."""

    error: GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """The message certainly was not taken: nothing was sent, or the answer says so."""

    error: GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The message may have been taken: no answer came, or one that nobody understands."""

    error: GatewayError


Answer = Taken | Refused | NotTaken | Unknown


class CourtesyService(Protocol):
    """Service that tells people by telephone. No error of it has a number of a telephone."""

    @property
    def name(self) -> str: ...

    def tell(self, mobile: str, text: str) -> Answer:
        """Hand over ``text`` for a number (+989…), and nothing else."""
        ...
