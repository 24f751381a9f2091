"""Legal effect of a notice in sentences, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, assert_never

from gateway.legal.rules import Unseen
from gateway.legal.service_effect import (
    Arrived,
    EffectFound,
    EffectStep,
    NotViewed,
    ServiceRuleFound,
    StatedByJudiciary,
    Viewed,
)
from gateway.notice.legal_effect import EFFECT_NAMES
from gateway.overview import dates_in_words
from gateway.overview.legal.legal_names import day_with_weekday, source_in_words
from gateway.runtime.bilingual import Words

NOT_SERVED: Final = Words(en="not served", fa="ابلاغ‌نشده")
"""By the rule, although the notice has arrived."""

NO_ARRIVAL: Final = Words(en="no arrival by that day is known", fa="تا آن روز وصولی ثبت نشده است")

_UNSEEN: Final[Mapping[Unseen, Words]] = {
    Unseen.SERVED: Words(
        en="arrival in the account is service; it is legal service until the notice is viewed, and actual service then",
        fa="وصول به حساب کاربری ابلاغ محسوب می‌شود؛ تا پیش از رؤیت ابلاغ قانونی و پس از آن ابلاغ واقعی است",
    ),
    Unseen.SERVED_AFTER: Words(
        en="a notice that is not viewed for {days} days counts as refused, and is served by law at their end",
        fa="ابلاغیه‌ای که تا {days} روز رؤیت نشود در حکم استنکاف است و در پایان آن مدت ابلاغ قانونی محسوب می‌شود",
    ),
    Unseen.NOT_SERVED: Words(en="only viewing is service", fa="ابلاغ تنها با رؤیت محقق می‌شود"),
}


def effect_name(found: EffectFound) -> Words:
    """Return the effect: legal service, actual service, or the reason for which there is none."""
    if found.effect is None:
        return NO_ARRIVAL if found.rule is None else NOT_SERVED
    return EFFECT_NAMES[found.effect]


def effect_step_in_words(step: EffectStep) -> Words:
    """Return the sentence of a step."""
    match step:
        case Arrived():
            day = day_with_weekday(step.day)
            if step.has_receipt:
                return Words(
                    en=f"By the judiciary's receipt, the notice arrived in the recipient's account on {day.en}.",
                    fa=f"به موجب رسید قوه قضاییه، ابلاغیه در روز {day.fa} به حساب کاربری مخاطب واصل شده است.",
                )
            return Words(
                en=f"No receipt of its arrival is known; by a later receipt, it had arrived by {day.en}.",
                fa=f"رسید وصول دریافت نشده است؛ به موجب رسید بعدی، ابلاغیه تا روز {day.fa} واصل شده است.",
            )
        case ServiceRuleFound(rule=rule):
            days = dates_in_words.number(rule.unseen_days or 0)
            means, source = _UNSEEN[rule.unseen].filled(days=days), source_in_words(rule.origin)
            return Words(
                en=f"By the rule of that day, {means.en}. Source: {source.en}.",
                fa=f"به موجب قاعده معتبر در آن روز، {means.fa}. مستند: {source.fa}.",
            )
        case Viewed():
            day = day_with_weekday(step.day)
            return Words(en=f"It was viewed on {day.en}.", fa=f"در روز {day.fa} رؤیت شده است.")
        case StatedByJudiciary():
            day = day_with_weekday(step.day)
            return Words(
                en=f"The judiciary states service by law on {day.en}.",
                fa=f"به اعلام قوه قضاییه، ابلاغ قانونی در روز {day.fa} انجام شده است.",
            )
        case NotViewed():
            return _not_viewed(step)
        case _:
            assert_never(step)


def effect_in_words(found: EffectFound) -> Words:
    """Return the sentence of the effect: the conclusion from its steps."""
    name = effect_name(found)
    if found.rule is None:
        return Words(
            en="No arrival by that day is known; nothing can be told of service.",
            fa="تا آن روز وصولی ثبت نشده است؛ درباره ابلاغ نمی‌توان چیزی گفت.",
        )
    if found.served_on is None:
        return Words(en=f"So it is {name.en}.", fa="بنابراین ابلاغ انجام نشده است.")
    day = day_with_weekday(found.served_on)
    if not found.arrival_known:
        return Words(
            en=f"So it was served by {day.en} at the latest, and it is {name.en}.",
            fa=f"بنابراین ابلاغ حداکثر تا {day.fa} انجام شده و نوع آن {name.fa} است.",
        )
    return Words(
        en=f"So the date of service is {day.en}, and it is {name.en}.",
        fa=f"بنابراین تاریخ ابلاغ، {day.fa} و نوع آن {name.fa} است.",
    )


def _not_viewed(step: NotViewed) -> Words:
    day = day_with_weekday(step.day)
    if step.counts_from is None:
        return Words(
            en=f"It was not viewed by {day.en}, so it is not served.",
            fa=f"تا روز {day.fa} رؤیت نشده و ابلاغ نشده است.",
        )
    served = day_with_weekday(step.counts_from)
    if step.counts_from <= step.day:
        return Words(
            en=f"It was not viewed by {day.en}; it is served by law since {served.en}.",
            fa=f"تا روز {day.fa} رؤیت نشده و ابلاغ قانونی از روز {served.fa} محقق شده است.",
        )
    return Words(
        en=f"It was not viewed by {day.en}; unless it is viewed, it is served by law on {served.en}.",
        fa=f"تا روز {day.fa} رؤیت نشده است؛ در صورت رؤیت‌نشدن، در روز {served.fa} ابلاغ قانونی محسوب می‌شود.",
    )
