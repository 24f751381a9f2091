"""Forms in which days and times are written: parts such as ``%Y``, and the signs between them.

A form is read in linear time: each part has a bounded length, signs stand for themselves, and
`gateway.mapping.transforms.form_matcher` tries no way twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

import jdatetime

from gateway.mapping.transforms.form_matcher import Piece, parts_of
from gateway.notice.fields import InvalidField
from gateway.notice.text import plain
from gateway.notice.written_date import GREGORIAN_YEARS, JALALI_YEARS, jalali_day
from gateway.runtime.bilingual import Words

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

_LENGTH: Final = Words("1 to {most} characters are wanted", "از ۱ تا {most} نویسه لازم است").filled(most=MAX_FORM)
_BRACKETS: Final = Words(
    "brackets do not stand inside each other, and each has its end",
    "کروشه‌ها درون یکدیگر نمی‌آیند و هر یک باید بسته شود",
)
_NO_PART: Final = Words("there is no %{part}", "جزئی به نام \u200e%{part}\u200e وجود ندارد")
_ENDS: Final = Words("it ends within a part", "در میان یک جزء پایان می‌یابد")
_NOT_OF_DAY: Final = Words("%{part} is no part of a day", "\u200e%{part}\u200e جزئی از تاریخ نیست")
_NO_PARTS: Final = Words("parts such as %Y are wanted", "اجزایی مانند \u200e%Y\u200e لازم است")
_READ_ALONE: Final = Words("brackets are for reading alone", "کروشه تنها برای خواندن است")
_ONCE: Final = Words("each part stands once", "هر جزء تنها یک بار می‌آید")
_OF_A_DAY: Final = Words(
    "%Y, %m (or %B) and %d are wanted, outside brackets",
    "\u200e%Y\u200e، \u200e%m\u200e (یا \u200e%B\u200e) و \u200e%d\u200e بیرون از کروشه لازم است",
)
_OF_A_TIME: Final = Words(
    "%H, or %I with %p, is wanted", "\u200e%H\u200e، یا \u200e%I\u200e همراه با \u200e%p\u200e، لازم است"
)
_HALF_DAY: Final = Words("%I and %p stand together", "\u200e%I\u200e و \u200e%p\u200e با هم می‌آیند")


class BadForm(ValueError):
    """The text is no form; ``found`` gives the reason."""

    literal_name = "BadForm"

    def __init__(self, found: Words) -> None:
        super().__init__(found.en)
        self.found = found


@dataclass(frozen=True, slots=True)
class Token:
    """Part of a form (``part``), or a sign that stands for itself. ``bracket`` counts its brackets from 1 (0: none)."""

    part: str
    sign: str
    bracket: int

    @property
    def optional(self) -> bool:
        return self.bracket > 0


def parts_of_form(form: str) -> list[Token]:
    """Return the parts and signs of a form. Raises `BadForm`."""
    if not form or len(form) > MAX_FORM:
        raise BadForm(_LENGTH)
    found: list[Token] = []
    inside, brackets = False, 0
    for match in _TOKEN.finditer(form):
        part, sign = match[1], match[2]
        if sign in ("[", "]"):
            if inside is (sign == "["):
                raise BadForm(_BRACKETS)
            inside = not inside
            brackets += inside
        elif part is None or part in "%[]":
            found.append(Token("", part or sign, brackets if inside else 0))
        elif part in _OF_DAY | _OF_TIME:
            found.append(Token(part, "", brackets if inside else 0))
        else:
            raise BadForm(_NO_PART.filled(part=part))
    if inside or (form.endswith("%") and not form.endswith("%%")):
        raise BadForm(_ENDS)
    return found


def misfit_of_form(form: str, *, reads: bool, times: bool) -> Words | None:
    """Return the reason why a form is not accepted, or None."""
    try:
        tokens = parts_of_form(form)
    except BadForm as error:
        return error.found
    parts = [token.part for token in tokens if token.part]
    if not times and (wrong := sorted({*parts} & _OF_TIME)):
        return _NOT_OF_DAY.filled(part=wrong[0])
    if not parts:
        return _NO_PARTS
    if not reads:
        return _READ_ALONE if any(token.optional for token in tokens) else None
    if len(parts) != len(set(parts)):
        return _ONCE
    certain = {token.part for token in tokens if token.part and not token.optional}
    if not {"Y", "d"} <= certain or len(certain & {"m", "B"}) != 1 or {"m", "B"} <= set(parts):
        return _OF_A_DAY
    if times and len({*parts} & {"H", "I"}) != 1:
        return _OF_A_TIME
    if ("I" in parts) is not ("p" in parts):
        return _HALF_DAY
    return None


class Reader:
    """Reader of days and times in one form, without a zone of their own in ``zone``."""

    def __init__(self, form: str, calendar: str, zone: timezone) -> None:
        tokens = parts_of_form(form)
        self._calendar, self._zone = calendar, zone
        self._pieces = pieces_of(tokens, calendar)
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

    def _found(self, text: str) -> Mapping[str, str]:
        written = _letters(plain(text)).zfill(self._width)
        if len(written) > MAX_WRITTEN:
            raise InvalidField("notice.date-form")
        return parts_of(self._pieces, written)

    def _day(self, found: Mapping[str, str]) -> date:
        year, jalali = int(found["Y"]), self._calendar == JALALI
        if year not in (JALALI_YEARS if jalali else GREGORIAN_YEARS):
            raise InvalidField("notice.date-year" if jalali else "notice.gregorian-year")
        name = found.get("B")
        month = _MONTHS[self._calendar].index(name) + 1 if name else int(found.get("m") or 0)
        try:
            return (jalali_day if jalali else date)(year, month, int(found["d"]))
        except ValueError:
            raise InvalidField("notice.date") from None


def pieces_of(tokens: Sequence[Token], calendar: str) -> list[Piece]:
    """Return the pieces of a form that is read; a bracket begins with the piece that may be skipped."""
    pieces: list[Piece] = []
    for number, token in enumerate(tokens):
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        piece = _piece(token, after, calendar)
        if token.optional and (number == 0 or tokens[number - 1].bracket != token.bracket):
            piece = replace(piece, skip=number + sum(other.bracket == token.bracket for other in tokens))
        pieces.append(piece)
    return pieces


def _piece(token: Token, after: Token | None, calendar: str) -> Piece:
    match token.part:
        case "":
            sign = token.sign if token.sign == " " else _letters(plain(token.sign))
            return Piece(pattern=re.compile(re.escape(sign)), repeats=token.sign == " ")
        case "B":
            return Piece(name="B", pattern=re.compile("|".join(_MONTHS[calendar])))
        case "p":
            return Piece(name="p", pattern=re.compile(r"[AaPp][Mm]|ق\.ظ|ب\.ظ"))
        case "f":
            return Piece(name="f", pattern=re.compile("[0-9]{1,9}"), least=1)
        case "z":
            return Piece(name="z", pattern=re.compile("Z|[+-][0-9]{2}:?[0-9]{2}"))
        case part:
            most = _DIGITS[part]
            # A short number ends at the sign behind it.
            alone = after is None or not (after.part or after.sign.isdigit())
            least = 1 if alone and most == 2 else most
            return Piece(name=part, pattern=re.compile(f"[0-9]{{{least},{most}}}"), least=least)


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
