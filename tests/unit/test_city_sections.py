"""The sections of other systems of the city: what is refused, and where the guard stands."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.composition.guard import violations
from adapters.settings import Settings, load
from adapters.shipped.resources import CONFIG
from gateway.operations.sharing_agreement import SharedField
from gateway.runtime.errors import GatewayError

REGISTER = '\n[asset_register]\nurl = "http://127.0.0.1:9000"\n'
AGREEMENT = """
[[sharing]]
body = "fire-department"
title = "سازمان آتش‌نشانی"
tokens_file = "fire-tokens"
purposes = { safety = "بررسی ایمنی" }
fields = ["state"]
from = "1405-09-10"
"""


def settings(folder: Path, more: str) -> Settings:
    file = folder / "gateway.toml"
    file.write_text((CONFIG / "demo.toml").read_text(encoding="utf-8") + more, encoding="utf-8")
    return load(file, Settings)


def test_both_are_read_and_a_day_may_be_jalali(tmp_path: Path) -> None:
    read = settings(tmp_path, REGISTER + AGREEMENT + 'until = 2027-11-30\nkinds = ["ruling"]\n')
    assert read.asset_register is not None
    assert (read.asset_register.when_silent, read.asset_register.calls) == ("skip", 4)
    agreement = read.sharing[0].agreement
    assert (agreement.begins.isoformat(), agreement.fields) == ("2026-12-01", (SharedField.STATE,))
    assert agreement.kinds == {"ruling"}


@pytest.mark.parametrize(
    ("begins", "ends"), [('"1404-01-01"', "1405-12-29"), ("1404-01-01", '"1405-12-29"'), ("1404-01-01", "1405-12-29")]
)
def test_a_jalali_day_without_quotes_is_jalali(tmp_path: Path, begins: str, ends: str) -> None:
    more = AGREEMENT.replace('"1405-09-10"', begins) + f"until = {ends}\n"
    agreement = settings(tmp_path, more).sharing[0].agreement
    assert (agreement.begins, agreement.ends) == (date(2025, 3, 21), date(2027, 3, 20))


@pytest.mark.parametrize("day", ["1805-01-01", '"1805-01-01"', "2026-12-01T00:00:00Z", "1405"])
def test_a_day_that_is_none_is_refused_in_both_languages(tmp_path: Path, day: str) -> None:
    with pytest.raises(GatewayError, match="a day such as") as refused:
        settings(tmp_path, AGREEMENT.replace('"1405-09-10"', day))
    assert refused.value.found is not None
    assert "روزی مانند" in refused.value.found.fa


@pytest.mark.parametrize(
    "more",
    [
        REGISTER + 'own = ["14007650911"]\n',
        REGISTER + 'when_silent = "guess"\n',
        REGISTER + 'certificate = "a.pem"\n',
        '\n[asset_register]\nurl = "https://user:word@assets.example"\n',
        AGREEMENT.replace('["state"]', '["address"]'),
        AGREEMENT.replace('["state"]', '[["state"]]'),
        AGREEMENT.replace('["state"]', "[{ state = 1 }]"),
        AGREEMENT.replace('["state"]', '["state", "state"]'),
        AGREEMENT.replace('["state"]', "[]"),
        AGREEMENT.replace('{ safety = "بررسی ایمنی" }', "{}"),
        AGREEMENT.replace("fire-department", "Fire Department"),
        AGREEMENT + 'until = "1405-09-09"\n',
        AGREEMENT + 'bodies = ["article-1"]\n',
        AGREEMENT + 'kinds = ["no-kind"]\n',
        AGREEMENT + AGREEMENT,
    ],
)
def test_a_wrong_value_is_refused_with_its_line(tmp_path: Path, more: str) -> None:
    with pytest.raises(GatewayError, match=r"line \d+") as refused:
        settings(tmp_path, more)
    assert refused.value.code == "config.value"


def test_the_guard_keeps_development_on_this_machine_and_production_under_tls(tmp_path: Path) -> None:
    away = REGISTER.replace("127.0.0.1:9000", "192.0.2.7")
    found = violations(settings(tmp_path, away), tmp_path / "gateway.toml")
    assert [each.code for each in found if "development stays" in each.detail] == ["config.endpoint"]
    text = (tmp_path / "gateway.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(text.replace('"development"', '"production"'), encoding="utf-8")
    found = violations(load(tmp_path / "gateway.toml", Settings), tmp_path / "gateway.toml")
    assert "production needs https beyond this machine" in [each.detail for each in found]
