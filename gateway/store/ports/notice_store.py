"""The port to admitted notices: lists, searches and histories. `Store.commit` admits them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.store.among import EVERY, Among
from gateway.store.stored import Admission, HistoryEvent, Known


class NoticeStore(Protocol):
    """Read notices. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def known(self, references: Sequence[str]) -> dict[str, Known]: ...

    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        """Return the notices that rows have stood for, by row key, in the order in which their seals were recorded."""
        ...

    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]: ...

    def admission(self, reference: str) -> Admission | None:
        """Return the notice with its current ``entry``."""
        ...

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        """Return a page of notices by reference, for lists."""
        ...

    def admitted(
        self,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[datetime, str] | None,
        source: str | None = None,
        newest_first: bool = False,
    ) -> list[Admission]:
        """Return a page of the notices admitted from ``since`` on and before ``until``.

        The order is that of admission and reference, or its reverse, behind the pair ``after``.
        """
        ...

    def history(self, reference: str) -> list[HistoryEvent]: ...

    def first_claims(self, references: Sequence[str]) -> dict[str, datetime]:
        """Return the time of the first claim of each notice, by reference. Notices without a known claim are left
        out."""
        ...

    def bodies(self, references: Sequence[str]) -> dict[str, str]:
        """Return the code of the body that issued each of these notices, by reference."""
        ...

    def kinds(self, references: Sequence[str]) -> dict[str, str]:
        """Return the kind of each of these notices, by reference."""
        ...

    def references(self, after: str, limit: int) -> list[str]:
        """Return the references behind ``after`` that a notice or its entry has, in their order."""
        ...
