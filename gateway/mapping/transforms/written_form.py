"""Forms in which days and times are written: parts such as ``%Y``, and the signs between them.

A form is read in linear time: each part has a bounded length, and signs stand for themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

import jdatetime

from gateway.notice.fields import InvalidField
from gateway.notice.text import plain
from gateway.notice.written_date import GREGORIAN_YEARS, JALALI_YEARS, jalali_day

MAX_FORM: Final = 100
MAX_WRITTEN: Final = 200
"""Most characters of a day or time that is read."""

JALALI, GREGORIAN = "jalali", "gregorian"

_MONTHS: Final[Mapping[str, tuple[str, ...]]] = {
    JALALI: ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"),
    GREGORIAN: (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_HALVES: Final = {"AM": False, "PM": True, "ق.ظ": False, "ب.ظ": True}

_ARABIC: Final = str.maketrans({"ي": "ی", "ك": "ک"})
_DIGITS: Final = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "L": 3}
_OF_DAY: Final = frozenset("YmBd")
_OF_TIME: Final = frozenset("HIpMSLfz")
_TOKEN: Final = re.compile(r"%(.)|(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """Part of a form (``part``), or a sign that stands for itself."""

    part: str
    sign: str
    optional: bool


def parts_of_form(form: str) -> list[Token]:
    """Return the parts and signs of a form. Raises `ValueError` with the reason."""
    if not form or len(form) > MAX_FORM:
        raise ValueError(f"1 to {MAX_FORM} characters are wanted")
    found: list[Token] = []
    inside = False
    for match in _TOKEN.finditer(form):
        part, sign = match[1], match[2]
        if sign in ("[", "]"):
            if inside is (sign == "["):
                raise ValueError("brackets do not stand inside each other, and each has its end")
            inside = not inside
        elif part is None or part in "%[]":
            found.append(Token("", part or sign, inside))
        elif part in _OF_DAY | _OF_TIME:
            found.append(Token(part, "", inside))
        else:
            raise ValueError(f"there is no %{part}")
    if inside or (form.endswith("%") and not form.endswith("%%")):
        raise ValueError("it ends within a part")
    return found


def misfit_of_form(form: str, *, reads: bool, times: bool) -> str | None:
    """Return the reason why a form is not accepted, or None."""
    try:
        tokens = parts_of_form(form)
    except ValueError as error:
        return str(error)
    parts = [token.part for token in tokens if token.part]
    if not times and (wrong := sorted({*parts} & _OF_TIME)):
        return f"%{wrong[0]} is no part of a day"
    if not parts:
        return "parts such as %Y are wanted"
    if not reads:
        return "brackets are for reading alone" if any(token.optional for token in tokens) else None
    if len(parts) != len(set(parts)):
        return "each part stands once"
    certain = {token.part for token in tokens if token.part and not token.optional}
    if not {"Y", "d"} <= certain or len(certain & {"m", "B"}) != 1 or {"m", "B"} <= set(parts):
        return "%Y, %m (or %B) and %d are wanted, outside brackets"
    if times and len({*parts} & {"H", "I"}) != 1:
        return "%H, or %I with %p, is wanted"
    if ("I" in parts) is not ("p" in parts):
        return "%I and %p stand together"
    return None


class Reader:
    """Reader of days and times in one form, without a zone of their own in ``zone``."""

    def __init__(self, form: str, calendar: str, zone: timezone) -> None:
        tokens = parts_of_form(form)
        self._calendar, self._zone = calendar, zone
        self._pattern = re.compile("".join(_patterns(tokens, calendar)), re.ASCII)
        digits = all(token.part in _DIGITS and not token.optional for token in tokens)
        self._width = sum(_DIGITS[token.part] for token in tokens) if digits else 0

    def day(self, text: str) -> date:
        """Raises `InvalidField`."""
        return self._day(self._found(text))

    def time(self, text: str) -> datetime:
        """Return the aware time. Raises `InvalidField`."""
        found = self._found(text)
        day = self._day(found)
        half = found.get("p")
        hour = int(found.get("H") or found.get("I") or "0")
        if half is not None and not 1 <= hour <= 12:
            raise InvalidField("")
        if half is not None:
            hour = hour % 12 + (12 if _HALVES[half.upper()] else 0)
        fraction = (found.get("f") or found.get("L") or "0").ljust(6, "0")[:6]
        try:
            of_day = time(hour, int(found.get("M") or 0), int(found.get("S") or 0), int(fraction))
        except ValueError:
            raise InvalidField("") from None
        return datetime.combine(day, of_day, tzinfo=_offset(found.get("z"), self._zone))

    def _found(self, text: str) -> Mapping[str, str | None]:
        written = _letters(plain(text)).zfill(self._width)
        match = self._pattern.fullmatch(written) if len(written) <= MAX_WRITTEN else None
        if match is None:
            raise InvalidField("notice.date-form")
        return match.groupdict()

    def _day(self, found: Mapping[str, str | None]) -> date:
        year, jalali = int(found["Y"] or 0), self._calendar == JALALI
        if year not in (JALALI_YEARS if jalali else GREGORIAN_YEARS):
            raise InvalidField("notice.date-year" if jalali else "notice.gregorian-year")
        name = found.get("B")
        month = _MONTHS[self._calendar].index(name) + 1 if name else int(found.get("m") or 0)
        try:
            return (jalali_day if jalali else date)(year, month, int(found["d"] or 0))
        except ValueError:
            raise InvalidField("notice.date") from None


def _patterns(tokens: list[Token], calendar: str) -> Iterator[str]:
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.optional and not (before and before.optional):
            yield "(?:"
        yield _pattern(token, after, calendar)
        if token.optional and not (after and after.optional):
            yield ")?"


def _pattern(token: Token, after: Token | None, calendar: str) -> str:
    match token.part:
        case "":
            return " +" if token.sign == " " else re.escape(_letters(plain(token.sign)))
        case "B":
            return f"(?P<B>{'|'.join(_MONTHS[calendar])})"
        case "p":
            return "(?P<p>[AaPp][Mm]|ق\\.ظ|ب\\.ظ)"
        case "f":
            return "(?P<f>[0-9]{1,9})"
        case "z":
            return "(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})"
        case part:
            least = _DIGITS[part]
            # A short number is told by the sign behind it.
            alone = after is None or not (after.part or after.sign.isdigit())
            return f"(?P<{part}>[0-9]{{{1 if alone and least == 2 else least},{least}}})"


def _letters(text: str) -> str:
    """Return the text with Persian ye and kaf, which old databases write as Arabic ones."""
    return text.translate(_ARABIC)


def _offset(written: str | None, usual: timezone) -> timezone:
    if written is None:
        return usual
    if written == "Z":
        return UTC
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        raise InvalidField("")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)


class Writer:
    """Writer of days and times in one form."""

    def __init__(self, form: str, calendar: str) -> None:
        self._tokens, self._calendar = parts_of_form(form), calendar

    def write(self, moment: date) -> str:
        """Return the text of a day, or of a time in its own zone. Raises `InvalidField`."""
        try:
            day = jdatetime.date.fromgregorian(date=_day_of(moment)) if self._calendar == JALALI else moment
        except ValueError:
            raise InvalidField("") from None
        return "".join(token.sign or self._part(token.part, day, moment) for token in self._tokens)

    def _part(self, part: str, day: date, moment: date) -> str:
        of_day = {"Y": f"{day.year:04d}", "m": f"{day.month:02d}", "d": f"{day.day:02d}"}
        if part in of_day:
            return of_day[part]
        if part == "B":
            return _MONTHS[self._calendar][day.month - 1]
        assert isinstance(moment, datetime), "the compiler has looked"
        if part == "z":
            return moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:5]
        if part == "L":
            return f"{moment.microsecond // 1000:03d}"
        if part == "p":
            return "PM" if moment.hour >= 12 else "AM"
        return moment.strftime(f"%{part}")


def _day_of(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
