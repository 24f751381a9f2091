"""Contents of mistakes in both languages: the compiler tells them in English (`gateway.mapping.compiler.mistake`).

A text of the mapping stays as it is. English words that stand here have a Persian form; other ones are left out of a
Persian page, whose messages have the meaning and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.mapping.compiler.mistake import Mistake
from gateway.notice.legal_effect import persian_digits
from gateway.runtime.bilingual import Words

_TYPES: Final[Mapping[str, str]] = {
    "text": "متن",
    "integer": "عدد صحیح",
    "decimal": "عدد اعشاری",
    "boolean": "true یا false",
    "date": "تاریخ",
    "time": "ساعت",
    "octets": "فایل",
    "list": "فهرست",
    "element": "عنصر XML",
    "any": "هر نوع",
    "a text": "متن",
    "true or false": "true یا false",
    "a whole number": "عدد صحیح",
    "a list": "فهرست",
    "a list of words": "فهرستی از واژه‌ها",
    "a table": "جدول",
    'a name, or { name = "…", … },': 'نام، یا \u200e{ name = "…" }\u200e،',
    "a single value, or a list of such,": "یک مقدار یا فهرستی از مقدارها",
    "Asia/Tehran, UTC, or an offset such as +03:30": "Asia/Tehran، UTC یا اختلافی مانند \u200e+03:30\u200e",
    "a list, a single value, or true or false": "فهرست، یک مقدار، یا true یا false",
}
_TYPE: Final = "|".join(map(re.escape, sorted(_TYPES, key=len, reverse=True)))
_ANY_TYPE: Final = f"(?:{_TYPE})(?: or (?:{_TYPE}))*"

_FORMS: Final[Sequence[tuple[str, str]]] = (
    (f"({_ANY_TYPE}) is wanted", "{0} لازم است"),
    (f"({_ANY_TYPE}) is wanted, not ({_TYPE})", "{0} لازم است، نه {1}"),
    (r"one of (.+) is wanted", "یکی از این‌ها لازم است: {0}"),
    (r"(\d+) to (\d+) characters(?: are wanted)?", "از {0} تا {1} نویسه لازم است"),
    (r"(\d+) to (\d+) are wanted", "عددی از {0} تا {1} لازم است"),
    (r"(from|value|expression) and (from|value|expression)", "{0} و {1}"),
    (r"(from|value|expression) and (from|value|expression) and (from|value|expression)", "{0}، {1} و {2}"),
    (r"(\S+) has no parameters", "{0} پارامتر ندارد"),
    (r"(\S+) has (.+)", "پارامترهای {0}: {1}"),
    (r"(\S+) needs (\S+)", "{0} به {1} نیاز دارد"),
    (r"lookup takes table alone", "جدول تنها پارامتر table دارد"),
    (rf"(\S+) takes ({_ANY_TYPE}), the source is ({_TYPE})", "{0} این را می‌پذیرد: {1}؛ ستون {2} است"),
    (rf"(\S+) takes ({_ANY_TYPE}), (\S+) gives ({_TYPE})", "{0} این را می‌پذیرد: {1}؛ {2} این را می‌دهد: {3}"),
    (rf"(\S+) takes ({_ANY_TYPE}), (\S+) is ({_TYPE})", "{0} این را می‌پذیرد: {1}؛ {2} {3} است"),
    (rf"(\S+) is ({_TYPE}), not ({_TYPE})", "{0} {1} است، نه {2}"),
    (rf"(\S+) is ({_TYPE}), and the source is never ({_TYPE}): a step is missing", "{0} {1} است؛ تبدیلی کم است"),
    (r"(\S+) takes (\d+)( or more)?, not (\d+)", "{0} باید {1} ورودی داشته باشد، نه {3}"),
    (r"(\S+) must come before", "{0} باید پیش از آن بیاید"),
    (r"(.+) has no entry", "{0} ورودی ندارد"),
    (r"(\d+) entries; 1 to (\d+) are wanted", "{0} ورودی دارد؛ از ۱ تا {1} ورودی لازم است"),
    (r"at most (\d+) transforms", "حداکثر {0} تبدیل"),
    (r"values of several types", "مقدارها از چند نوع‌اند"),
    (r"one line of at most (\d+) characters", "یک سطر با حداکثر {0} نویسه لازم است"),
    (r"(.+); one source and one test are wanted", "{0}؛ یک منبع و یک آزمون لازم است"),
    (r"column (\d+): .*", "ستون {0}"),
    (r".*Incomplete expression:.*", "عبارت ناتمام است"),
    (r".*Unclosed (\S+) delimiter.*", "نشانه {0} بسته نشده است"),
    (r".*Unknown token ([^:]+):.*", "نشانه ناشناخته: {0}"),
    (r".*Parse error at column (\d+), token \"(.+?)\" \(.*", "نویسه {0}: {1}"),
)
_PERSIAN: Final = [(re.compile(form, re.DOTALL), words) for form, words in _FORMS]

_NAMED: Final = frozenset(
    f"mapping.{name}"
    for name in (
        "column-kept",
        "column-missing",
        "code-unknown",
        "config-missing",
        "expression-columns",
        "expression-function",
        "name",
        "source-list",
        "source-unknown",
        "table-unknown",
        "table-unused",
        "target-choice",
        "target-group",
        "target-optional",
        "target-path",
        "target-repeated",
        "target-single",
        "target-twice",
        "target-unknown",
        "target-unmapped",
        "transform-unknown",
    )
)
"""Codes whose content begins with a text of the mapping; behind a semicolon stand the names that there are."""


NOTHING: Final = Words(en="", fa="")


def found_words(mistake: Mistake) -> Words:
    """Return the content of a mistake in both languages; the Persian one is empty if there is none."""
    if mistake.code in _NAMED:
        return Words(en=mistake.found, fa=mistake.found.partition("; ")[0])
    if mistake.code == "mapping.table-twice":
        return NOTHING  # its word is named, and the rest is the meaning
    if mistake.code == "mapping.path":
        return Words(en=mistake.found, fa=mistake.found.partition(": ")[0])
    for form, words in _PERSIAN:
        if (told := form.fullmatch(mistake.found)) is not None:
            return Words(en=mistake.found, fa=words.format(*(_persian(group or "") for group in told.groups())))
    return Words(en=mistake.found, fa="")


def _persian(group: str) -> str:
    if group in _TYPES:
        return _TYPES[group]
    if re.fullmatch(_ANY_TYPE, group):
        return " یا ".join(_TYPES.get(each, each) for each in group.split(" or "))
    return persian_digits(group) if group.isdecimal() else group
