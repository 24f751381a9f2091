"""The port to bulk acts. `Store.commit` writes their begin, their outcomes and their end; drafts are no evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.store.bulk_act import BulkAct, BulkNotice, BulkTally


class BulkActStore(Protocol):
    """Read bulk acts, and keep drafts. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def get(self, id: str) -> BulkAct | None: ...

    def running(self) -> list[BulkAct]:
        """Return those that began and have not ended, in the order of their begin."""
        ...

    def recent(
        self, bodies: frozenset[str] | None, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> list[BulkAct]:
        """Return acts that began, the last ones first, behind the pair of begin and id.

        All bodies of such an act are among ``bodies``; None is every body.
        """
        ...

    def tally(self, id: str) -> BulkTally: ...

    def notices(self, id: str, *, limit: int, after: str = "") -> list[BulkNotice]:
        """Return a page of an act's list by reference, behind ``after``."""
        ...

    def undone(self, id: str, limit: int) -> list[BulkNotice]:
        """Return the first notices without an outcome, by reference."""
        ...

    def done(self, id: str) -> list[str]:
        """Return the references of the notices that have an outcome and did not fail, in their order."""
        ...

    def draft(self, act: BulkAct) -> None:
        """Write a draft, or its numbers and bodies if it is there and did not begin."""
        ...

    def add(self, id: str, notices: Sequence[BulkNotice]) -> None:
        """Write notices of a draft."""
        ...

    def discard(self, id: str) -> None:
        """Delete a draft with its notices; an act that began stays."""
        ...

    def forget_drafts(self, before: datetime, limit: int) -> int:
        """Delete at most ``limit`` notices of drafts from before a time, and the drafts that have none left; return the
        number of deleted notices."""
        ...
