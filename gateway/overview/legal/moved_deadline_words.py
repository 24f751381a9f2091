"""Deadlines that have another last day, with the reasons in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from typing import Any, Final, assert_never

from gateway.legal.moved_deadline import (
    MovedDeadline,
    NowClosed,
    NowOpen,
    OtherRule,
    OtherService,
    Reason,
    Unread,
)
from gateway.legal.rules import PeriodRule
from gateway.notice.legal_effect import persian_digits
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import as_it_came
from gateway.overview.legal.legal_names import closure_in_words, day_with_weekday, period_in_words, source_in_words
from gateway.record.evidence_record import EvidenceKind
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.store.stored import Changes


def told_moved(moved: MovedDeadline) -> dict[str, Any]:
    """Return a moved deadline as JSON can hold it; days are Jalali, None: no day follows."""
    reasons = [reason_in_words(each) for each in moved.reasons]
    return {
        "reference": moved.notice.reference,
        "body": moved.notice.body,
        "kind": moved.notice.kind,
        "starts": moved.starts.value,
        "served_on": _written(moved.notice.served_on),
        "before": _written(moved.before),
        "after": _written(moved.after),
        "reasons": [{"en": each.en, "fa": each.fa} for each in reasons],
    }


SHOWN: Final = 20
"""Most moved deadlines of one change that are shown before it is confirmed; its records list all."""

_COUNT: Final = Words(
    en="Last days that change: {moved} (served notices: {notices}). Each is on record, old and new, with reasons.",
    fa="آخرین روز {moved} مهلت از {notices} ابلاغیه ابلاغ‌شده تغییر می‌کند؛ روز پیشین و تازه و دلیل هر یک در "
    "رکوردها ثبت می‌شود.",
)
_WOULD: Final = Words(
    en="Last days that would change if it were in force now: {moved} (served notices: {notices}).",
    fa="اگر اکنون جاری شود، آخرین روز {moved} مهلت از {notices} ابلاغیه ابلاغ‌شده تغییر می‌کند.",
)
NOT_COMPARED: Final = Words(
    en="The last days that change cannot be listed: the rules or the calendar in force cannot be read. "
    "No record will list them.",
    fa="فهرست آخرین روزهایی که تغییر می‌کند تهیه نمی‌شود، زیرا قواعد یا تقویم جاری خوانده نمی‌شود. رکوردی از آن‌ها ثبت "
    "نخواهد شد.",
)
_ONE: Final = Words(en="{reference}: {before} → {after}. {why}", fa="{reference}: از {before} به {after}. {why}")
_NONE: Final = Words(en="no day", fa="بدون روز")


def would_move(notices: int, moved: Sequence[MovedDeadline]) -> Iterator[Words]:
    """Yield the number of deadlines that another calendar would move, and the first of them."""
    yield _WOULD.filled(moved=_number(len(moved)), notices=_number(notices))
    yield from map(_line, (told_moved(each) for each in moved[:SHOWN]))


def moved_effects(changes: Changes) -> Iterator[Words]:
    """Yield the number of deadlines that a change of the calendar moves, and the first of them; or that nobody could
    compare them.
    """
    octets = {each.digest: each.octets for each in changes.payloads}
    digests = [each.payload_digest for each in changes.evidence if each.kind is EvidenceKind.DEADLINES_MOVED]
    if not digests:
        if any(each.subject is Subject.CALENDAR for each in changes.mappings.activations):
            yield NOT_COMPARED
        return
    lists = [json.loads(bytes(octets[each])) for each in digests]
    moved, notices = sum(len(each["moved"]) for each in lists), lists[0]["notices"]
    yield _COUNT.filled(moved=_number(moved), notices=_number(notices))
    yield from map(_line, islice(chain.from_iterable(each["moved"] for each in lists), SHOWN))


def _line(moved: Mapping[str, Any]) -> Words:
    reasons = moved["reasons"]
    return _ONE.filled(
        reference=as_it_came(moved["reference"]),
        before=_day(moved["before"]),
        after=_day(moved["after"]),
        why=Words(en=" ".join(why["en"] for why in reasons), fa=" ".join(why["fa"] for why in reasons)),
    )


def _number(number: int) -> Words:
    return Words(en=f"{number:,}", fa=persian_digits(str(number)))


def _day(written: str | None) -> Words:
    return _NONE if written is None else Words(en=written, fa=persian_digits(written.replace("-", "/")))


def _written(day: date | None) -> str | None:
    return None if day is None else written_day(day)


_NO_RULE: Final = Words(en="no rule", fa="بدون قاعده")


def reason_in_words(reason: Reason) -> Words:
    """Return the sentence of a reason."""
    match reason:
        case NowClosed(step=step):
            day, why = day_with_weekday(step.day), closure_in_words(step.closure)
            return Words(
                en=f"Offices are now closed on {day.en} ({why.en}).",
                fa=f"ادارات در روز {day.fa} اکنون تعطیل است ({why.fa}).",
            )
        case NowOpen(step=step):
            day, why = day_with_weekday(step.day), closure_in_words(step.closure)
            return Words(
                en=f"Offices were closed on {day.en} ({why.en}) before, and the last day no longer moves over it.",
                fa=f"ادارات در روز {day.fa} پیش‌تر تعطیل بود ({why.fa}) و آخرین روز دیگر از آن عبور نمی‌کند.",
            )
        case OtherRule():
            before, after = _rule(reason.before), _rule(reason.after)
            return Words(
                en=f"The rule is another one: {after.en}; before: {before.en}.",
                fa=f"قاعده تغییر کرده است: {after.fa}؛ پیش‌تر: {before.fa}.",
            )
        case OtherService():
            was, now = _day(_written(reason.before)), _day(_written(reason.after))
            return Words(
                en=f"The day of service is another one: {now.en}; before: {was.en}.",
                fa=f"تاریخ ابلاغ تغییر می‌کند: {now.fa}؛ پیش‌تر: {was.fa}.",
            )
        case Unread(error=error):
            return Words(en=f"{error.entry.en[0].upper()}{error.entry.en[1:]}.", fa=error.entry.fa)
        case _:
            assert_never(reason)


def _rule(rule: PeriodRule | None) -> Words:
    if rule is None:
        return _NO_RULE
    period, source = period_in_words(rule.period), source_in_words(rule.origin)
    return Words(en=f"{period.en}, by {source.en}", fa=f"{period.fa}، {source.fa}")
