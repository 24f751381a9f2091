"""A date that a person wrote is of the calendar that its year tells, or it is refused in both languages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from gateway.notice.written_date import parse_day, parse_moment
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1404-11-14", date(2026, 2, 3)),
        ("1404/11/14", date(2026, 2, 3)),
        ("۱۴۰۴/۱۱/۱۴", date(2026, 2, 3)),
        ("2026-02-03", date(2026, 2, 3)),
        ("1403-12-30", date(2025, 3, 20)),
        ("1405-8-1", date(2026, 10, 23)),
        ("1300-01-01", date(1921, 3, 21)),
        ("1499-12-29", date(2121, 3, 20)),
        ("1900-01-01", date(1900, 1, 1)),
        ("2199-12-31", date(2199, 12, 31)),
    ],
)
def test_a_day_is_written_in_either_calendar(text: str, day: date) -> None:
    assert parse_day(text) == day
    assert parse_moment(text).astimezone(UTC if text[:2] in ("19", "20", "21") else TEHRAN).date() == day


@pytest.mark.parametrize("text", ["1299-12-29", "1500-01-01", "1899-12-31", "2200-01-01", "0001-01-01", "9999-12-31"])
def test_a_year_of_neither_calendar_is_refused_in_both_languages(text: str) -> None:
    for parse in (parse_day, parse_moment):
        with pytest.raises(GatewayError) as refused:
            parse(text)
        assert refused.value.code == "date.year"
        assert "1300 to 1499" in refused.value.entry.en
        assert re.search("۱۳۰۰ تا ۱۴۹۹", refused.value.entry.fa)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date.form"),
        ("14-11-1404", "date.form"),
        ("1404-11/14", "date.form"),
        ("14041114", "date.form"),
        ("yesterday", "date.form"),
        ("1404-11-14 12", "date.form"),
        ("1404-13-01", "date.day"),
        ("1404-12-30", "date.day"),
        ("2026-02-30", "date.day"),
        ("2026-02-03 24:00", "date.day"),
        ("2026-02-03T12:00+99:00", "date.day"),
    ],
)
def test_what_is_no_date_is_refused(text: str, code: str) -> None:
    with pytest.raises(GatewayError, match=re.escape(code)):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1404-11-14", datetime(2026, 2, 2, 20, 30, tzinfo=UTC)),
        ("1404/11/14 12:00", datetime(2026, 2, 3, 8, 30, tzinfo=UTC)),
        ("۱۴۰۴/۱۱/۱۴ ۱۲:۰۰:۰۱", datetime(2026, 2, 3, 8, 30, 1, tzinfo=UTC)),
        ("1404-11-14T12:00Z", datetime(2026, 2, 3, 12, tzinfo=UTC)),
        ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
        ("2026-02-03T08:30:00.25", datetime(2026, 2, 3, 8, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-02-03T08:30:00.123456789Z", datetime(2026, 2, 3, 8, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-02-03 12:00:00+03:30", datetime(2026, 2, 3, 8, 30, tzinfo=UTC)),
    ],
)
def test_without_an_offset_a_jalali_time_is_tehrans_and_a_gregorian_one_utc(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment
