"""Acts on the gateway as a whole, its destinations and its quarantine: title and meaning of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.overview.dates_in_words import as_it_came, moment
from gateway.runtime.bilingual import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAct:
    """Act by its name in records; ``means`` says what follows from it."""

    name: str
    title: Words
    means: Words


STOP: Final = GatewayAct(
    name="stop-everything",
    title=Words(en="Stop everything", fa="متوقف کردن همه کارها"),
    means=Words(
        en="No process sends, asks, fetches or takes in anything more until a person resumes. Batches under way are "
        "finished. The judiciary's deadlines go on.",
        fa="تا زمانی که متصدی ادامه کار را دستور ندهد، هیچ فرایندی چیزی ارسال، استعلام یا دریافت نمی‌کند و ردیفی "
        "نمی‌پذیرد. کارهای در دست انجام به پایان می‌رسد. مهلت‌های قانونی همچنان می‌گذرد.",
    ),
)
RESUME: Final = GatewayAct(
    name="resume",
    title=Words(en="Let everything go on", fa="از سر گرفتن همه کارها"),
    means=Words(
        en="Every process goes on with what waits: it takes in, sends, asks and fetches.",
        fa="همه فرایندها کارهای در انتظار را ادامه می‌دهند: پذیرش، ارسال، استعلام و دریافت.",
    ),
)
_STOPPED_BY: Final = Words(
    en="Stopped on {at} by {account}, for this reason: {reason}.",
    fa="در تاریخ {at} به دستور {account} متوقف شده است، به این دلیل: {reason}.",
)
_RESUMED_BY: Final = Words(
    en="Resumed on {at} by {account}, for this reason: {reason}.",
    fa="در تاریخ {at} به دستور {account} از سر گرفته شده است، به این دلیل: {reason}.",
)
_STOPPED_AT: Final = Words(en="Stopped on {at}. {unknown}", fa="در تاریخ {at} متوقف شده است. {unknown}")
_RESUMED_AT: Final = Words(en="Resumed on {at}. {unknown}", fa="در تاریخ {at} از سر گرفته شده است. {unknown}")
NOT_READABLE: Final = Words(
    en="Account and reason cannot be read here: the text of the record was deleted, or its archive cannot be read "
    "on this machine.",
    fa="حساب کاربری و دلیل آن در اینجا خوانده نمی‌شود: متن رکورد حذف شده است یا بایگانی آن در این رایانه خوانده نمی‌شود.",
)
"""Words in place of the account and the reason of an act whose record cannot be read."""
CALL_AGAIN: Final = GatewayAct(
    name="endpoint.retry",
    title=Words(en="Call again now", fa="تماس دوباره، هم‌اکنون"),
    means=Words(
        en="The next call is made in the next round instead of at its time. If it is answered, all work goes on; if "
        "not, calls rest as before.",
        fa="تماس بعدی در نوبت بعدی، پیش از زمان مقرر، انجام می‌شود. اگر پاسخ برسد همه کارها ادامه می‌یابد؛ وگرنه "
        "تماس‌ها مانند پیش متوقف می‌ماند.",
    ),
)


def last_use(*, stopped: bool, since: datetime, account: str | None, reason: str | None) -> Words:
    """Return the use of the switch that an act on it ends. Account and reason are None if they cannot be read."""
    if account is None or reason is None:
        return (_STOPPED_AT if stopped else _RESUMED_AT).filled(at=moment(since), unknown=NOT_READABLE)
    words = _STOPPED_BY if stopped else _RESUMED_BY
    return words.filled(at=moment(since), account=as_it_came(account), reason=as_it_came(reason))


JUDGE_AGAIN: Final = Words(en="Have it judged again", fa="درخواست بررسی دوباره")
DISMISS: Final = Words(en="Take it off the list", fa="خارج کردن از فهرست")
"""Titles of the acts on an item of the quarantine; `gateway.overview.quarantined_item` has their meaning."""
