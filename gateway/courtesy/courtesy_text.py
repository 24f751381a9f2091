"""The fixed text of courtesy messages, and what may not stand in it."""

from __future__ import annotations

import re
from typing import Final

USUAL_TEXT: Final = (
    "ابلاغیه‌ای به حساب کاربری ثنای شما واصل شده است. این پیام فقط جهت اطلاع است؛ "
    "مهلت‌های قانونی از زمان وصول ابلاغیه به حساب کاربری محاسبه می‌شود، نه از زمان این پیام. "
    "برای مشاهده، خودتان به سامانه ابلاغ الکترونیک قضایی مراجعه کنید."
)
"""The text, unless the configuration has another one: the same for every person, body and notice."""

MAX_TEXT: Final = 300
"""Most characters of a text."""

_ALLOWED: Final = re.compile("[ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیۀـ\u064b-\u0655\u200c ،؛.:!؟()«»-]+")
_LINKED: Final = re.compile(r"[^\s.]\.[^\s.]")


def is_text(text: str) -> bool:
    """Return True if a text is Persian words alone.

    It has no digit, no Latin letter and no dot inside a word: so neither a case number, nor a date, nor a link stands
    in it.
    """
    return bool(text.strip()) and len(text) <= MAX_TEXT and bool(_ALLOWED.fullmatch(text)) and not _LINKED.search(text)
