"""Time in Tehran, and the Jalali date as the contract writes it."""

from datetime import UTC, date, datetime, timedelta, timezone

# No summer time since 1401.
TEHRAN = timezone(timedelta(hours=3, minutes=30))

# 1 Farvardin 1403.
_ANCHOR_YEAR = 1403
_ANCHOR_DAY = date(2024, 3, 20)
# The places of leap years in a cycle of 33 years; right for the years 1343 to 1472.
_LEAPS = frozenset({1, 5, 9, 13, 17, 22, 26, 30})


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """The form of our own files: UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _year_length(year: int) -> int:
    return 366 if year % 33 in _LEAPS else 365


def jalali(day: date) -> tuple[int, int, int]:
    year, left = _ANCHOR_YEAR, (day - _ANCHOR_DAY).days
    while left < 0:
        year -= 1
        left += _year_length(year)
    while left >= _year_length(year):
        left -= _year_length(year)
        year += 1
    if left < 6 * 31:
        return year, left // 31 + 1, left % 31 + 1
    left -= 6 * 31
    return year, left // 30 + 7, left % 30 + 1


def jalali_text(moment: datetime) -> tuple[str, str]:
    """Date and time apart: 1405/09/07 and 13:05. The seconds are cut off."""
    local = moment.astimezone(TEHRAN)
    year, month, day = jalali(local.date())
    return f"{year:04}/{month:02}/{day:02}", f"{local:%H:%M}"
