"""Courtesy messages in words: the outcome of one, and their state as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.overview.dates_in_words import number
from gateway.runtime.bilingual import Words
from gateway.store.courtesy_message import CourtesyOutcome, CourtesyTally

_O = CourtesyOutcome

COURTESY_OUTCOMES: Final[Mapping[CourtesyOutcome, Words]] = {
    _O.TAKEN: Words(en="Shahrzad took it over, to tell the recipient", fa="شهرزاد پیام را برای رساندن به مخاطب پذیرفت"),
    _O.REFUSED: Words(
        en="Shahrzad does not reach this number: the recipient was not told",
        fa="شهرزاد به این شماره دسترسی ندارد؛ به مخاطب پیام داده نشد",
    ),
    _O.NOT_TAKEN: Words(
        en="Shahrzad did not take it; it is tried again while the arrival is new",
        fa="شهرزاد پیام را تحویل نگرفت؛ تا وقتی وصول تازه است دوباره تلاش می‌شود",
    ),
    _O.UNKNOWN: Words(
        en="no usable answer came: it is not known if the recipient was told, and it is not repeated",
        fa="پاسخ قابل استفاده‌ای نرسید؛ معلوم نیست پیام به مخاطب رسیده است یا نه و تکرار نمی‌شود",
    ),
}
"""Outcomes of calls. They say nothing about the service of the notice."""

_COUNTED: Final[Mapping[CourtesyOutcome, Words]] = {
    _O.TAKEN: Words(en="taken over", fa="پذیرفته"),
    _O.NOT_TAKEN: Words(en="waiting", fa="در انتظار"),
    _O.REFUSED: Words(en="number not reached", fa="شماره در دسترس نیست"),
    _O.UNKNOWN: Words(en="outcome unknown", fa="نتیجه نامعلوم"),
    _O.NO_NUMBER: Words(en="without a mobile number", fa="بدون شماره همراه"),
}


def courtesy_in_words(tally: CourtesyTally) -> Words:
    """Return the numbers of a day's messages, with their meaning for service."""
    counts = [(words, number(tally.of(outcome))) for outcome, words in _COUNTED.items() if tally.of(outcome)]
    en = ", ".join(f"{words.en}: {count.en}" for words, count in counts) or "none"
    fa = "، ".join(f"{words.fa}: {count.fa}" for words, count in counts) or "هیچ"
    return Words(
        en=f"courtesy messages in 24 hours (information only, they start no period): {en}",
        fa=f"پیام‌های اطلاع‌رسانی ۲۴ ساعت گذشته (فقط جهت اطلاع، بدون آغاز مهلت): {fa}",
    )
