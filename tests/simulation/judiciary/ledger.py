"""The judiciary's own ledger: what came, what it did, and each receipt that it issued. Invariants are judged by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Flight:
    """Submission on its way. ``copies`` are still to arrive; once it is ``dead`` none of them can be acted on."""

    message: str
    references: tuple[str, ...]
    sent_at: float
    expires: datetime
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """Result of submission of a notice: a status, its number or ticket, the seal that came."""

    message: str
    at: float
    status: str
    number: str
    seal: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Receipt that the judiciary signed."""

    id: str
    reference: str
    number: str
    event: str
    event_time: datetime
    octets: bytes = field(repr=False)


@dataclass(slots=True)
class Ledger:
    """Lists grow only, but for flights that have ended."""

    flights: dict[str, list[Flight]] = field(default_factory=dict)
    acted: dict[str, list[Decision]] = field(default_factory=dict)
    issued: list[Issued] = field(default_factory=list)
    feed: list[bytes] = field(default_factory=list)
    """Octets in the order in which they are fetched; the cursor is a number of them."""
    confirmed: list[str] = field(default_factory=list)
    submissions: int = 0
    inquiries: int = 0

    def standing(self, reference: str) -> Decision | None:
        """Return what the judiciary knows of a notice; a deferral leaves nothing behind."""
        kept = [each for each in self.acted.get(reference, ()) if each.status != "DEFERRED"]
        return kept[-1] if kept else None

    def served(self, reference: str) -> int:
        """Return how many submissions of a notice it took to serve it."""
        return sum(each.status in ("ACCEPTED", "PENDING") for each in self.acted.get(reference, ()))
