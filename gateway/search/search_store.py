"""The port to the search for notices, and a page of what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.store.stored import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """Notices, newest first. ``next`` is the key behind which more of them are; None: there are no more."""

    notices: Sequence[Admission] = ()
    next: PageKey | None = None


class SearchStore(Protocol):
    """Find notices. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def find(self, query: NoticeQuery, *, after: PageKey | None, limit: int) -> FoundPage:
        """Return at most ``limit`` notices behind the key, by time of admission and reference, the last ones first.

        A notice that is admitted meanwhile stands before the first page, and moves none of those that follow.
        """
        ...

    def count(self, query: NoticeQuery, *, up_to: int) -> int:
        """Return the number of notices that match, or ``up_to`` if that is less. It takes as long as ``up_to`` is
        large."""
        ...

    @property
    def complete(self) -> bool:
        """False while notices of an earlier version's store are not found yet: `db upgrade` adds them."""
        ...
