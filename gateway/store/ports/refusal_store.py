"""The port to rows that were refused. `Store.commit` writes and clears refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.notice.source_row import Refusal
from gateway.store.stored import RefusalGroup, StandingRefusal


class RefusalStore(Protocol):
    """Read the refusals of rows whose current version is refused. Raises `gateway.runtime.errors.GatewayError` with
    ``store.*``."""

    def of_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, StandingRefusal]:
        """Return the refusals of these rows, by row key. Rows that are not refused are left out."""
        ...

    def page(
        self,
        *,
        source: str | None,
        code: str | None,
        limit: int,
        after: tuple[str, str] | None,
        field: str | None = None,
        bodies: frozenset[str] | None = None,
    ) -> list[StandingRefusal]:
        """Return a page of refused rows, by source and row key, behind the pair ``after``.

        ``code`` is a code, or the beginning of one that ends before a dot. ``bodies`` leaves only rows that certainly
        are of one of these bodies; None leaves all.
        """
        ...

    def groups(self, *, bodies: frozenset[str] | None, up_to: int) -> list[RefusalGroup]:
        """Return the numbers of refused rows by source, code and field, the largest first.

        At most ``up_to`` rows are counted, so that it takes no longer after a wrong mapping. ``bodies`` as in `page`.
        """
        ...

    def refused_since(self, since: datetime, *, bodies: frozenset[str] | None, up_to: int) -> list[datetime]:
        """Return the times of at most ``up_to`` standing refusals from ``since`` on. ``bodies`` as in `page`."""
        ...

    def row_keys(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        """Return keys of rows that are refused with one of these codes: a page in their order."""
        ...

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Refusal]:
        """Return refusals that the case database does not show, by time and row key, behind the pair ``after``."""
        ...

    def mark_written(self, refusals: Sequence[Refusal]) -> None:
        """Record that the case database shows these refusals. One that was replaced meanwhile is left unwritten."""
        ...
