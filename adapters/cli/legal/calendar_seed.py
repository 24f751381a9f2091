"""Make files of the office calendar from the package `holidays`, which production does not have.

The package knows the holidays of the whole country, and no province. It computes lunar feasts ahead, so each of them is
marked as predicted, until a person has compared it with the official announcement.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from typing import Any, Final

from gateway.legal.origin import Mark
from gateway.notice.legal_effect import persian_digits
from gateway.notice.written_date import jalali_day, written_day
from gateway.runtime.bilingual import Words

_FIXED: Final = {
    "جشن نوروز": Words(fa="جشن نوروز", en="Nowruz"),
    "عیدنوروز": Words(fa="عید نوروز", en="Nowruz Holiday"),
    "روز جمهوری اسلامی": Words(fa="روز جمهوری اسلامی", en="Islamic Republic Day"),
    "روز طبیعت": Words(fa="روز طبیعت", en="Nature's Day"),
    "رحلت حضرت امام خمینی": Words(fa="رحلت حضرت امام خمینی", en="Death of Imam Khomeini"),
    "قیام 15 خرداد": Words(fa="قیام ۱۵ خرداد", en="15 Khordad Uprising"),
    "پیروزی انقلاب اسلامی": Words(fa="پیروزی انقلاب اسلامی", en="Islamic Revolution Day"),
    "روز ملی شدن صنعت نفت ایران": Words(fa="روز ملی شدن صنعت نفت ایران", en="Iranian Oil Industry Nationalization Day"),
    "آخرین روز سال": Words(fa="آخرین روز سال", en="Last Day of Year"),
}
"""Holidays on fixed days of the solar year, by the package's Persian names."""
_FIXED_ENGLISH: Final = frozenset(words.en for words in _FIXED.values())
_CLOSURE: Final = "تعطیلی عمومی"
"""Closure of a single day, which follows neither sun nor moon."""
_ESTIMATED: Final = (" (تخمینی)", " (estimated)")

_HEAD: Final = """\
# Office holidays of {year} in the whole country. Made by `legal calendar seed --years {year}` from the Python package
# holidays {version}, which is no official source and knows no province. Lunar feasts are predicted: compare each with
# the official announcement, then remove `predicted`, and write the source and the mark. Closures of a single day are
# added here.
# تعطیلات رسمی سراسر کشور در سال {persian}؛ برگرفته از بسته holidays که منبع رسمی نیست و تعطیلات استانی را ندارد.
# مناسبت‌های قمری پیش‌بینی‌شده‌اند و باید با اعلام رسمی تطبیق داده شوند.
year = {year}
closed = [
"""


def seed(year: int) -> str:
    """Return the file of one Jalali year. Raises ``ModuleNotFoundError`` without the package."""
    import holidays

    gregorian = range(jalali_day(year, 1, 1).year, jalali_day(year + 1, 1, 1).year + 1)
    persian = holidays.country_holidays("IR", years=gregorian, language="fa_IR")
    english = holidays.country_holidays("IR", years=gregorian, language="en_US")
    first, after = jalali_day(year, 1, 1), jalali_day(year + 1, 1, 1)
    package = version("holidays")
    days = sorted(day for day in persian if first <= day < after)
    package = f"holidays {version('holidays')}"
    lines = [line for day in days for line in _lines(day, _names(persian, day), _names(english, day), package)]
    head = _HEAD.format(year=year, version=version("holidays"), persian=persian_digits(str(year)))
    return head + "".join(f"  {line},\n" for line in lines) + "]\n"


def _names(found: Any, day: date) -> list[str]:
    names = [name.strip() for each in found.get_list(day) for name in each.split(";")]
    return [name.removesuffix(_ESTIMATED[0]).removesuffix(_ESTIMATED[1]) for name in names]


def _lines(day: date, persian: list[str], english: list[str], package: str) -> Iterator[str]:
    """Yield the entry of what is fixed on a day, then the one of its lunar feasts or its closure.

    The package sorts names by their letters, so those of the two languages do not stand in one order.
    """
    fixed = [_FIXED[name] for name in persian if name in _FIXED]
    if fixed:
        title, title_en = "؛ ".join(each.fa for each in fixed), "; ".join(each.en for each in fixed)
        yield _line(day, title, title_en, "", package, Mark.CONFIRMED)
    if others := [_spelled(name) for name in persian if name not in _FIXED]:
        title_en = "; ".join(name for name in english if name not in _FIXED_ENGLISH)
        lunar = "" if others == [_CLOSURE] else "lunar = true, predicted = true, "
        yield _line(day, "؛ ".join(others), title_en, lunar, package, Mark.TO_BE_CONFIRMED)


def _line(day: date, title: str, title_en: str, lunar: str, package: str, mark: Mark) -> str:
    titles = f'title = "{title}", title_en = "{title_en}"'
    return f'{{ day = "{written_day(day)}", {titles}, {lunar}source = "{package}", mark = "{mark}" }}'


def _spelled(name: str) -> str:
    """Return a Persian title with its punctuation and digits right."""
    return persian_digits("؛ ".join(part.strip() for part in name.split("؛")))
