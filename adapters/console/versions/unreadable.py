"""Texts of the mapping editor that cannot be taken over: what is wrong with each, and what to do, in both languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.notice.legal_effect import persian_digits
from gateway.runtime.bilingual import Words

_SHOWN: Final = 60
"""Characters of a text in its message."""


class Unreadable(ValueError):
    """The text of a field cannot be taken over; ``words`` say why, and what to do."""

    literal_name = "Unreadable"

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def no_condition(text: str) -> Unreadable:
    return _wanted(text, "a condition", "شرط", '{ from = "…", is = "…" }')


def no_list(text: str) -> Unreadable:
    return _wanted(text, "a list of texts", "فهرست متن‌ها", '["…", "…"]')


def no_rule_of_other_words(text: str) -> Unreadable:
    return _wanted(text, "a refusal or a value", "رد یا مقدار", '{ refuse = "CODE" }')


def no_parameters(text: str) -> Unreadable:
    return _wanted(
        text,
        "name = value, with texts in quotes and a comma between two parameters",
        "نام = مقدار، با متن‌ها در گیومه لاتین و ویرگول میان دو پارامتر",
        'form = "yyyymmdd", width = 3',
    )


def parameters_alone() -> Unreadable:
    return Unreadable(
        Words(
            en="parameters need a transform: choose the transform, or empty its parameters",
            fa="پارامترها بدون تبدیل معنایی ندارد. تبدیل را انتخاب کنید یا پارامترهای آن را خالی کنید.",
        )
    )


def name_among_parameters() -> Unreadable:
    return Unreadable(
        Words(
            en="name is no parameter: take it out, and choose the transform in its own field",
            fa="name پارامتر نیست. آن را بردارید و تبدیل را در خانه خودش انتخاب کنید.",
        )
    )


def no_source(given: Sequence[Words]) -> Unreadable:
    """Return the message of a rule that nothing fills; ``given`` are its texts without a source."""
    listed = "، ".join(f"«{_short(words.fa)}»" for words in given)
    english = ", ".join(f"“{_short(words.en)}”" for words in given)
    return Unreadable(
        Words(
            en=f"nothing fills this field: give a column, a fixed value or an expression; or empty its other texts, too"
            f" ({english})",
            fa=f"این فیلد از چیزی پر نمی‌شود. ستون، مقدار ثابت یا عبارت را بنویسید؛ یا متن‌های دیگر آن را هم خالی کنید "
            f"({listed}).",
        )
    )


def no_name_of_a_text() -> Unreadable:
    return Unreadable(
        Words(
            en="this text has no name: write one in Latin letters", fa="این متن نام ندارد. نامی به حروف لاتین بنویسید."
        )
    )


def no_name_of_a_table() -> Unreadable:
    return Unreadable(
        Words(
            en="the new table has no name: write one, and name it in the transform of a field",
            fa="جدول تازه نام ندارد. نامی بنویسید و همان را در تبدیل یک فیلد بیاورید.",
        )
    )


def table_twice(name: str) -> Unreadable:
    return Unreadable(
        Words(
            en=f"there is a table “{_short(name)}” already: add the words there, or give the new one another name",
            fa=f"جدول «{_short(name)}» از پیش هست. واژه‌ها را به همان بیفزایید یا نام دیگری به جدول تازه بدهید.",
        )
    )


def no_entry(line: int, text: str) -> Unreadable:
    return Unreadable(
        Words(
            en=f"line {line} is no entry: “{_short(text)}”. Write the word, the sign = and what it becomes: … = …",
            fa=f"سطر {persian_digits(str(line))} ورودی نیست: «{_short(text)}». واژه، نشانه = و معادل "
            "آن را بنویسید: … = …",
        )
    )


def word_twice(line: int, word: str) -> Unreadable:
    return Unreadable(
        Words(
            en=f"line {line}: the word “{_short(word)}” stands in the table twice. Keep one of them",
            fa=f"سطر {persian_digits(str(line))}: واژه «{_short(word)}» دو بار در جدول آمده است. یکی را نگه دارید.",
        )
    )


def no_toml(error: Exception) -> Unreadable:
    """Return the message of a text that the reader of TOML refused; its line is that of the text."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if place is None:
        at_end = Words(en=f"the text of the mapping file is not complete: {error}", fa="متن فایل نگاشت ناتمام است.")
    else:
        at_end = Words(
            en=f"line {place[1]}, column {place[2]} is no text of a mapping file: {error}",
            fa=f"{persian_digits(f'سطر {place[1]}، ستون {place[2]}')}: این متن به شکل فایل نگاشت (TOML) نیست.",
        )
    fix = Words(en="Correct it there", fa="آن را همان‌جا اصلاح کنید.")
    return Unreadable(Words(en=f"{at_end.en}. {fix.en}", fa=f"{at_end.fa} {fix.fa}"))


def foreign_key(key: str) -> Unreadable:
    return Unreadable(
        Words(
            en=f"“{_short(key)}” may not stand here: write [[field]], [[repeat]] and [tables.NAME] alone",
            fa=f"«{_short(key)}» در اینجا مجاز نیست. تنها ‎[[field]]‎، ‎[[repeat]]‎ و ‎[tables.NAME]‎ بنویسید.",
        )
    )


def _wanted(text: str, english: str, persian: str, form: str) -> Unreadable:
    return Unreadable(
        Words(
            en=f"“{_short(text)}” cannot be read. Write {english}, such as: {form}",
            fa=f"«{_short(text)}» خوانده نمی‌شود. {persian} بنویسید؛ مانند: \u200e{form}\u200e",
        )
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
