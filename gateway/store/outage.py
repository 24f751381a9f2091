"""Measured outages: times without a heartbeat of this service, and times in which an endpoint answered no call.

Each process that sends notices or reads receipts writes a heartbeat every ten seconds. Where none is in the store for a
minute, either no process ran or none could write to the store: which of them is not known. An endpoint is measured by
calls alone: it has an outage from the first of several failed calls in a row until the first answered one. A failed
call does not tell if the network or the service is the cause. Times are those of the clocks of the machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

SILENT_AFTER: Final = timedelta(seconds=60)
"""Time without a heartbeat from which on no process is known to run."""


FOUND_WITHIN: Final = timedelta(days=1)
"""Longest time after a restore until it is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInterval:
    """Time from the first to the last heartbeat of a process, without a gap of `SILENT_AFTER` between two of them."""

    owner: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointOutage:
    """Time in which an endpoint answered no call.

    ``since`` is the time of the first failed call, ``failed_at`` that of the last one that counted; ``failures`` is
    their number, and ``code`` the cause of the last one. ``over_at`` is the time of the first answered call after them
    (None: there is none so far).
    """

    destination: str
    since: datetime
    failed_at: datetime
    failures: int
    code: str
    over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGap:
    """Time without a heartbeat of any process: behind the last one at ``since`` and before the next one at ``until``.

    ``until`` is None if there is none so far. ``restored``: the store was restored about then, so that heartbeats may
    have been lost. Then the gap proves nothing.
    """

    since: datetime
    until: datetime | None
    restored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outages:
    """Outages that touch the time from ``begin`` to ``end``.

    ``measured_since`` is the time of the first heartbeat that was ever measured: nothing is known of earlier times
    (None: nothing was measured).
    """

    begin: datetime
    end: datetime
    measured_since: datetime | None
    gaps: Sequence[ServiceGap]
    endpoints: Sequence[EndpointOutage]


class OutageStore(Protocol):
    """Read what was measured. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def first_run(self) -> datetime | None:
        """Return the time of the first heartbeat that was measured."""
        ...

    def runs(self, begin: datetime, end: datetime) -> list[RunInterval]:
        """Return the running times that touch the time from ``begin`` to ``end``, by their beginning."""
        ...

    def last_before(self, begin: datetime) -> datetime | None:
        """Return the time of the last heartbeat before ``begin`` of a process that wrote none since."""
        ...

    def first_after(self, end: datetime) -> datetime | None:
        """Return the time of the first heartbeat after ``end`` of a process that wrote none before."""
        ...

    def endpoints(self, destination: str, begin: datetime, end: datetime) -> list[EndpointOutage]:
        """Return the outages of an endpoint that touch the time from ``begin`` to ``end``, by their beginning."""
        ...


def outages(
    store: OutageStore,
    destination: str,
    begin: datetime,
    end: datetime,
    now: datetime,
    recoveries: Sequence[datetime] = (),
) -> Outages:
    """Return the outages of the service and of an endpoint between two times; ``end`` is not after ``now``.

    ``recoveries`` are the times at which the store was found to be restored.
    """
    first = store.first_run()
    gaps: list[ServiceGap] = []
    if first is not None and first < end:
        after = store.first_after(end)
        if after is not None and after > now:  # a clock was ahead; nobody knows of that time yet
            after = None
        gaps = list(_gaps(store.runs(begin, end), store.last_before(begin), after, now))
    return Outages(
        begin=begin,
        end=end,
        measured_since=first,
        gaps=[
            replace(gap, restored=any(_may_have_lost(gap, at) for at in recoveries))
            for gap in gaps
            if gap.since < end and (gap.until is None or gap.until > begin)
        ],
        endpoints=store.endpoints(destination, begin, end),
    )


def _may_have_lost(gap: ServiceGap, restored_at: datetime) -> bool:
    return gap.since <= restored_at and (gap.until is None or restored_at <= gap.until + FOUND_WITHIN)


def _gaps(
    runs: Iterable[RunInterval], before: datetime | None, after: datetime | None, now: datetime
) -> Iterable[ServiceGap]:
    """Yield the gaps between running times in order, from ``before`` on (None: there was no earlier one)."""
    last = before
    for run in runs:
        if last is not None and run.began_at - last > SILENT_AFTER:
            yield ServiceGap(since=last, until=run.began_at)
        last = run.seen_at if last is None else max(last, run.seen_at)
    if last is not None and (after or now) - last > SILENT_AFTER:
        yield ServiceGap(since=last, until=after)
