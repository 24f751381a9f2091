"""Defects of TOML files in both languages; no value is quoted: it may be a password."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.runtime.bilingual import Words

# The encoding of a file.
BYTE_ORDER_MARK: Final = Words(
    "the file is saved as {encoding}; save it as UTF-8 without a byte order mark (BOM)",
    "فایل با رمزگذاری {encoding} ذخیره شده است؛ آن را با رمزگذاری UTF-8 و بدون BOM ذخیره کنید",
)
WITH_MARK: Final = Words("UTF-8 with a byte order mark", "UTF-8 و با BOM")
NO_UTF_8: Final = Words(
    "the octet {octet} is no UTF-8; save the file as UTF-8",
    "بایت {octet} در UTF-8 معنی ندارد؛ فایل را با رمزگذاری UTF-8 ذخیره کنید",
)
WINDOWS_1256: Final = Words(
    "the octet {octet} is no UTF-8; the file seems to be saved as Windows-1256 (ANSI); save the file as UTF-8",
    "بایت {octet} در UTF-8 معنی ندارد و فایل ظاهراً با Windows-1256 (ANSI) ذخیره شده است؛ آن را با رمزگذاری UTF-8 "
    "ذخیره کنید",
)

# Measures.
DOTS: Final = Words(
    "more than {dots} dots; a key has at most {names} names", "بیش از {dots} نقطه؛ هر کلید حداکثر {names} نام دارد"
)
DEEP: Final = Words(
    "a key of more than {names} names, with those around it; write fewer levels",
    "کلیدی با بیش از {names} نام، همراه با نام‌های پیرامون آن؛ سطح‌های کمتری بنویسید",
)

# Signs, keys and values.
CURLY: Final = Words('curly quotes; write straight ones: "text"', 'گیومه خمیده؛ گیومه راست بنویسید: \u200e"text"\u200e')
DIGITS: Final = Words("digits that are not Latin ones; write 0 to 9", "رقم‌های غیرلاتین؛ رقم‌های 0 تا 9 را بنویسید")
HIDDEN: Final = Words("a sign that nobody sees (U+{number}); delete it", "نویسه‌ای پنهان (U+{number})؛ آن را حذف کنید")
NO_VALUE_FORM: Final = Words(
    "this is no number, day or time as TOML writes them (30, 2026-02-03); a text stands in quotes",
    "این به قالب TOML نه عدد است، نه تاریخ و نه ساعت (نمونه: 30 و \u200e2026-02-03\u200e)؛ متن در گیومه می‌آید",
)
NO_SIGN: Final = Words(
    "no sign = behind the key; write: key = value", "پس از کلید نشانه = نیست؛ بنویسید: \u200ekey = value\u200e"
)
COLON: Final = Words(f"{NO_SIGN.en}; not a colon", f"{NO_SIGN.fa}، نه دونقطه")
KEY_WANTED: Final = Words(
    "a key or [table] is wanted here; a key of other signs than a-z, 0-9, - and _ stands in quotes",
    "در اینجا کلید یا \u200e[table]\u200e لازم است؛ کلیدی که نویسه‌ای جز a-z، 0-9، - و _ دارد در گیومه می‌آید",
)
VALUE_TWICE: Final = Words(
    "{key} has a value already, in a line above; keep one of the two",
    "{key} در سطری بالاتر مقدار گرفته است؛ یکی از آن دو را نگه دارید",
)
THIS_KEY: Final = Words("this key", "این کلید")
IT: Final = Words("it", "آن")
NO_VALUE: Final = Words(
    'no value behind the sign =; write "text", a number, true, false or a list in brackets',
    'پس از نشانه = مقداری نیست؛ \u200e"text"\u200e، عدد، true، false یا فهرستی در کروشه بنویسید',
)
TRUTH: Final = Words("write true or false, in small letters", "true یا false را با حروف کوچک بنویسید")
NULL: Final = Words("there is no such value; leave the key out", "چنین مقداری نیست؛ این کلید را حذف کنید")
NO_NUMBER: Final = Words(
    "no number is written like this; write 30, 0.5, or a text in quotes",
    "عدد چنین نوشته نمی‌شود؛ 30، 0.5 یا متنی در گیومه بنویسید",
)
TEXT: Final = Words('a text stands in quotes: "text"', 'متن در گیومه می‌آید: \u200e"text"\u200e')
UNTERMINATED: Final = Words(
    "a text is not closed: its last quotes are missing", "متنی بسته نشده است: گیومه پایانی آن کم است"
)
NO_TOML: Final = Words(
    "this is no TOML; look at the signs before it, too", "این به قالب TOML نیست؛ نویسه‌های پیش از آن را نیز ببینید"
)

BY_SENTENCE: Final[Mapping[str, Words]] = {
    "Expected ']' at the end of a table declaration": Words(
        "the name of a table is not closed: write [name]", "نام جدول بسته نشده است: \u200e[name]\u200e بنویسید"
    ),
    "Expected ']]' at the end of an array declaration": Words(
        "the name of a table in a list is not closed: write [[name]]",
        "نام جدولِ درون فهرست بسته نشده است: \u200e[[name]]\u200e بنویسید",
    ),
    "Unclosed array": Words(
        "a list is not closed, here or in a line above: a comma or the bracket ] is missing",
        "فهرستی در اینجا یا در سطری بالاتر بسته نشده است: ویرگول یا کروشه ] کم است",
    ),
    "Unclosed inline table": Words(
        "a table in braces is not closed: a comma or the brace } is missing",
        "جدولی که در آکولاد آمده بسته نشده است: ویرگول یا آکولاد } کم است",
    ),
    "Unterminated string": UNTERMINATED,
    "Unescaped '\\' in a string": Words(
        "a single backslash in a text: write it twice, or put the text in single quotes: 'C:\\data'",
        "نشانه \\ در متن تنها آمده است: آن را دو بار بنویسید، یا متن را در گیومه تکی بگذارید: \u200e'C:\\data'\u200e",
    ),
    "Invalid hex value": Words(
        "behind \\u in a text stand four hexadecimal digits, behind \\U eight",
        "در متن، پس از \u200e\\u\u200e چهار رقم شانزده‌شانزدهی می‌آید و پس از \u200e\\U\u200e هشت رقم",
    ),
    "Escaped character is not a Unicode scalar value": Words(
        "no character has the number behind \\u or \\U",
        "هیچ نویسه‌ای شماره‌ای را که پس از \u200e\\u\u200e یا \u200e\\U\u200e آمده ندارد",
    ),
    "Invalid date or datetime": Words(
        "no such day or time; write a day as 2026-02-03, a time as 2026-02-03T08:30:00Z",
        "چنین تاریخ یا ساعتی نیست؛ تاریخ را مانند \u200e2026-02-03\u200e و ساعت را مانند "
        "\u200e2026-02-03T08:30:00Z\u200e بنویسید",
    ),
    "Expected newline or end of document after a statement": Words(
        'something stands behind the value: write one key a line; a quote within a text is written \\"',
        'پس از مقدار چیزی آمده است: در هر سطر یک کلید بنویسید؛ گیومه درون متن را \u200e\\"\u200e بنویسید',
    ),
}
"""Defects by the sentence of the standard library's reader."""

_COMPLETE: Final = Words(
    "{name} is complete already; write the key where its other keys stand",
    "{name} کامل شده است؛ این کلید را در کنار کلیدهای دیگر آن بنویسید",
)
BY_BEGINNING: Final[Sequence[tuple[str, Words]]] = (
    (
        "Cannot declare",
        Words(
            "the table [{name}] stands here a second time; put its keys under the first one",
            "جدول \u200e[{name}]\u200e در اینجا بار دوم آمده است؛ کلیدهای آن را زیر جدول نخست بیاورید",
        ),
    ),
    (
        "Duplicate inline table key",
        Words(
            "the key {name} stands twice in this table; keep one of the two",
            "کلید {name} در این جدول دو بار آمده است؛ یکی از آن دو را نگه دارید",
        ),
    ),
    ("Cannot mutate immutable namespace", _COMPLETE),
    ("Cannot redefine namespace", _COMPLETE),
)
"""Defects by the beginning of such a sentence, with the name in it."""
