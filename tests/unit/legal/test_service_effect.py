"""Legal effect: not served, legal, actual, by the rule of the day of arrival."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import RULES
from gateway.legal.legal_file import LegalFile
from gateway.legal.rules import FromEvent, RuleSet
from gateway.legal.rules_reader import rules_of
from gateway.legal.service_effect import EffectFound, effect_on, event_day
from gateway.notice.legal_effect import RULE, Effect, jalali, service
from gateway.notice.legal_effect import RULES as TITLES
from gateway.notice.written_date import jalali_day, parse_day, written_day
from gateway.overview.legal.effect_words import effect_name, effect_step_in_words

SHIPPED = rules_of(legal_files(RULES))
DATED = """
[[service]]
code = "unseen-means-paper"
title = "قاعده ۱۳۹۹"
title_en = "Rule of 1399"
unseen = "not-served"
from = "1399-01-01"
until = "1400-12-29"
source = "s"
mark = "confirmed"
[[service]]
code = "ten-days-unseen-mean-refusal"
title = "قاعده ۱۴۰۱"
title_en = "Rule of 1401"
unseen = "served-after"
unseen_days = 10
from = "1401-01-01"
source = "s"
mark = "to-be-confirmed"
"""
CHANGED = rules_of([LegalFile(name="service.toml", octets=DATED.encode())])
"""The rules of the tax administration, as an example of rules that change."""


def at(day: str, hour: int = 12) -> datetime:
    """Return an hour of a day in Tehran, whose clock is three and a half hours before UTC."""
    civil = parse_day(day)
    return datetime(civil.year, civil.month, civil.day, tzinfo=UTC) + timedelta(hours=hour) - timedelta(hours=3.5)


def found(day: str, *times: datetime | None, rules: RuleSet = SHIPPED) -> tuple[str, str | None]:
    effect = effect_on(parse_day(day), rules, *times, *[None] * (2 - len(times)))
    return effect_name(effect).en, effect.served_on and written_day(effect.served_on)


def test_arrival_serves_by_law_and_viewing_makes_it_actual() -> None:
    arrival, viewing = at("1404-11-14"), at("1404-11-16")
    assert found("1404-11-13", arrival, viewing) == ("no arrival by that day is known", None)
    assert found("1404-11-15", arrival, viewing) == ("legal service", "1404-11-14")
    assert found("1404-11-16", arrival, viewing) == ("actual service", "1404-11-14")


def test_the_civil_day_of_tehran_decides() -> None:
    before, after = at("1404-11-14", 23) + timedelta(minutes=59), at("1404-11-15", 0)
    assert found("1404-12-01", before)[1] == "1404-11-14"
    assert found("1404-12-01", after)[1] == "1404-11-15"


def test_a_notice_keeps_the_rule_of_its_day() -> None:
    old, new = at("1400-12-25"), at("1401-01-02")
    assert found("1401-06-01", old, rules=CHANGED) == ("not served", None)
    assert found("1401-01-11", new, rules=CHANGED) == ("not served", None)
    assert found("1401-01-12", new, rules=CHANGED) == ("legal service", "1401-01-12")
    assert found("1401-06-01", old, at("1401-02-01"), rules=CHANGED) == ("actual service", "1401-02-01")
    assert found("1401-06-01", new, at("1401-01-05"), rules=CHANGED) == ("actual service", "1401-01-05")
    assert found("1401-06-01", new, at("1401-02-05"), rules=CHANGED) == ("actual service", "1401-01-12")


def test_a_statement_of_the_judiciary_serves_where_the_rule_does_not() -> None:
    assert found("1401-06-01", at("1400-12-25"), None, at("1401-01-20"), rules=CHANGED) == (
        "legal service",
        "1401-01-20",
    )
    assert found("1401-06-01", at("1401-01-02"), None, at("1401-01-07"), rules=CHANGED)[1] == "1401-01-07"


def test_each_step_reads_as_a_sentence_in_both_languages() -> None:
    told = [
        effect_step_in_words(step)
        for times in ((at("1404-11-14"), None, None), (None, at("1404-11-16"), None), (None, None, at("1404-11-16")))
        for step in effect_on(date(2026, 3, 1), SHIPPED, *times).steps
    ]
    for day, rules in (("1401-01-05", CHANGED), ("1401-03-05", CHANGED)):
        for arrival in ("1400-12-25", "1401-01-02"):
            told += [effect_step_in_words(step) for step in effect_on(parse_day(day), rules, at(arrival), None).steps]
    assert told[0].fa == "به موجب رسید قوه قضاییه، ابلاغیه در روز سه‌شنبه ۱۴۰۴/۱۱/۱۴ به حساب کاربری مخاطب واصل شده است."
    assert all(words.en.endswith(".") and words.fa.endswith(".") for words in told)
    assert not any("{" in words.en + words.fa for words in told)


moments = st.none() | st.integers(0, 4 * 365 * 24).map(lambda hours: at("1403-02-01", hours))


@given(moments, moments, moments)
def test_the_shipped_rule_is_the_one_that_evidence_names(
    delivered: datetime | None, viewed: datetime | None, stated: datetime | None
) -> None:
    """`gateway.notice.legal_effect`, by which evidence is made, and the shipped rule as data have one result."""
    known = service(delivered, viewed, stated)
    effect = effect_on(jalali_day(1408, 12, 29), SHIPPED, delivered, viewed, stated)
    if known is None:
        assert effect == EffectFound(effect=None, served_on=None, rule=None, rules_version=SHIPPED.version, steps=())
        return
    assert effect.served_on is not None
    assert (written_day(effect.served_on), effect.effect) == (known.date, known.effect)
    assert effect.rule is not None
    assert (effect.rule.code, effect.rule.title) == (RULE, TITLES[RULE])
    assert effect.effect is Effect.ACTUAL or viewed is None
    assert delivered is None or jalali(delivered) == known.date


def test_a_viewing_that_is_dated_before_the_arrival_counts_from_the_day_of_service() -> None:
    served, before, after = parse_day("1404-11-14"), parse_day("1404-11-13"), parse_day("1404-11-16")
    days = [event_day(FromEvent.VIEWING, served, viewed) for viewed in (None, before, after)]
    assert days == [None, served, after]
    assert event_day(FromEvent.SERVICE, served, after) == served
