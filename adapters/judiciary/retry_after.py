"""Times in HTTP headers: Retry-After (RFC 9110, 10.2.3) and Date (6.6.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.judiciary.outcome_codes import MAX_RETRY_AFTER

_SECONDS = re.compile(r"[0-9]{1,9}")
"""At most thirty years: every such number fits a period."""

_YEARS = range(2000, 2200)
"""Years that a clock shows. A time of another one can be compared with nothing."""


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return the time to wait from ``now`` on: delay-seconds, or until an HTTP-date. None for any other value.

    It is `MAX_RETRY_AFTER` at most: a proxy's number must not keep a notice back for years.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=int(text)), MAX_RETRY_AFTER)
    moment = written_date(text)
    return None if moment is None else min(max(moment - now, timedelta()), MAX_RETRY_AFTER)


def written_date(value: str | None) -> datetime | None:
    """Return the time of an HTTP-date; None for any other value, and for a time that no clock shows."""
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    if date.year not in _YEARS:
        return None
    # An HTTP-date is always GMT; one without a zone is a slip of its writer.
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date
