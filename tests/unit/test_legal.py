"""Legal effect and date of service."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from adapters.shipped.resources import CONFIG
from gateway.notice.legal_effect import RULES, Effect, moment_in_words, service
from gateway.notice.notice_kinds import KINDS


def test_arrival_is_service_and_viewing_makes_it_actual() -> None:
    arrival, viewing = datetime(2026, 2, 3, 10, tzinfo=UTC), datetime(2026, 2, 5, 10, tzinfo=UTC)
    legal, actual = service(arrival, None), service(arrival, viewing)
    assert legal is not None
    assert actual is not None
    assert (legal.date, legal.effect) == ("1404-11-14", Effect.LEGAL)
    assert (actual.date, actual.effect) == ("1404-11-14", Effect.ACTUAL)


def test_the_civil_date_is_that_of_tehran() -> None:
    before_midnight, after_midnight = datetime(2026, 2, 3, 20, 29, tzinfo=UTC), datetime(2026, 2, 3, 20, 30, tzinfo=UTC)
    dates = [served.date for moment in (before_midnight, after_midnight) if (served := service(moment, None))]
    assert dates == ["1404-11-14", "1404-11-15"]


def test_viewing_alone_proves_arrival() -> None:
    served = service(None, datetime(2026, 2, 3, 10, tzinfo=UTC))
    assert served is not None
    assert served.effect is Effect.ACTUAL


def test_nothing_is_served_before_it_arrives() -> None:
    assert service(None, None) is None


def test_the_rule_has_a_title_in_both_languages() -> None:
    served = service(datetime(2026, 2, 3, 10, tzinfo=UTC), None)
    assert served is not None
    assert RULES[served.rule].fa == "ماده ۱۳ آیین‌نامه نحوه استفاده از سامانه‌های رایانه‌ای یا مخابراتی، ۱۳۹۵"
    assert RULES[served.rule].en.isascii()


def test_days_and_times_are_told_by_the_calendar_of_the_reader() -> None:
    served = service(datetime(2026, 2, 3, 10, tzinfo=UTC), None)
    assert served is not None
    assert (served.day.fa, served.day.en) == ("۱۴۰۴/۱۱/۱۴", "2026-02-03 (1404/11/14)")
    reported = moment_in_words(datetime(2026, 2, 3, 20, 30, tzinfo=UTC))
    assert (reported.fa, reported.en) == ("۱۴۰۴/۱۱/۱۵ ساعت ۰۰:۰۰:۰۰ به وقت تهران", "2026-02-04 00:00:00 Tehran")


@pytest.mark.parametrize("file", ["gateway.toml", "demo.toml"])
def test_every_kind_of_the_delivered_configuration_has_its_title(file: str) -> None:
    bodies = tomllib.loads((CONFIG / file).read_text(encoding="utf-8"))["bodies"].values()
    kinds = {code: title for body in bodies for code, title in body["kinds"].items()}
    assert {code: words.fa for code, words in KINDS.items()} == kinds
    assert all(words.en.isascii() for words in KINDS.values())
