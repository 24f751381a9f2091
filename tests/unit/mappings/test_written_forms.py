"""Days and times in any written form: what is written is read again, and a form that says too little is a mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.values import Type
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.notice.fields import InvalidField

DAYS = st.dates(date(1922, 1, 1), date(2099, 12, 31))
TIMES = st.datetimes(datetime(1922, 1, 1), datetime(2099, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def use(name: str, value: Any, **given_: Any) -> Any:
    usual = {parameter.name: parameter.default for parameter in TRANSFORMS[name].parameters}
    return TRANSFORMS[name].make(**usual | given_).apply(value)


@settings(max_examples=25)
@given(day=DAYS)
@pytest.mark.parametrize("form", ["%Y%m%d", "%Y/%m/%d", "%d %B %Y", "روز %d از %m سال %Y", "%%%Y.%m.%d"])
@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
@pytest.mark.parametrize("digits", ["latin", "persian"])
def test_a_day_that_is_written_is_read_again(day: date, form: str, calendar: str, digits: str) -> None:
    written = use("format-date", day, form=form, calendar=calendar, digits=digits)
    assert use("parse-date", written, form=form, calendar=calendar) == day


@settings(max_examples=25)
@given(moment=TIMES)
@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S.%L", "%Y%m%d%H%M%S%L", "%m/%d/%Y %I:%M:%S.%f %p", "%d.%m.%Y %H:%M:%S.%f%z"]
)
@pytest.mark.parametrize("zone", ["Asia/Tehran", "UTC", "-08:00"])
@pytest.mark.parametrize("calendar", ["jalali", "gregorian"])
def test_a_time_that_is_written_is_read_again(moment: datetime, form: str, zone: str, calendar: str) -> None:
    written = use("format-time", moment, form=form, zone=zone, calendar=calendar)
    assert use("parse-time", written, form=form, zone=zone, calendar=calendar) == moment


@given(text=st.text(max_size=300))
@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S[.%f][%z]", "%d %B %Y  %H:%M", "%Y%m%d%H%M"])
def test_any_text_is_a_time_or_refused(text: str, form: str) -> None:
    try:
        found = use("parse-time", text, form=form, calendar="jalali")
    except InvalidField:
        return
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("%H:%M[:%S] %Y/%m/%d", "9:05 1404/1/2", datetime(2025, 3, 22, 5, 35, tzinfo=UTC)),
        ("%H:%M[:%S] %Y/%m/%d", "۹:۰۵:۳۰ ۱۴۰۴/۰۱/۰۲", datetime(2025, 3, 22, 5, 35, 30, tzinfo=UTC)),
        ("%Y%m%d%H%M", 140401020905, datetime(2025, 3, 22, 5, 35, tzinfo=UTC)),
        ("%d %B %Y ساعت %H:%M", "۲ فروردین ۱۴۰۴  ساعت ۰۹:۰۵", datetime(2025, 3, 22, 5, 35, tzinfo=UTC)),
        ("%d %B %Y ساعت %H:%M", "2 فروردين 1404 ساعت 9:05", datetime(2025, 3, 22, 5, 35, tzinfo=UTC)),
        ("%Y/%m/%d %I:%M %p", "1404/01/02 12:05 ق.ظ", datetime(2025, 3, 21, 20, 35, tzinfo=UTC)),
    ],
)
def test_times_as_services_write_them(form: str, written: str | int, read: datetime) -> None:
    assert use("parse-time", written, form=form, calendar="jalali") == read


def test_a_number_without_its_leading_zero_is_filled_up() -> None:
    assert use("parse-date", 2012026, form="%d%m%Y") == date(2026, 1, 2)


@pytest.mark.parametrize(
    "written", ["1404/12/30 10:00", "1404/13/01 10:00", "1404/01/01 24:00", "1404/01/01 10:60", "x" * 500]
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(InvalidField):
        use("parse-time", written, form="%Y/%m/%d %H:%M", calendar="jalali")


MAPPING = """[mapping]
language = 1
name = "page-request"
kind = "page-to-message"
[[field]]
target = "at"
from = "$call.now"
do = [{{ name = "{name}", form = "{form}" }}]
"""


@pytest.mark.parametrize(
    ("name", "form", "reported"),
    [
        ("format-time", "%Y-%m-%d %Q", "there is no %Q"),
        ("format-time", "today", "parts such as %Y are wanted"),
        ("format-time", "%H[:%M]", "brackets are for reading alone"),
        ("format-time", "%H:%M%", "it ends within a part"),
        ("parse-time", "%Y-%m %H:%M", "%Y, %m (or %B) and %d are wanted"),
        ("parse-time", "%Y-%m-%d", "%H, or %I with %p, is wanted"),
        ("parse-time", "%Y-%m-%d %I:%M", "%I and %p stand together"),
        ("parse-time", "%Y-%m-%d %H %H", "each part stands once"),
        ("parse-time", "%Y-%m-[%d] %H", "outside brackets"),
        ("parse-time", "%Y-%m-%d [%H[:%M]]", "brackets do not stand inside each other"),
        ("parse-date", "%Y-%m-%d %H", "%H is no part of a day"),
        ("format-date", "%H:%M", "%H is no part of a day"),
    ],
)
def test_a_form_that_cannot_be_used_is_a_mistake_with_its_reason(name: str, form: str, reported: str) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(MAPPING.format(name=name, form=form).encode(), "own.toml")
    found = [each for each in refusal.value.mistakes if each.code == "mapping.transform-parameter"]
    assert [each.line for each in found] == [8]
    assert reported in found[0].found.en


def test_a_form_says_its_type() -> None:
    assert TRANSFORMS["parse-time"].gives is Type.TIME
    assert use("format-time", datetime(2026, 2, 2, 21, 0, tzinfo=UTC), form="%Y%m%d") == "20260203"
