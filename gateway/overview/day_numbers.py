"""Numbers of a person's work of the day: what ends today, what is late, what waits. Today and the morning's mail have
the same words for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Protocol

from gateway.legal.law import Law
from gateway.overview.dates_in_words import civil_day
from gateway.overview.deadlines.cockpit import WEEK, days_from
from gateway.overview.deadlines.deadline_store import DeadlineStore
from gateway.overview.deadlines.due_deadlines import DueQuery, due_deadlines
from gateway.overview.worklist import WorklistStore
from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.reconciliation.limits import Lateness, Limits
from gateway.reconciliation.overdue import late_ones
from gateway.runtime.bilingual import Words
from gateway.runtime.may_continue import MayContinue
from gateway.store.store import Store
from gateway.store.stored import QuarantineKind
from gateway.store.version_state import MappingState

ENDS_TODAY: Final = Words(en="Notices to be served by the end of today", fa="ابلاغیه‌هایی که مهلت ابلاغ آن‌ها امروز است")
LATE: Final = Words(en="Notices that are late", fa="ابلاغیه‌های دارای تأخیر")
DEADLINES_TODAY: Final = Words(en="Deadlines that end today", fa="مهلت‌هایی که امروز پایان می‌یابد")
DEADLINES_SOON: Final = Words(
    en="Deadlines that end within 7 days, today included", fa="مهلت‌هایی که از امروز تا ۷ روز پایان می‌یابد"
)
NEED_A_PERSON: Final = Words(en="Notices that need a person", fa="ابلاغیه‌های نیازمند اقدام")
REFUSED_ROWS: Final = Words(en="Refused rows", fa="ردیف‌های پذیرفته‌نشده")
QUARANTINED: Final = Words(en="Items in quarantine", fa="موارد قرنطینه")
TO_APPROVE: Final = Words(en="Versions that wait for approval", fa="نسخه‌های در انتظار تأیید")

MOST_OF_A_KIND: Final = 500
"""Waiting notices of each kind that are read."""
MOST_ROWS: Final = 20_000
"""Refused rows that are counted."""
_PAGE: Final = 500


class Works(Store, Protocol):
    """Store with the list of work, and with served notices by day."""

    @property
    def worklist(self) -> WorklistStore: ...
    @property
    def deadlines(self) -> DeadlineStore: ...


def counted(label: Words, number: Words) -> Words:
    """Return a label with its number."""
    return Words(en=f"{label.en}: {number.en}", fa=f"{label.fa}: {number.fa}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNumber:
    """Number of the day. ``path`` is the page of the console that shows its set; ``at_least``: there are more."""

    words: Words
    count: int
    path: str
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEnds:
    """Notices of all bodies whose time to be served ends on ``day``, and late ones, by the code of the body.

    A notice is late after the day by which it was to be served, or after a limit of its kind. ``deadlines_today`` and
    ``deadlines_soon`` count the periods that served notices started and that end on ``day``, or within a week.
    """

    day: date
    ends_today: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    deadlines_today: Counter[str] = field(default_factory=Counter)
    deadlines_soon: Counter[str] = field(default_factory=Counter)


def day_ends(store: Works, now: datetime, limits: Limits, may_continue: MayContinue) -> DayEnds | None:
    """Read every notice that is late or ends today, page by page; deadlines are left out (`with_deadlines`).

    Return None if the reading was broken off: its numbers would be too small.
    """
    found = DayEnds(day=civil_day(now))
    passed: set[str] = set()
    after: tuple[date, str] | None = None
    while may_continue() and (page := store.worklist.to_be_served_by(found.day, limit=_PAGE, after=after)):
        for each in page:
            if each.serve_by == found.day:
                found.ends_today[each.body] += 1
            else:
                passed.add(each.reference)
                found.late[each.body] += 1
        after = page[-1].serve_by, page[-1].reference
    over: set[str] = set()
    for entry, wait in late_ones(store, (), now, limits, may_continue):
        if wait.late is Lateness.OVER and entry.reference not in passed:
            over.add(entry.reference)
    if not may_continue():
        return None
    references = sorted(over)
    for start in range(0, len(references), _PAGE):
        found.late.update(store.notices.bodies(references[start : start + _PAGE]).values())
    return found


def with_deadlines(ends: DayEnds, store: Works, law: Law) -> DayEnds:
    """Return the numbers of a day with those of its deadlines.

    Raises `GatewayError` ``legal.range`` where the calendar does not cover the next days.
    """
    week = DueQuery(visible_bodies=None, within=days_from(ends.day, WEEK), today=ends.day)
    today, soon = Counter[str](), Counter[str]()
    for row in due_deadlines(store.deadlines, law, week, 0).rows:
        today[row.body] += row.today
        soon[row.body] += row.all
    return replace(ends, deadlines_today=today, deadlines_soon=soon)


def day_numbers(store: Works, person: Person, ends: DayEnds) -> list[DayNumber]:
    """Return the numbers that a person may see, of the visible bodies alone; those that are 0 are left out."""
    return [each for each in (*_of_notices(store, person, ends), *_beside(store, person)) if each.count]


def _of_notices(store: Works, person: Person, ends: DayEnds) -> Iterator[DayNumber]:
    if not person.may(Permission.SEE_NOTICES):
        return
    bodies = person.visible_bodies
    waiting = store.worklist.waiting(bodies, person.id, show=0, up_to=MOST_OF_A_KIND)
    yield DayNumber(words=ENDS_TODAY, count=_visible(ends.ends_today, bodies), path="/notices?state=on-the-way")
    yield DayNumber(words=DEADLINES_TODAY, count=_visible(ends.deadlines_today, bodies), path="/deadlines?days=1")
    yield DayNumber(words=DEADLINES_SOON, count=_visible(ends.deadlines_soon, bodies), path="/deadlines")
    yield DayNumber(words=LATE, count=_visible(ends.late, bodies), path="/notices?state=not-served")
    yield DayNumber(words=NEED_A_PERSON, count=waiting.count, path="/", at_least=waiting.more)


def _beside(store: Works, person: Person) -> Iterator[DayNumber]:
    if person.may(Permission.SEE_REFUSED_ROWS):
        own = person.bodies_for(Permission.SEE_REFUSED_ROWS)
        count = sum(group.count for group in store.refusals.groups(bodies=own, up_to=MOST_ROWS))
        yield DayNumber(words=REFUSED_ROWS, count=count, path="/refused", at_least=count >= MOST_ROWS)
    if person.may(Permission.SEE_QUEUE):
        count = sum(store.quarantine.size(kind) for kind in QuarantineKind)
        yield DayNumber(words=QUARANTINED, count=count, path="/queue/quarantine")
    if person.may(Permission.APPROVE_MAPPINGS):
        count = sum(version.state is MappingState.SUBMITTED for version in store.versions.find())
        yield DayNumber(words=TO_APPROVE, count=count, path="/mappings")


def _visible(counts: Counter[str], bodies: frozenset[str] | None) -> int:
    return sum(count for body, count in counts.items() if bodies is None or body in bodies)
