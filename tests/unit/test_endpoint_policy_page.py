"""The page on running the gateway shows the tables that the code has."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from gateway.notice.outbox import BACKOFF, JITTER
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, LONGEST_REST, REST

PAGE = (Path(__file__).parents[2] / "docs/operate/operations.md").read_text(encoding="utf-8")
UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1)}


def table(after: str) -> list[tuple[str, timedelta]]:
    """The rows of the table under this head: what, and how long."""
    body = PAGE.partition(after)[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\d[^|]*) \| (\d+) (\w+) \|$", body, re.MULTILINE)
    return [(what, int(number) * UNITS[unit]) for what, number, unit in rows]


def numbered(first: int, waits: tuple[timedelta, ...]) -> list[tuple[str, timedelta]]:
    last = len(waits) - 1
    return [(f"{first + n}{' and more' if n == last else ''}", wait) for n, wait in enumerate(waits)]


def test_rests_and_back_off_are_those_of_the_code() -> None:
    assert table("| failures in a row |") == numbered(FAILURES_THAT_OPEN, REST)
    assert table("| deferrals |") == numbered(1, BACKOFF)
    assert f"After {FAILURES_THAT_OPEN} in a row the endpoint rests" in PAGE
    assert f"more or\nless by up to {JITTER:.0%}".replace("%", " %") in PAGE
    assert timedelta(days=1) == LONGEST_REST
