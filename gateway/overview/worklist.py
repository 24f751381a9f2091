"""Notices that wait for a person, and numbers of notices by day, for the bodies that a person may see.

Both cost what they show: the numbers are bounded, and read from indexes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.reconciliation.limits import OPEN, Limit
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN
from gateway.store.notice_claim import NoticeClaim
from gateway.store.stored import Admission

_S = DeliveryState

ON_THE_WAY: Final = frozenset(OPEN[Limit.DELIVER])
"""States of a notice that is not served yet, and may be: it can be late, and have a day by which it is to be served."""

NOT_SERVED: Final = ON_THE_WAY | frozenset(OPEN[Limit.SWITCH])
"""Those, and the states in which another channel is to be chosen: every state in which a notice can be late."""

SERVED: Final = frozenset({_S.DELIVERED, _S.VIEWED})

GROUPS: Final[Mapping[str, frozenset[DeliveryState]]] = {
    "on-the-way": ON_THE_WAY,
    "not-served": NOT_SERVED,
    "served": SERVED,
}
"""Groups of states, by their names in addresses."""

GROUP_WORDS: Final[Mapping[str, Words]] = {
    "on-the-way": Words(en="on the way (every such state)", fa="در راه ابلاغ (همه این وضعیت‌ها)"),
    "not-served": Words(
        en="not served (on the way, or without another channel yet)",
        fa="ابلاغ‌نشده (در راه ابلاغ یا در انتظار شیوه دیگر ابلاغ)",
    ),
    "served": Words(en="served (delivered or viewed)", fa="ابلاغ‌شده (وصول یا رؤیت)"),
}

DAYS: Final = 14
"""Days of the numbers by day, today included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotice:
    """Notice that waits for a person, and the claim of one."""

    admission: Admission
    claim: NoticeClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNotices:
    """Notices that wait for a person, the longest waiting first: a person's own claims, ``free`` ones, and others'.

    The sequences have the first of each part, the counts its number. ``admitted`` are the times of admission of all
    that were counted. If ``more``, there are more than those.
    """

    mine: Sequence[ClaimedNotice] = ()
    free: Sequence[Admission] = ()
    others: Sequence[ClaimedNotice] = ()
    mine_count: int = 0
    free_count: int = 0
    others_count: int = 0
    admitted: Sequence[datetime] = ()
    more: bool = False

    @property
    def count(self) -> int:
        return len(self.admitted)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToBeServed:
    """Notice that is to be served by a day, and is not yet."""

    serve_by: date
    reference: str
    body: str


class WorklistStore(Protocol):
    """Read the work of people. ``bodies`` are the codes of the visible bodies; None is every body. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def waiting(self, bodies: frozenset[str] | None, person: str, *, show: int, up_to: int) -> WaitingNotices:
        """Return the notices that wait for a person, the first ``show`` of each part in full.

        These are dead letters, rejected notices without a later revision, notices without an account or undeliverable
        ones without another channel, doubts that no inquiry settles, and queued notices that an error keeps from being
        sent. ``person`` is the id of the one whose claims are ``mine``. At most ``up_to`` of each kind are read, the
        earliest admitted first, and as many claims, the newest first.
        """
        ...

    def later(self, references: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the notices that took the place of these, by reference: later revisions of the paper, and those that
        their row stands for since. A notice without one is left out.
        """
        ...

    def to_be_served_by(self, day: date, *, limit: int, after: tuple[date, str] | None) -> list[ToBeServed]:
        """Return a page of the notices on the way that are to be served by ``day`` or were to be earlier, in this order
        behind ``after``. It reads an index of them alone.
        """
        ...

    def admitted_by_day(
        self, bodies: frozenset[str] | None, edges: Sequence[datetime]
    ) -> list[Mapping[DeliveryState, int]]:
        """Return the number of notices by their present state, for each period between two ``edges`` of the time of
        admission. It reads an index over these periods alone.
        """
        ...


def revised(store: WorklistStore, entries: Iterable[OutboxEntry]) -> frozenset[str]:
    """Return the rejected ones of these notices whose place a later notice took."""
    return frozenset(store.later([entry.reference for entry in entries if entry.state is _S.REJECTED]))


def day_edges(now: datetime, days: int = DAYS) -> list[datetime]:
    """Return the beginnings of the last ``days`` civil days in Tehran, and the end of today; aware."""
    today = now.astimezone(TEHRAN).date()
    return [_begin(today + timedelta(days=number)) for number in range(1 - days, 2)]


def days_between(edges: Sequence[datetime]) -> list[date]:
    """Return the civil days in Tehran that begin at each edge but the last."""
    return [edge.astimezone(TEHRAN).date() for edge in edges[:-1]]


def by_edges(times: Sequence[datetime], edges: Sequence[datetime]) -> list[int]:
    """Count times by the period in which they lie; those outside of all are left out."""
    places = Counter(bisect_right(edges, each) for each in times)
    return [places[number] for number in range(1, len(edges))]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), TEHRAN)
