"""Raw rows of a store, as checks read them: nothing of the product interprets them."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

LONG: Final = 1e9
"""Seconds until something that is not planned."""

FOR_RESCUE: Final = ("SENDING", "IN_DOUBT", "PENDING")
"""States whose end of the lease, or due time, concerns the pass that settles doubts."""


class Step(NamedTuple):
    """Step of a notice: what happened, the state after it, the record that proves it, and when it was learned."""

    reference: str
    seq: int
    event: str
    state: str
    evidence: str | None
    at: datetime


class Record(NamedTuple):
    """Record of evidence; ``leaf`` is its place in the tree."""

    id: str
    kind: str
    header: bytes
    leaf: int | None
