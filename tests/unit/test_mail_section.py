"""Mail to people in the configuration."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from adapters.settings import Settings, load
from tests.unit.shipped_configuration import GOOD, refused

MAIL = '[mail]\nserver = "mail.example:587"\nsender = "eblagh@city.example"\n'


@pytest.mark.parametrize("written", ["0730Z", "07+00", "T0730", "24:00", "07:3", "07:30:00", "۰۷:۳۰", ""])
def test_a_morning_that_is_no_time_of_day_is_refused(tmp_path: Path, written: str) -> None:
    error = refused(tmp_path, f'{GOOD}\n{MAIL}digest_at = "{written}"\n')
    assert (error.code, error.detail) == ("config.value", "mail.digest_at: a time such as 07:30 is wanted")


@pytest.mark.parametrize(("written", "meant"), [("00:00", time(0, 0)), ("23:59", time(23, 59))])
def test_a_morning_is_a_time_of_tehran(tmp_path: Path, written: str, meant: time) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(f'{GOOD}\n{MAIL}digest_at = "{written}"\n', encoding="utf-8")
    mail = load(path, Settings).mail
    assert mail is not None
    assert mail.digest_at == meant
