"""Files of rules and calendars: what ships is in order, and each mistake is refused with its place."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adapters.settings.legal_folder import legal_file, legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import read_calendar
from gateway.legal.intervals import in_force
from gateway.legal.legal_file import LegalFile
from gateway.legal.legal_period import Period
from gateway.legal.office_calendar import OfficeCalendar, Weekday
from gateway.legal.rules import Abroad, RuleSet, Starts, Unfixed
from gateway.legal.rules_reader import read_rules
from gateway.notice.notice_kinds import KINDS
from gateway.notice.written_date import parse_day, written_day
from gateway.runtime.errors import GatewayError

BODY = """
[body]
code = "article-9"
title = "کمیسیون"
title_en = "Commission"
[kinds]
ruling = { title = "رأی", title_en = "Ruling" }
"""
RULE = """
[[periods]]
kind = "ruling"
starts = "objection"
period = "10 days"
abroad = "same"
event = "service"
holidays = "roll-forward"
from = "1404-01-01"
source = "قانون"
mark = "to-be-confirmed"
"""
UNKNOWN = 'kind = "ruling"\nstarts = "objection"\nperiod = "unknown"\nsource = "s"\nmark = "confirmed"'
SERVICE = """
[[service]]
code = "r"
title = "قاعده"
title_en = "Rule"
unseen = "served"
from = "1400-01-01"
source = "s"
mark = "confirmed"
"""


def of(text: str, name: str = "rules/a.toml") -> list[LegalFile]:
    return [LegalFile(name=name, octets=text.encode())]


def codes(mistakes: object) -> list[str]:
    return [each.code for each in mistakes if isinstance(each, GatewayError)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("= 1", "legal.file", "line 1"),
        (BODY.replace("title_en", "titel_en", 1) + RULE, "legal.key", "title_en"),
        (BODY + RULE.replace("event =", "evnt ="), "legal.key", "did you mean event?"),
        (BODY + RULE.replace('abroad = "same"', ""), "legal.key", "abroad"),
        (BODY + RULE.replace("10 days", "1 year"), "legal.key", "1 year"),
        (BODY + RULE.replace("10 days", "TO_FILL_IN"), "legal.blank", "periods.1.period"),
        (BODY + RULE.replace("1404-01-01", "1404-13-01"), "legal.key", "periods.1.from"),
        (BODY + RULE + 'until = "1403-01-01"', "legal.key", "before the first"),
        (BODY + RULE.replace("objection", "appeal"), "legal.key", "objection, court-complaint"),
        (BODY + RULE.replace('source = "قانون"', ""), "legal.source", "source"),
        (BODY + RULE.replace('mark = "to-be-confirmed"', ""), "legal.source", "mark"),
        (BODY + RULE.replace('mark = "to-be-confirmed"', 'mark = "sure"'), "legal.key", "confirmed"),
        (BODY + RULE.replace('kind = "ruling"', 'kind = "order"'), "legal.kind", "order; article-9 has: ruling"),
        (BODY, "legal.gap", "ruling"),
        (BODY + RULE + RULE.replace("1404", "1405"), "legal.overlap", "1405-01-01"),
        (
            BODY + RULE + 'until = "1404-06-31"' + RULE.replace("1404-01-01", "1404-08-01"),
            "legal.gap",
            "1404-07-01 to 1404-07-30",
        ),
        (BODY + RULE + 'until = "1404-06-31"', "legal.gap", "1404-07-01 on"),
        (SERVICE + SERVICE.replace("1400", "1401"), "legal.overlap", "service"),
        (SERVICE.replace('"served"', '"served-after"'), "legal.key", "unseen_days"),
        ("[body]\nbody = 1", "legal.key", "code"),
        ("periods = 3\n" + BODY, "legal.key", "[[periods]]"),
        (RULE, "legal.key", "the key body is missing"),
        ("kinds = 3\n" + BODY.replace("[kinds]", "[other]"), "legal.key", "[kinds.NAME]"),
    ],
)
def test_a_mistake_in_rules_is_refused_with_its_place(text: str, code: str, told: str) -> None:
    rules, mistakes = read_rules(of(text), whole=False)
    assert rules is None
    assert code in codes(mistakes)
    assert any(told in f"{each.where} {each.detail}" for each in mistakes)
    assert all(each.where.startswith("rules/a.toml, line ") for each in mistakes)


def test_every_mistake_is_found_at_once() -> None:
    wrong = BODY + RULE.replace("10 days", "soon") + RULE.replace('source = "قانون"', "")
    assert codes(read_rules(of(wrong))[1]) == ["legal.key", "legal.source"]


def test_a_whole_folder_has_a_rule_of_service() -> None:
    assert read_rules(of(BODY + RULE), whole=False)[0] is not None
    assert codes(read_rules(of(BODY + RULE))[1]) == ["legal.gap"]
    assert read_rules(of(BODY + RULE + SERVICE))[0] is not None


def test_a_later_rule_changes_nothing_about_earlier_notices() -> None:
    later = RULE.replace("1404-01-01", "1405-01-01").replace("10 days", "20 days")
    rules, _ = read_rules(of(BODY + RULE + 'until = "1404-12-29"' + later + SERVICE))
    assert rules is not None
    periods = [rules.periods_of("article-9", "ruling", parse_day(day)) for day in ("1404-12-29", "1405-01-01")]
    assert [str(each[0].period) for each in periods] == ["10 days", "20 days"]
    with pytest.raises(GatewayError, match=r"legal\.rule"):
        rules.periods_of("article-9", "ruling", parse_day("1403-12-30"))


YEAR = """
year = 1404
closed = [
  { day = "1404-01-01", title = "نوروز", title_en = "Nowruz", source = "s", mark = "confirmed" },
  { day = "1404-01-11", title = "ف", title_en = "F", lunar = true, predicted = true, source = "s", mark = "confirmed" },
]
[provinces]
tehran = { title = "تهران", title_en = "Tehran" }
"""
WEEK = """
[[weekdays]]
weekday = "thursday"
works = true
from = "1403-01-01"
source = "s"
mark = "confirmed"
[[weekdays]]
weekday = "saturday"
works = true
from = "1403-01-01"
source = "s"
mark = "confirmed"
"""
MOVED = '[[moved]]\nday = "1404-01-11"\nto = "1404-01-12"\nsource = "s"\nmark = "confirmed"\n'
CLOSED = '\n[[weekdays]]\nweekday = "thursday"\nworks = false\nfrom = "1404-06-01"\nsource = "s"\nmark = "confirmed"\n'
SMOG = '[[closed]]\nday = "1404-10-05"\ntitle = "د"\ntitle_en = "D"\nsource = "s"\nmark = "confirmed"\n'


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (WEEK, "legal.gap", "no year"),
        (YEAR.replace("1404-01-01", "1404-01-02") + WEEK, "legal.gap", "1404-01-01, Nowruz"),
        ("year = 1404\n" + WEEK, "legal.gap", "1404-01-01, Nowruz"),
        (YEAR, "legal.gap", "thursday"),
        (YEAR + WEEK.replace("1403", "1405"), "legal.gap", "1404-01-01 … 1404-12-29"),
        (YEAR + WEEK + CLOSED, "legal.overlap", "1404-06-01"),
        (YEAR + WEEK.replace("saturday", "friday"), "legal.key", "thursday, saturday"),
        (YEAR + WEEK + CLOSED + 'province = "paris"', "legal.province", "paris"),
        (YEAR.replace('"1404-01-11"', '"1405-01-11"') + WEEK, "legal.key", "not in 1404"),
        (YEAR.replace("01-11", "01-01").replace("lunar = true, ", "") + WEEK, "legal.overlap", "closed.2"),
        (YEAR.replace('source = "s", ', "") + WEEK, "legal.source", "closed.1"),
        (YEAR + WEEK + MOVED.replace("01-11", "01-13"), "legal.moved", "1404-01-13"),
        (YEAR + WEEK + MOVED + MOVED, "legal.moved", "moved already"),
        (YEAR + WEEK + MOVED.replace("01-12", "02-02"), "legal.key", "one or two days"),
        ("year = 12\n" + WEEK, "legal.key", "1300 to 1498"),
        (YEAR.replace("tehran", "Tehran") + WEEK, "legal.key", "a-z"),
        (YEAR + WEEK + "[x]\ny = 1", "legal.key", "x"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_calendar_is_refused_with_its_place(text: str, code: str, told: str) -> None:
    calendar, mistakes = read_calendar(of(text, "calendar/a.toml"))
    assert calendar is None
    assert code in codes(mistakes)
    assert any(told in f"{each.where} {each.detail}" for each in mistakes)


def test_years_follow_one_another_and_stand_once() -> None:
    nowruz = '{ day = "1406-01-01", title = "ن", title_en = "N", source = "s", mark = "confirmed" }'
    year = f"year = 1406\nclosed = [{nowruz}]\n"
    files = [*of(YEAR + WEEK, "a.toml"), *of(year, "b.toml")]
    assert codes(read_calendar(files)[1]) == ["legal.gap"]
    assert codes(read_calendar([*files, *of(year, "c.toml")])[1]) == ["legal.overlap"]
    calendar, _ = read_calendar([*files, *of(year.replace("1406", "1405"), "c.toml")])
    assert calendar is not None
    assert (written_day(calendar.first), written_day(calendar.last)) == ("1404-01-01", "1406-12-29")


@pytest.mark.parametrize("typed", ["1403-10-05", "1405-10-05"])
def test_a_closure_typed_for_a_year_outside_the_calendar_is_refused(typed: str) -> None:
    calendar, mistakes = read_calendar([*of(YEAR + WEEK, "a.toml"), *of(SMOG.replace("1404-10-05", typed), "b.toml")])
    assert calendar is None
    [mistake] = mistakes
    assert (mistake.code, mistake.where) == ("legal.key", "b.toml, line 1, closed.1")
    assert mistake.detail == f"{typed}: the calendar has 1404-01-01 … 1404-12-29"


def test_a_moved_feast_closes_the_announced_day_in_its_place() -> None:
    calendar, _ = read_calendar(of(YEAR + WEEK + MOVED))
    assert calendar is not None
    assert calendar.closure(parse_day("1404-01-11")) is None
    [feast] = calendar.holidays[parse_day("1404-01-12")]
    assert (feast.title.en, feast.predicted, feast.moved_from) == ("F", False, parse_day("1404-01-11"))


def test_a_province_s_rule_of_thursday_goes_before_the_country_s() -> None:
    calendar, _ = read_calendar(of(YEAR + WEEK + CLOSED + 'province = "tehran"'))
    assert calendar is not None
    before, after = parse_day("1404-05-30"), parse_day("1404-06-06")
    assert [calendar.closure(day, "tehran") is None for day in (before, after)] == [True, False]
    assert calendar.closure(after) is None
    assert not calendar.is_empty_for("tehran")
    later, _ = read_calendar(of(YEAR + WEEK + CLOSED.replace("1404", "1405") + 'province = "tehran"'))
    assert later is not None
    assert later.is_empty_for("tehran")


# What ships


def test_the_shipped_rules_know_every_kind_of_the_delivered_configuration(rules: RuleSet) -> None:
    known = {kind: title for body in rules.bodies.values() for kind, title in body.kinds.items()}
    assert known == KINDS
    assert set(rules.bodies) == {
        "article-100", "article-100-appeal", "article-77", "article-55-20", "article-55-24", "article-99",
    }  # fmt: skip


def test_only_what_a_public_source_states_is_confirmed(rules: RuleSet) -> None:
    """Confirmed: the Administrative Justice Court's period, and the finality of Article 77; the rest awaits counsel."""
    confirmed = {(each.body, each.starts) for each in rules.periods if each.origin.is_confirmed}
    assert confirmed == {
        ("article-100-appeal", Starts.COURT_COMPLAINT),
        ("article-55-20", Starts.COURT_COMPLAINT),
        ("article-77", Starts.COURT_COMPLAINT),
        ("article-77", Starts.OBJECTION),
    }
    for each in rules.periods:
        if each.starts is Starts.COURT_COMPLAINT:
            assert (str(each.period), str(each.abroad)) == ("3 months", "6 months")
        elif isinstance(each.period, Period):
            assert each.abroad is Abroad.UNKNOWN
        assert each.period is not Unfixed.NONE or each.starts is Starts.OBJECTION


def test_the_shipped_calendar_covers_six_years_and_says_what_it_predicts(calendar: OfficeCalendar) -> None:
    assert (written_day(calendar.first), written_day(calendar.last)) == ("1403-01-01", "1408-12-30")
    holidays = [each for day in calendar.holidays.values() for each in day]
    assert all(each.predicted and not each.origin.is_confirmed for each in holidays if each.lunar)
    assert all(each.origin.is_confirmed for each in holidays if not each.lunar and each.title.en != "Public Holiday")
    assert all(calendar.is_empty_for(province) for province in calendar.provinces)
    assert len(calendar.provinces) == 31
    for weekday in Weekday:
        [rule] = [each for each in calendar.weekday_rules if each.weekday is weekday]
        assert in_force(rule, calendar.first)
        assert not rule.origin.is_confirmed


def test_the_template_says_what_is_to_be_filled_in() -> None:
    file = legal_file(RULES / "templates" / "body.toml")
    assert codes(read_rules([file], whole=False)[1]) == ["legal.blank"]
    filled = file.octets.decode()
    for value in ('"article-38"', '"هیئت"', '"Board"', '"10 days"', '"1404-01-01"', '"قانون"', '"Act"'):
        filled = filled.replace('"TO_FILL_IN"', value, 1)
    rules, mistakes = read_rules(of(filled), whole=False)
    assert not mistakes
    assert rules is not None
    assert rules.periods[0].id == "article-38/ruling/objection@1404-01-01"


def test_anybody_can_compute_a_version(rules: RuleSet) -> None:
    command = "sha256sum *.toml | sha256sum"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=RULES,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert rules.version == f"sha256:{done.stdout.split()[0].decode()}"


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(GatewayError, match=r"legal\.file"):
            legal_files(folder)
    assert legal_files(CALENDAR)
