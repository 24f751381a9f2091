"""Maintenance: weekly in Tehran's time, past midnight too, or once; windows that meet are one."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from gateway.judiciary.maintenance_window import Once, Weekday, Weekly, Window, end_of
from gateway.runtime.clock import TEHRAN

FRIDAY = datetime(2026, 2, 6, tzinfo=TEHRAN)
EARLY = Weekly(days=frozenset({Weekday.FRIDAY}), begins=time(2), ends=time(4))
LATE = Weekly(days=frozenset({Weekday.FRIDAY}), begins=time(23), ends=time(1))
ONCE = Once(begins=FRIDAY + timedelta(hours=3), ends=FRIDAY + timedelta(hours=9))


def test_a_friday_is_one() -> None:
    assert list(Weekday)[FRIDAY.weekday()] is Weekday.FRIDAY


@pytest.mark.parametrize(
    ("windows", "hours", "until"),
    [
        ([], 3, None),
        ([EARLY], 1.99, None),
        ([EARLY], 2, 4),
        ([EARLY], 3.99, 4),
        ([EARLY], 4, None),
        ([EARLY], 24 + 3, None),
        ([EARLY], 7 * 24 + 3, 7 * 24 + 4),
        ([LATE], 0.5, None),
        ([LATE], 23, 25),
        ([LATE], 24.5, 25),
        ([LATE], 25, None),
        ([ONCE], 2.99, None),
        ([ONCE], 3, 9),
        ([ONCE], 9, None),
        ([EARLY, ONCE], 2, 9),
        ([ONCE, EARLY], 3.5, 9),
    ],
)
def test_when_it_ends(windows: list[Window], hours: float, until: float | None) -> None:
    now = (FRIDAY + timedelta(hours=hours)).astimezone(UTC)
    assert end_of(windows, now) == (None if until is None else FRIDAY + timedelta(hours=until))


def test_a_week_without_a_gap_has_an_end_to_look_for_all_the_same() -> None:
    always = Weekly(days=frozenset(Weekday), begins=time(0), ends=time(0))
    found = end_of([always], FRIDAY)
    assert found is not None
    assert found >= FRIDAY + timedelta(days=7)
