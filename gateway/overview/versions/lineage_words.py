"""Lineage of a version in words: from where it was begun, what is in force, and which change it may undo."""

from __future__ import annotations

from typing import Final

from gateway.notice.legal_effect import persian_digits
from gateway.overview.dates_in_words import as_it_came
from gateway.overview.versions.version_words import place_words
from gateway.runtime.bilingual import Words
from gateway.versions.lineage import FROM_FILE

FILE: Final = Words(en="the file of the configuration", fa="فایل پیکربندی")

_BEGUN: Final = Words(en="Begun from {what}.", fa="بر پایه {what} ساخته شده است.")
_NOT_ON_RECORD: Final = Words(
    en="It came as a file; the version from which it was begun is not on record.",
    fa="این نسخه به صورت فایل وارد شده است و ثبت نشده که بر پایه کدام نسخه ساخته شده است.",
)
_DIFFERENCES: Final = Words(
    en="In force for {place}: {what}. Differences from it: {number}.",
    fa="نسخه جاری برای {place}: {what}. تعداد تفاوت‌ها با آن: {number}.",
)
_UNREADABLE: Final = Words(
    en="In force for {place}: {what}. It cannot be read, so nothing is compared.",
    fa="نسخه جاری برای {place}: {what}. این نسخه خوانده نمی‌شود؛ پس مقایسه‌ای انجام نشد.",
)
_UNDOES: Final = Words(
    en="{label} was begun from {begun}, but {what} is in force for {place}. "
    "Changes of {what} are undone unless they stand in {label}, too.",
    fa="{label} بر پایه {begun} ساخته شده، اما {what} برای {place} جاری است. "
    "تغییرهای {what} از میان می‌رود، مگر آنکه در {label} هم آمده باشد.",
)
_MISSES: Final = Words(
    en="{what} was approved last, and {label} was not begun from it. "
    "Changes of {what} are missing unless they stand in {label}, too.",
    fa="آخرین نسخه تأییدشده {what} است و {label} بر پایه آن ساخته نشده است. "
    "تغییرهای {what} در این نسخه نیست، مگر آنکه در {label} هم آمده باشد.",
)


def label_words(label: str) -> Words:
    """Return a version's label, or the name of the configuration's file."""
    return FILE if label == FROM_FILE else as_it_came(label)


def begun_words(begun: str) -> Words:
    """Say from which version one was begun; an empty label is not on record."""
    return _BEGUN.filled(what=label_words(begun)) if begun else _NOT_ON_RECORD


def difference_words(place: str, what: str, number: int | None) -> Words:
    """Say how many differences there are from the version in force for a place; None: it cannot be read."""
    if number is None:
        return _UNREADABLE.filled(place=place_words(place), what=label_words(what))
    shown = Words(en=str(number), fa=persian_digits(str(number)))
    return _DIFFERENCES.filled(place=place_words(place), what=label_words(what), number=shown)


def undoes_words(label: str, begun: str, what: str, place: str) -> Words:
    """Warn that a version may undo changes of the one in force, from which it was not begun."""
    return _UNDOES.filled(
        label=as_it_came(label), begun=label_words(begun), what=label_words(what), place=place_words(place)
    )


def misses_words(label: str, what: str) -> Words:
    """Warn that a version may lack the change that was approved last."""
    return _MISSES.filled(label=as_it_came(label), what=as_it_came(what))
