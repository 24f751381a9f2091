"""Retry-After says seconds or a date; what says neither is not obeyed, and breaks nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.judiciary.retry_after import retry_after, written_date

NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("999999999", 86_400),
        ("Tue, 03 Feb 2099 08:32:00 GMT", 86_400),
        ("Tue, 03 Feb 2026 08:32:00 GMT", 120),
        ("Tuesday, 03-Feb-26 08:32:00 GMT", 120),
        ("Tue Feb  3 08:32:00 2026", 120),
        ("Tue, 03 Feb 2026 08:00:00 GMT", 0),
    ],
)
def test_seconds_and_dates_are_read(value: str, seconds: int) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "soon",
        "-5",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "1.5",
        "1e9",
        "٣",
        "9" * 400,
        "Tue, 99 Feb 2026 08:32:00 GMT",
        "0x10",
        "1,2",
        f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT",
    ],
)
def test_what_says_neither_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None
    assert written_date(value) is None
