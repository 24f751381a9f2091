"""Alarms ahead of deadlines: one for each issuing body and last day, from a configured number of days before it.

A pass looks for them and keeps what it found, for every screen and for mail. An alarm begins once, and is over when its
day is. It names a body and a day, and nobody.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from gateway.legal.due_deadline import DueSearch
from gateway.legal.law import Law
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import civil_day, day, number
from gateway.overview.deadlines.cockpit import days_from
from gateway.overview.deadlines.deadline_store import DeadlineStore
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.stored import Changes

LOOKED: Final = "deadlines"
"""Cursor that holds what the last look found. It is also the area of the alarms' names."""

DEADLINE_NEAR: Final = "legal.deadline-near"

_OLD: Final = timedelta(days=1)
"""Age of a look that tells nothing any more: the pass runs every few minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """Alarm on so many ``days`` up to a last day: 1 is that day alone. No ``bodies`` or ``kinds`` (codes): of all."""

    days: int
    bodies: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def fits(self, body: str, kind: str) -> bool:
        return (not self.bodies or body in self.bodies) and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDay:
    """The ``count`` deadlines of a body that end on ``last_day``, of which there is an alarm."""

    body: str
    last_day: date
    count: int

    @property
    def place(self) -> str:
        return f"{self.body}:{written_day(self.last_day)}"

    @property
    def alarm(self) -> GatewayError:
        return GatewayError(DEADLINE_NEAR, where=self.place, detail=f"{self.count} deadlines")

    def words(self, title: Words) -> Words:
        """Return its words with the title of the body."""
        on, count = day(self.last_day), number(self.count)
        return Words(
            en=f"Deadlines that end on {on.en}, {title.en}: {count.en}",
            fa=f"مهلت‌هایی که در تاریخ {on.fa} پایان می‌یابد، {title.fa}: {count.fa}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDays:
    """Result of the last look, by body and last day; ``at`` is None if nobody has looked yet."""

    at: datetime | None = None
    days: Sequence[NearDay] = field(default_factory=tuple)

    def alarms(self) -> dict[str, GatewayError]:
        """Return the alarms by their names."""
        return {f"{LOOKED}:{each.place}": each.alarm for each in self.days}

    def of(self, bodies: Collection[str] | None) -> list[NearDay]:
        """Return those of the visible bodies; None: of all."""
        return [each for each in self.days if bodies is None or each.body in bodies]

    def by_body(self) -> Mapping[str, int]:
        counts = Counter[str]()
        for each in self.days:
            counts[each.body] += each.count
        return counts


def known_near_days(rows: RowStore, now: datetime) -> NearDays:
    """Return what the last look of any process found, without days that are over by now; nothing of an old look."""
    kept, today = _kept(rows), civil_day(now)
    if kept.at is None or now - kept.at > _OLD:
        return NearDays()
    return NearDays(at=kept.at, days=[each for each in kept.days if each.last_day >= today])


def _kept(rows: RowStore) -> NearDays:
    kept = json.loads(rows.cursor(LOOKED) or "null")
    if kept is None:
        return NearDays()
    near = [
        NearDay(body=each["body"], last_day=date.fromisoformat(each["last_day"]), count=each["count"])
        for each in kept["near"]
    ]
    return NearDays(at=parse_timestamp(kept["at"]), days=near)


def _written(now: datetime, near: Sequence[NearDay]) -> str:
    told = [{"body": each.body, "last_day": each.last_day.isoformat(), "count": each.count} for each in near]
    return json.dumps({"at": timestamp(now), "near": told})


def near_days(store: DeadlineStore, law: Law, rules: Sequence[AlertRule], today: date) -> list[NearDay]:
    """Return the days of which there is an alarm; for each body and kind the first of the ``rules`` that fits counts.

    Raises `GatewayError` ``legal.range`` where the calendar does not cover the next days, and ``store.*``.
    """
    search = DueSearch(law, days_from(today, max([1, *(rule.days for rule in rules)])), today)
    counts = Counter[tuple[date, str]]()
    for group in store.groups(list(search.spans()), None, None):
        ahead = next((rule.days for rule in rules if rule.fits(group.body, group.kind)), 0)
        for due in search.due(group.body, group.kind, group.days):
            if due.last_day < today + timedelta(days=ahead):
                counts[due.last_day, group.body] += group.count
    return [NearDay(body=body, last_day=last_day, count=count) for (last_day, body), count in sorted(counts.items())]


def look_ahead(
    store: Store, deadlines: DeadlineStore, law: Law, rules: Sequence[AlertRule], now: datetime
) -> PassReport:
    """Keep the present alarms, and report those that began and those that are over since the last look.

    Raises as `near_days` does; then the last look is still the known one.
    """
    before = {each.place: each for each in _kept(store.rows).days}
    present = {each.place: each for each in near_days(deadlines, law, rules, civil_day(now))}
    store.commit(Changes(cursors={LOOKED: _written(now, list(present.values()))}))
    return PassReport(
        "overdue",
        alarms=[each.alarm for place, each in present.items() if place not in before],
        over=[each.alarm for place, each in before.items() if place not in present],
    )
