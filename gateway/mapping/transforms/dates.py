"""Transforms of days and times, Jalali and Gregorian. Times become aware and UTC; a text without a zone needs one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, TypeVar

import jdatetime

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Example, Family, Made, Parameter, Transform, takes
from gateway.notice import fields
from gateway.notice.fields import InvalidField
from gateway.notice.text import plain
from gateway.notice.written_date import GREGORIAN_YEARS
from gateway.runtime.clock import TEHRAN

Written = TypeVar("Written", bound=date)

_ZONES = {"Asia/Tehran": TEHRAN, "UTC": UTC}
_OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])", re.ASCII)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ISO_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII
)
_JALALI_TIME = re.compile(
    r"([0-9]{4}[/-][0-9]{1,2}[/-][0-9]{1,2})[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII
)
_LAST_SECOND = 253_402_300_799

ZONELESS = frozenset({"local-time"})
"""Transforms that make times without an offset."""


def zone_of(name: str) -> timezone | None:
    """Return a zone of constant offset: Asia/Tehran, UTC, or such as +03:30; None for other names."""
    if found := _ZONES.get(name):
        return found
    match = _OFFSET.fullmatch(name)
    if match is None:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def _zone(name: str) -> timezone:
    found = zone_of(name)
    assert found is not None, "the compiler has looked"
    return found


def _jalali(value: Any, form: str) -> date:
    if form == "yyyymmdd":
        match = _COMPACT.fullmatch(plain(text_of(value)))
        if match is None:
            raise InvalidField("notice.date-form")
        value = "/".join(match.groups())
    return fields.jalali_date(value)


def _gregorian(value: Any, form: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return _of_its_years(value)
    found = plain(text_of(value))
    if form == "yyyymmdd" and (match := _COMPACT.fullmatch(found)):
        found = "-".join(match.groups())
    try:
        if not _ISO_DAY.fullmatch(found):
            raise ValueError(found)
        day = date.fromisoformat(found)
    except ValueError:
        raise InvalidField("") from None
    return _of_its_years(day)


def _of_its_years(value: Written) -> Written:
    """Return a Gregorian day or time; refuse a year that suggests a Jalali date or a typing error."""
    if value.year not in GREGORIAN_YEARS:
        raise InvalidField("notice.gregorian-year")
    return value


def _time(value: Any, zone: timezone) -> datetime:
    found = value
    if not isinstance(value, datetime):
        text = plain(text_of(value))
        if not _ISO_TIME.fullmatch(text):
            raise InvalidField("")
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidField("") from None
    _of_its_years(found)
    return _utc(found if found.tzinfo else found.replace(tzinfo=zone))


def _jalali_time(value: Any, zone: timezone) -> datetime:
    match = _JALALI_TIME.fullmatch(plain(text_of(value)))
    if match is None:
        raise InvalidField("notice.date-form")
    day = fields.jalali_date(match[1])
    try:
        found = datetime(day.year, day.month, day.day, int(match[2]), int(match[3]), int(match[4] or 0), tzinfo=zone)
    except ValueError:
        raise InvalidField("") from None
    return _utc(found)


def _epoch(value: Any, unit: str) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool):
        text = plain(text_of(value))
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise InvalidField("")
        value = int(text)
    seconds, rest = divmod(value, 1000) if unit == "milliseconds" else (value, 0)
    if not 0 <= seconds <= _LAST_SECOND:
        raise InvalidField("")
    return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidField("") from None


def _local(value: Any, zone: timezone) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidField("")
    try:
        return value.astimezone(zone)
    except (OverflowError, ValueError):
        raise InvalidField("") from None


def _jalali_text(value: Any, form: str) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidField("")
    try:
        day = jdatetime.date.fromgregorian(date=value)
    except ValueError:
        raise InvalidField("") from None
    sign = {"yyyy/mm/dd": "/", "yyyy-mm-dd": "-", "yyyymmdd": ""}[form]
    return f"{day.year:04d}{sign}{day.month:02d}{sign}{day.day:02d}"


def _iso_day(value: Any, form: str) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidField("")
    return value.isoformat().replace("-", "" if form == "yyyymmdd" else "-")


def _jalali_time_text(value: Any, zone: timezone) -> str:
    local = _local(value, zone)
    return f"{_jalali_text(local.date(), 'yyyy/mm/dd')} {local:%H:%M:%S}"


def _in_zone(read: Callable[[Any, timezone], Any]) -> Callable[[str], Made]:
    def make(zone: str) -> Made:
        found = _zone(zone)
        return Made(apply=lambda value: read(value, found))

    return make


def _form(*choices: str) -> Parameter:
    return Parameter(name="form", wanted=Type.TEXT, says="how it is written", default=choices[0], choices=choices)


ZONE = Parameter(name="zone", wanted=Type.TEXT, says="Asia/Tehran, UTC or +03:30", default="Asia/Tehran", most=20)
_NOON = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
_DAY = date(2026, 2, 3)


def _dated(
    name: str,
    takes_: frozenset[Type],
    gives: Type,
    says: str,
    make: Callable[..., Made],
    parameters: tuple[Parameter, ...],
    *examples: Example,
) -> Transform:
    return Transform(
        name=name,
        family=Family.DATE,
        takes=takes_,
        gives=gives,
        says=says,
        make=make,
        parameters=parameters,
        examples=examples,
    )


TRANSFORMS = (
    _dated(
        "jalali-date",
        takes(Type.TEXT),
        Type.DATE,
        "A Jalali day, year/month/day or with hyphens, the year in four digits from 1300 to 1499.",
        lambda form: Made(apply=lambda value: _jalali(value, form)),
        (_form("yyyy/mm/dd", "yyyymmdd"),),
        Example(given="۱۴۰۴/۱۱/۱۴", made=_DAY),
        Example(given="14041114", made=_DAY, parameters={"form": "yyyymmdd"}),
        Example(given="1404/12/30", refused="notice.date"),
        Example(given="2026/02/03", refused="notice.date-year"),
    ),
    _dated(
        "gregorian-date",
        takes(Type.TEXT, Type.DATE),
        Type.DATE,
        "A Gregorian day as ISO 8601 writes it, or a column of days, the year from 1900 to 2199.",
        lambda form: Made(apply=lambda value: _gregorian(value, form)),
        (_form("yyyy-mm-dd", "yyyymmdd"),),
        Example(given="2026-02-03", made=_DAY),
        Example(given=_DAY, made=_DAY),
        Example(given="2026-02-30", refused=""),
        Example(given="1405-08-01", refused="notice.gregorian-year"),
    ),
    _dated(
        "time",
        takes(Type.TEXT, Type.TIME),
        Type.TIME,
        "A time as ISO 8601 writes it, or a column of times, the year from 1900 to 2199; `zone` is that of a time which"
        " names none.",
        _in_zone(lambda value, zone: _time(value, zone)),
        (ZONE,),
        Example(given="2026-02-03T12:00:00", made=_NOON),
        Example(given="2026-02-03T08:30:00Z", made=_NOON),
        Example(given="2026-02-03", refused=""),
        Example(given="1405-08-01T12:00:00", refused="notice.gregorian-year"),
    ),
    _dated(
        "jalali-time",
        takes(Type.TEXT),
        Type.TIME,
        "A Jalali day and a time of day, in `zone`.",
        _in_zone(lambda value, zone: _jalali_time(value, zone)),
        (ZONE,),
        Example(given="۱۴۰۴/۱۱/۱۴ ۱۲:۰۰", made=_NOON),
        Example(given="1404/11/14 25:00", refused=""),
    ),
    _dated(
        "epoch-time",
        takes(Type.TEXT, Type.INTEGER),
        Type.TIME,
        "Seconds or milliseconds since 1970, UTC.",
        lambda unit: Made(apply=lambda value: _epoch(value, unit)),
        (
            Parameter(
                name="unit",
                wanted=Type.TEXT,
                says="of the number",
                default="seconds",
                choices=("seconds", "milliseconds"),
            ),
        ),
        Example(given=1770107400, made=_NOON),
        Example(given="1770107400000", made=_NOON, parameters={"unit": "milliseconds"}),
    ),
    _dated(
        "day-of",
        takes(Type.TIME),
        Type.DATE,
        "The civil day of a time, in `zone`.",
        _in_zone(lambda value, zone: _local(value, zone).date()),
        (ZONE,),
        Example(given=datetime(2026, 2, 2, 21, 0, tzinfo=UTC), made=_DAY),
    ),
    _dated(
        "jalali-text",
        takes(Type.DATE),
        Type.TEXT,
        "A day as a Jalali text.",
        lambda form: Made(apply=lambda value: _jalali_text(value, form)),
        (_form("yyyy/mm/dd", "yyyy-mm-dd", "yyyymmdd"),),
        Example(given=_DAY, made="1404/11/14"),
        Example(given=_DAY, made="14041114", parameters={"form": "yyyymmdd"}),
    ),
    _dated(
        "gregorian-text",
        takes(Type.DATE),
        Type.TEXT,
        "A day as ISO 8601 writes it.",
        lambda form: Made(apply=lambda value: _iso_day(value, form)),
        (_form("yyyy-mm-dd", "yyyymmdd"),),
        Example(given=_DAY, made="2026-02-03"),
    ),
    _dated(
        "time-text",
        takes(Type.TIME),
        Type.TEXT,
        "A time as RFC 3339 writes it, in `zone`, to the second.",
        _in_zone(lambda value, zone: _local(value, zone).isoformat(timespec="seconds")),
        (ZONE,),
        Example(given=_NOON, made="2026-02-03T12:00:00+03:30"),
    ),
    _dated(
        "local-time",
        takes(Type.TIME),
        Type.TIME,
        "The time that clocks in `zone` show, without a zone: for a column of times that has none.",
        _in_zone(lambda value, zone: _local(value, zone).replace(tzinfo=None)),
        (ZONE,),
        Example(given=_NOON, made=datetime(2026, 2, 3, 12, 0)),  # noqa: DTZ001 - that is what it makes
    ),
    _dated(
        "jalali-time-text",
        takes(Type.TIME),
        Type.TEXT,
        "A time as a Jalali day and a time of day, in `zone`.",
        _in_zone(lambda value, zone: _jalali_time_text(value, zone)),
        (ZONE,),
        Example(given=_NOON, made="1404/11/14 12:00:00"),
    ),
    _dated(
        "epoch",
        takes(Type.TIME),
        Type.INTEGER,
        "Whole seconds since 1970, UTC.",
        lambda: Made(apply=lambda value: int(_local(value, UTC).timestamp())),
        (),
        Example(given=_NOON, made=1770107400),
    ),
)
