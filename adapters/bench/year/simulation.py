"""A year of a country, minute by minute: how long work waits for a core, and which part of the machinery is full first.

The model is a fluid one: notices and receipts are amounts. Nothing in it is random.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.bench.stages import BATCH
from adapters.bench.year.unit_costs import UnitCosts

SHAPE: Final = (0.3, 0.7, 1.0, 1.0, 0.9, 0.7, 0.5, 0.3)
"""Rate in each hour of a working day from `FIRST_HOUR` on, as a part of the busiest hour."""

FIRST_HOUR: Final = 7
WORKING_DAYS: Final = 290
BUSY_DAYS: Final = 12
"""Working days, one a month, whose busiest hour has the peak. The others share the rest of the year."""

ARRIVAL_MINUTES: Final = 10
"""Minutes from a notice's submission to the receipt of its arrival."""

VIEWING_DAYS: Final = 2
"""Mean of the working days until it is viewed."""

_DAY: Final = 24 * 60
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Notices in a year, and notices a second in the busiest hour. Raises `ValueError` if that hour is not possible."""

    notices: int
    peak: float

    def __post_init__(self) -> None:
        if not 0 <= self.usual <= self.peak:
            raise ValueError(f"{self.notices:,} notices a year do not agree with {self.peak:g} a second at peaks")

    @property
    def usual(self) -> float:
        """Notices a second in the busiest hour of a usual day."""
        seconds = sum(SHAPE) * 3600
        return (self.notices - BUSY_DAYS * self.peak * seconds) / (WORKING_DAYS - BUSY_DAYS) / seconds

    def by_minute(self) -> Iterator[float]:
        """Yield the notices that come in each minute of the working days of a year."""
        every = WORKING_DAYS // BUSY_DAYS
        for day in range(WORKING_DAYS):
            is_busy = day % every == 0 and day // every < BUSY_DAYS
            busiest = (self.peak if is_busy else self.usual) * 60
            for minute in range(_DAY):
                hour = minute // 60 - FIRST_HOUR
                yield busiest * SHAPE[hour] if 0 <= hour < len(SHAPE) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A year with so many gateway ``cores``.

    ``wait`` and ``receipt_wait`` are minutes: the longest that a notice waited until a core had sent it, and a receipt
    until it was worked on. ``mean`` is the used part of the cores over the working days. ``behind`` is True if notices
    were left at the end.
    """

    cores: int
    wait: int
    receipt_wait: int
    mean: float
    behind: bool


def simulate(costs: UnitCosts, demand: Demand, cores: int) -> Year:
    """Run the year. In each minute notices are sent first; receipts have the cores that are left."""
    to_send, to_read = _Waiting(), _Waiting()
    per_notice = costs.gateway * costs.sent_share
    per_receipt = (costs.gateway - per_notice) / 2
    arriving: deque[float] = deque([0.0] * ARRIVAL_MINUTES)
    unviewed, used = 0.0, 0.0
    for minute, come in enumerate(demand.by_minute()):
        free = cores * _MINUTE_MS
        to_send.add(minute, come)
        sent = to_send.take(minute, free / per_notice)
        arriving.append(sent)
        arrived, viewed = arriving.popleft(), unviewed / (VIEWING_DAYS * _DAY)
        unviewed += arrived - viewed
        to_read.add(minute, arrived + viewed)
        left = free - sent * per_notice
        read = to_read.take(minute, left / per_receipt)
        used += free - left + read * per_receipt
    return Year(
        cores=cores,
        wait=to_send.longest,
        receipt_wait=to_read.longest,
        mean=used / (cores * _MINUTE_MS * WORKING_DAYS * _DAY),
        behind=to_send.amount >= 1,
    )


class _Waiting:
    """Amounts that wait, by the minute of their arrival. ``longest`` are the minutes that any of them waited."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, float]] = deque()
        self.longest = 0
        self.amount = 0.0

    def add(self, minute: int, amount: float) -> None:
        if amount > 0:
            self._parts.append((minute, amount))
            self.amount += amount

    def take(self, minute: int, most: float) -> float:
        """Take up to ``most``, the earliest first; return how much there was."""
        taken = 0.0
        while self._parts and taken < most:
            since, amount = self._parts.popleft()
            part = min(amount, most - taken)
            if part < amount:
                self._parts.appendleft((since, amount - part))
            taken += part
            self.longest = max(self.longest, minute - since)
        self.amount -= taken
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """Machines of the installation, apart from the gateway's own ``cores``.

    ``database_cores`` are of the one primary PostgreSQL, ``disk`` the MB a second that it can sync; ``calls`` may be
    under way at a time, each answered after ``latency`` seconds.
    """

    cores: int
    database_cores: int
    disk: float
    calls: int
    latency: float


def limits(costs: UnitCosts, machinery: Machinery) -> Mapping[str, float]:
    """Return the notices a second that each part can do at most, the least first."""
    at_a_time = machinery.calls / machinery.latency
    found = {
        f"gateway, {machinery.cores} cores": 1000 * machinery.cores / costs.gateway,
        f"PostgreSQL, {machinery.database_cores} cores": 1000 * machinery.database_cores / costs.database,
        "places in the log and segments, one core": 1000 / costs.sequencer,
        f"write-ahead log, {machinery.disk:g} MB/s": machinery.disk * 1e6 / costs.log,
        f"{machinery.calls} calls at a time, one notice a call": at_a_time,
        f"{machinery.calls} calls at a time, {BATCH} notices a call": at_a_time * BATCH,
    }
    return dict(sorted(found.items(), key=lambda part: part[1]))
