"""The port to claims of notices. `Store.commit` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.store.notice_claim import ClaimStanding, NoticeClaim


class ClaimStore(Protocol):
    """Read claims. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def standing(self, reference: str) -> ClaimStanding:
        """Return whether a notice waits for a person, and who has claimed it; one that is not here waits for nobody."""
        ...

    def of(self, references: Sequence[str]) -> dict[str, NoticeClaim]:
        """Return the claims of those that wait and are claimed, by reference."""
        ...
