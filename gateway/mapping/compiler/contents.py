"""Contents of mistakes: phrases in both languages, with named places.

Names of keys, transforms and paths are the same in both. `gateway.mapping.model` and the transforms have phrases of
their own, for the reasons that they give.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.mapping.model.values import Type
from gateway.runtime.bilingual import NOTHING, Words, listed

_MOST_NAMES: Final = 30
"""Most names that a content lists."""

TYPES: Final[Mapping[Type, Words]] = {
    Type.TEXT: Words("text", "متن"),
    Type.INTEGER: Words("integer", "عدد صحیح"),
    Type.DECIMAL: Words("decimal", "عدد اعشاری"),
    Type.BOOLEAN: Words("boolean", "true یا false"),
    Type.DATE: Words("date", "تاریخ"),
    Type.TIME: Words("time", "ساعت"),
    Type.OCTETS: Words("octets", "فایل"),
    Type.LIST: Words("list", "فهرست"),
    Type.ELEMENT: Words("element", "عنصر XML"),
    Type.ANY: Words("any", "هر نوع"),
}
TABLE: Final = Words("a table", "جدول")
TOML_TYPES: Final[Mapping[type, Words]] = {
    str: Words("a text", "متن"),
    bool: Words("true or false", "true یا false"),
    int: Words("a whole number", "عدد صحیح"),
    list: Words("a list", "فهرست"),
    dict: TABLE,
}
SINGLE_VALUE: Final = Words("a single value", "یک مقدار")
TIME_OF_DAY: Final = Words("a time of day", "ساعتی از روز")

WANTED: Final = Words("{what} is wanted", "{what} لازم است")
WANTED_NOT: Final = Words("{what} is wanted, not {found}", "{what} لازم است، نه {found}")
WANTED_HERE: Final = Words("{found}; {what} is wanted here", "{found}؛ در اینجا {what} لازم است")
ANOTHER: Final = Words("another {what} is wanted", "مقدار دیگری لازم است")
ONE_OF: Final = Words("one of {names} is wanted", "یکی از این‌ها لازم است: {names}")
TABLE_WANTED: Final = WANTED.filled(what=TABLE)
HUGE: Final = Words("a number of at most 64 bits is wanted", "عددی با حداکثر ۶۴ بیت لازم است")
FINITE: Final = Words("a finite number is wanted", "عدد متناهی لازم است")
ZONE: Final = Words(
    "Asia/Tehran, UTC, or an offset such as +03:30 is wanted",
    "یکی از این‌ها لازم است: Asia/Tehran، UTC، یا اختلافی مانند \u200e+03:30\u200e",
)
WORD_LIST: Final = Words("a list of words is wanted", "فهرستی از واژه‌ها لازم است")
RANGE: Final = Words("{least} to {most} are wanted", "عددی از {least} تا {most} لازم است")
LENGTH: Final = Words("{least} to {most} characters", "از {least} تا {most} نویسه لازم است")
LEAST_LENGTH: Final = Words("at least {least} characters", "حداقل {least} نویسه لازم است")
LENGTH_WANTED: Final = Words("{least} to {most} characters are wanted", LENGTH.fa)

# The file.
SIZE: Final = Words("{size} octets; at most {most}", "{size} بایت؛ حداکثر {most} بایت")
UNPARSED: Final = Words("{found}", "عددی بیش از اندازه بزرگ است، یا کروشه‌ها بیش از اندازه تودرتو هستند")
COLUMN: Final = Words("column {column}: {found}", "ستون {column}: {found}")
LINE: Final = Words("one line of at most {most} characters", "یک سطر با حداکثر {most} نویسه لازم است")
PLAIN_LINE: Final = Words(
    "one line of at most {most} characters is wanted, without hidden ones",
    "یک سطر با حداکثر {most} نویسه و بدون نویسه پنهان لازم است",
)
CODE: Final = Words("{code}; a code of {areas} is wanted", "{code}؛ کدی از این بخش‌ها لازم است: {areas}")

# The header.
HEADER: Final = Words(
    "[mapping] with language, name and kind is wanted", "\u200e[mapping]\u200e با language، name و kind لازم است"
)
LANGUAGE: Final = Words("{found}; this program knows {known}", "{found}؛ این برنامه نسخه {known} را می‌شناسد")
BOTH_SIDES: Final = Words(
    "{kind} knows both sides; no contract is wanted", "{kind} هر دو سو را می‌شناسد؛ قرارداد لازم نیست"
)

# Entries, and their sources.
TOO_MANY_ENTRIES: Final = Words(
    "{entries} entries, {repeats} repeats deep at most", "حداکثر {entries} قاعده، و {repeats} لایه از repeat"
)
SOURCE_VALUE: Final = Words("a single value, or a list of such, is wanted", "یک مقدار یا فهرستی از مقدارها لازم است")
SOURCE_PATHS: Final = Words(
    "a path, or a list of 2 to {most} paths, is wanted", "یک مسیر، یا فهرستی از ۲ تا {most} مسیر، لازم است"
)
REASON: Final = Words("{text}: {reason}", "{text}: {reason}")
A_LIST: Final = Words("{path}; {name} is a list", "{path}؛ {name} فهرست است")
COMES_BEFORE: Final = Words("{name} must come before", "{name} باید پیش از آن بیاید")
EMPTY_DEFAULT: Final = Words("it is empty; leave it out", "خالی است؛ این کلید را حذف کنید")
SAME_COLUMN: Final = Words(
    "{target} is the column {same}, too; write one of them", "{target} همان ستون {same} است؛ تنها یکی را بنویسید"
)
EMPTIED: Final = Words(
    "{target}; its last field has a condition, and an unmet one empties the column",
    "{target}؛ آخرین قاعده آن شرط دارد، و اگر شرط برقرار نباشد ستون خالی می‌شود",
)
ANOTHER_TYPE: Final = Words("{target} is {type}, not {gives}", "{target} {type} است، نه {gives}")
STEP_MISSING: Final = Words(
    "{target} is {type}, and the source is never {type}: a step is missing",
    "{target} {type} است و ورودی هرگز {type} نیست؛ تبدیلی کم است",
)
TEHRAN: Final = Words("write {time}+03:30 for Tehran's time", "برای وقت تهران بنویسید \u200e{time}+03:30\u200e")

# Transforms.
MOST_STEPS: Final = Words("at most {most} transforms", "حداکثر {most} تبدیل")
STEP: Final = Words('a name, or { name = "…", … }, is wanted', 'نام تبدیل، یا \u200e{ name = "…", … }\u200e، لازم است')
TABLE_ALONE: Final = Words("{name} takes table alone", "{name} تنها پارامتر table دارد")
PARAMETERS: Final = Words("{name} has {names}", "پارامترهای {name}: {names}")
NO_PARAMETERS: Final = Words("{name} has no parameters", "{name} پارامتر ندارد")
NEEDS: Final = Words("{name} needs {parameter}", "{name} به پارامتر {parameter} نیاز دارد")
DROPS_OFFSET: Final = Words("{name} drops the offset", "{name} اختلاف ساعت را حذف می‌کند")
TAKES_SOURCE: Final = Words(
    "{name} takes {types}, the source is {type}", "{name} این را می‌پذیرد: {types}؛ ورودی {type} است"
)
JOIN_TAKES: Final = Words(
    "join takes text or integer, {path} is {type}", "join متن یا عدد صحیح را می‌پذیرد؛ {path} {type} است"
)
TAKES_STEP: Final = Words(
    "{name} takes {types}, {before} gives {type}", "{name} این را می‌پذیرد: {types}؛ {before} این را می‌دهد: {type}"
)

# Tables.
ENTRIES: Final = Words("{count} entries; 1 to {most} are wanted", "{count} ورودی دارد؛ از ۱ تا {most} ورودی لازم است")
SPELT_TWICE: Final = Words("the same word stands there in another spelling", "همین واژه با نگارش دیگری نیز در جدول هست")
SEVERAL_TYPES: Final = Words("values of several types", "مقدارها از چند نوع‌اند")
ENTRY: Final = Words(
    'a text, a whole number, true or false, or { refuse = "CODE", reason = "…" } is wanted',
    'متن، عدد صحیح، true یا false، یا \u200e{ refuse = "CODE", reason = "…" }\u200e لازم است',
)
NO_ENTRY: Final = Words("{word} has no entry", "{word} ورودی ندارد")
SPELT_OTHERWISE: Final = Words(
    "{word} has no entry; write {word} for {other}, or add fold = true",
    "{word} ورودی ندارد؛ به جای {other} بنویسید {word}، یا fold = true را بیفزایید",
)

# Conditions.
_CONSTANT: Final = Words(
    "a text of at most 10,000 characters, a whole number of at most 64 bits, true or false",
    "متنی با حداکثر ۱۰٬۰۰۰ نویسه، عدد صحیحی با حداکثر ۶۴ بیت، true یا false",
)
CONSTANT: Final = WANTED.filled(what=_CONSTANT)
CONSTANTS: Final = Words("a list, each {one}, is wanted", "فهرستی لازم است که هر عضو آن چنین باشد: {one}").filled(
    one=_CONSTANT
)
ONE_TEST: Final = Words("{keys}; one source and one test are wanted", "{keys}؛ یک منبع و یک آزمون لازم است")
NO_KEYS: Final = Words("nothing", "هیچ کلیدی نیست")
ALONE: Final = Words(
    "{name} alone, with 1 to {most} conditions, is wanted", "تنها {name}، با ۱ تا {most} شرط، لازم است"
)
LIST_TESTED: Final = Words(
    "a list equals nothing; ask an expression, as contains(papers[*].kind, 'send')",
    "فهرست با هیچ مقداری برابر نیست؛ با expression بپرسید، مانند \u200econtains(papers[*].kind, 'send')\u200e",
)
OCTETS_TESTED: Final = Words("octets equal nothing; ask present", "فایل با هیچ مقداری برابر نیست؛ با present بپرسید")
NO_BOOLEAN: Final = Words("{value} is no boolean; write true or false", "{value} نه true است نه false؛ یکی را بنویسید")
NO_NUMBER: Final = Words("{value} is no {type}, as 12", "{value} {type} نیست؛ نمونه: 12")
NO_DATE: Final = Words("{value} is no date, as 2026-02-03", "{value} تاریخ نیست؛ نمونه: \u200e2026-02-03\u200e")
NO_TIME: Final = Words(
    "{value} is no time, as 2026-02-03T12:00:00", "{value} ساعت نیست؛ نمونه: \u200e2026-02-03T12:00:00\u200e"
)

# Names.
_AMONG: Final = Words("{named}; there are {names}", "{named}؛ موارد موجود: {names}")
_MEANT: Final = Words("did you mean {name}? ", "شاید منظور {name} باشد؛ ")
KEYS: Final = Words("{meant}there are {names}", "{meant}کلیدهای موجود: {names}")
NO_SUCH_VALUE: Final = Words("{text}; {meant}there are {names}", "{text}؛ {meant}موارد موجود: {names}")
NO_NAMESPACE: Final = Words("{text}; {meant}{kind} has {names}", "{text}؛ {meant}{kind} این‌ها را دارد: {names}")
NO_NAMESPACES: Final = Words(
    "{text}; {kind} has no names that begin with $; one of the document's own stands in quotes",
    "{text}؛ {kind} نامی ندارد که با $ آغاز شود؛ نامی از خود سند در گیومه می‌آید",
)
CONFIGURATION: Final = Words(
    '{text}; {meant}add {name} = "…" under [judiciary.values] of the configuration',
    '{text}؛ {meant}\u200e{name} = "…"\u200e را زیر \u200e[judiciary.values]\u200e در پیکربندی بیفزایید',
)


def any_of(types: Iterable[Type]) -> Words:
    """Return types with the word *or* between them; `Type.ANY`, which is no choice of a person, is left out."""
    found = [TYPES[each] for each in sorted(set(types) - {Type.ANY})]
    return Words(en=" or ".join(each.en for each in found), fa=" یا ".join(each.fa for each in found))


def together(names: Iterable[str]) -> Words:
    """Return names with the word *and* between them."""
    found = list(names)
    return Words(en=" and ".join(found), fa=" و ".join(found))


def among(named: str, names: Sequence[str]) -> Words:
    """Return a name that is not there, and those that are: the first ones if there are many."""
    more = ["…"] if len(names) > _MOST_NAMES else []
    there = listed([*names[:_MOST_NAMES], *more]) if names else Words("anything", "هر نامی")
    return _AMONG.filled(named=named, names=there)


def choices(named: str, names: Iterable[str]) -> Words:
    """Return a value that is no choice, and every choice."""
    return _AMONG.filled(named=named, names=listed(names))


def meant(named: str, names: Iterable[str]) -> Words:
    """Return the beginning of a content: the most similar name; empty if none is similar."""
    found = difflib.get_close_matches(named, list(names), 1)
    return _MEANT.filled(name=found[0]) if found else NOTHING
