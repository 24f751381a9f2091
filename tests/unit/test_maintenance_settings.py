"""Maintenance and rate limits of the judiciary in the configuration."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import pytest

from adapters.settings import Settings, load
from gateway.judiciary.maintenance_window import Once, Weekday, Weekly
from gateway.runtime.clock import TEHRAN
from gateway.runtime.rate_limit import RateLimit
from tests.unit.shipped_configuration import GOOD, refused

MAINTENANCE = """[[judiciary.maintenance]]
days = ["thursday", "friday"]
from = "23:00"
until = "04:00"
[[judiciary.maintenance]]
from = 2026-03-20T22:00:00
until = 2026-03-21T06:00:00+03:30
"""


SIGNATURE = "[judiciary.signature]\n"


def test_maintenance_is_weekly_or_once_and_both_are_read_in_tehrans_time(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace(SIGNATURE, MAINTENANCE + SIGNATURE), encoding="utf-8")
    weekly, once = (each.window for each in load(path, Settings).judiciary.maintenance)
    assert weekly == Weekly(days=frozenset({Weekday.THURSDAY, Weekday.FRIDAY}), begins=time(23, 0), ends=time(4, 0))
    assert once == Once(begins=datetime(2026, 3, 20, 22, tzinfo=TEHRAN), ends=datetime(2026, 3, 21, 6, tzinfo=TEHRAN))


@pytest.mark.parametrize("written", ['"1404-12-29 22:00"', "1404-12-29T22:00:00", '"۱۴۰۴/۱۲/۲۹ ۲۲:۰۰"'])
def test_maintenance_is_written_in_either_calendar(tmp_path: Path, written: str) -> None:
    path = tmp_path / "gateway.toml"
    jalali = MAINTENANCE.replace("2026-03-20T22:00:00", written)
    path.write_text(GOOD.replace(SIGNATURE, jalali + SIGNATURE), encoding="utf-8")
    _, once = (each.window for each in load(path, Settings).judiciary.maintenance)
    assert isinstance(once, Once)
    assert once.begins == datetime(2026, 3, 20, 22, tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("from = 2026-03-20T22:00:00", "from = 1250-12-29T22:00:00", "from"),
        ('"thursday"', '"Thursday"', "maintenance.1.days.1"),
        ('["thursday", "friday"]', "[]", "days"),
        ('from = "23:00"', 'from = "25:00"', "from"),
        ('from = "23:00"', 'from = "11 pm"', "from"),
        ('from = "23:00"', 'from = "2300Z"', "from"),
        ('until = "04:00"', 'until = "02+09"', "until"),
        ('until = "04:00"', 'until = "T0400"', "until"),
        ('from = "23:00"', "from = 23", "from"),
        ('from = "23:00"', "from = 2026-03-20", "from"),
        ('from = "23:00"', "from = 2026-03-20T22:00:00", "maintenance.1"),
        ('days = ["thursday", "friday"]\n', "", "maintenance.1"),
        ("until = 2026-03-21T06:00:00+03:30", "until = 2026-03-19T06:00:00+03:30", "maintenance.2"),
        ("until = 2026-03-21T06:00:00+03:30", 'until = "06:00"', "maintenance.2"),
    ],
)
def test_a_window_that_is_none_is_refused_with_its_place(tmp_path: Path, old: str, new: str, key: str) -> None:
    refusal = refused(tmp_path, GOOD.replace(SIGNATURE, MAINTENANCE.replace(old, new, 1) + SIGNATURE))
    assert refusal.code == "config.value"
    assert f"{key}: " in refusal.detail
    assert refusal.detail.startswith("judiciary.maintenance.")
    line = int(refusal.where.rpartition(" ")[2])
    assert line >= GOOD[: GOOD.index(SIGNATURE)].count("\n") + 1, "in its own table"


@pytest.mark.parametrize(
    ("keys", "rate_limit"),
    [
        ("", None),
        ("notices_per_minute = 600\n", RateLimit(per_minute=600, burst=100)),
        ("notices_per_minute = 3\n", RateLimit(per_minute=3, burst=1)),
        ("notices_per_minute = 600\nburst = 7\n", RateLimit(per_minute=600, burst=7)),
    ],
)
def test_a_rate_limit_is_there_where_one_is_configured(tmp_path: Path, keys: str, rate_limit: RateLimit | None) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(GOOD.replace("requeue = false", f"{keys}requeue = false"), encoding="utf-8")
    assert load(path, Settings).judiciary.rate_limit == rate_limit


@pytest.mark.parametrize("keys", ["burst = 7", "notices_per_minute = 0", "max_calls = 0", "notices_per_minute = 1.5"])
def test_a_limit_that_says_nothing_is_refused(tmp_path: Path, keys: str) -> None:
    refusal = refused(tmp_path, GOOD.replace("requeue = false", f"requeue = false\n{keys}"))
    assert refusal.code == "config.value"
