"""Items of the quarantine explained: what came, why it is not believed, what follows, and what a person can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.judiciary.courier import OF_MAPPING
from gateway.overview import dates_in_words
from gateway.quarantine.quarantine import DISMISSED, KNOWN, RELEASED
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.sending.late_outcome import CONTRADICTED
from gateway.store.stored import Quarantined, QuarantineKind
from gateway.store.waiting_receipt import ARCHIVE_AWAY, IMPLAUSIBLE

KINDS_OF_INPUT: Final[Mapping[QuarantineKind, Words]] = {
    QuarantineKind.RECEIPT: Words(en="receipt", fa="رسید"),
    QuarantineKind.ANSWER: Words(en="answer", fa="پاسخ"),
    QuarantineKind.MESSAGE: Words(en="pushed message", fa="پیام دریافتی"),
}

_FOLLOWS: Final[Mapping[QuarantineKind, Words]] = {
    QuarantineKind.RECEIPT: Words(
        en="The notice does not move by it: an arrival or a viewing may be known too late.",
        fa="وضعیت ابلاغیه با آن تغییر نکرده است؛ ممکن است وصول یا رؤیت آن دیر دانسته شود.",
    ),
    QuarantineKind.ANSWER: Words(
        en="Nothing rests on it. The gateway asks again by itself, as if no answer had come.",
        fa="به آن استناد نمی‌شود و درگاه، مانند زمانی که پاسخی نرسیده باشد، خودبه‌خود دوباره می‌پرسد.",
    ),
    QuarantineKind.MESSAGE: Words(
        en="Nothing of it was taken. Its sender was told so, and still has it.",
        fa="چیزی از آن پذیرفته نشده است؛ فرستنده از این موضوع آگاه شده است و پیام نزد او باقی است.",
    ),
}


_OF_CONTRADICTION: Final = Words(
    en="It was believed and moves no notice: the judiciary may have one twice, or against its state here.",
    fa="پاسخ معتبر است ولی وضعیت ابلاغیه را تغییر نداده است؛ شاید ابلاغیه دو بار یا خلاف این وضعیت ثبت باشد.",
)


class Remedy(StrEnum):
    """Act of a person on an item."""

    RELEASE = "release"
    DISMISS = "dismiss"


_DISMISS: Final = Words(
    en="Take it off the list once its origin is known. Its octets are kept, and nothing is accepted.",
    fa="پس از روشن شدن منشأ، از فهرست خارج کنید؛ محتوای آن نگهداری می‌شود و چیزی پذیرفته نمی‌شود.",
)
_RELEASE: Final = Words(
    en="Have it judged again, once the cause is mended; if it is right now, the notice moves by it.",
    fa="پس از رفع علت، بررسی دوباره را درخواست کنید؛ اگر اکنون معتبر باشد، در وضعیت ابلاغیه اعمال می‌شود.",
)
_READ_AGAIN: Final = Words(
    en="Have it read again by the mapping that is in force, once that is corrected.",
    fa="پس از اصلاح و فعال شدن نگاشت، خواندن دوباره آن را درخواست کنید.",
)
_APPLY_AS_IT_IS: Final = Words(
    en="Apply it as it is, if the judiciary confirms its time; evidence says that a person accepted it.",
    fa="اگر قوه قضاییه زمان آن را تأیید کرد، همان‌گونه که هست اعمال کنید؛ پذیرش آن به نام متصدی ثبت می‌شود.",
)


_APPLY_UNJUDGED: Final = Words(
    en="Needed only if the archive stays lost and the judiciary confirms the time: evidence says that a person "
    "accepted it. While the archive can be read, the receipt is judged again.",
    fa="تنها وقتی لازم است که بایگانی بازنگردد و قوه قضاییه زمان را تأیید کند؛ پذیرش آن به نام متصدی ثبت می‌شود. "
    "اگر بایگانی خوانده شود، رسید دوباره بررسی می‌شود.",
)
_OF_CODE: Final[Mapping[str, Words]] = {IMPLAUSIBLE: _APPLY_AS_IT_IS, ARCHIVE_AWAY: _APPLY_UNJUDGED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedItem:
    """Item of the quarantine.

    ``finding`` is the reason why it is not believed and ``remedy`` what the ``actor`` does about it, as the catalogue
    has them. ``follows`` is the effect on notices. ``acts`` has the words of each act that is possible; it is empty
    once the item has ended (``ended``: how and when).
    """

    digest: str
    code: str
    kind: Words
    origin: str
    received_at: datetime
    notice: str | None
    finding: Words
    follows: Words
    remedy: Words
    actor: Actor | None
    acts: Mapping[Remedy, Words]
    ended: Words | None


def explain_item(item: Quarantined) -> ExplainedItem:
    """Explain an item, open or ended."""
    entry = CATALOGUE.get(item.code)
    own = Words(en=item.detail, fa=item.detail)
    return ExplainedItem(
        digest=item.payload_digest,
        code=item.code,
        kind=KINDS_OF_INPUT[item.kind],
        origin=item.origin,
        received_at=item.received_at,
        notice=item.notice,
        finding=Words(en=entry.en, fa=entry.fa) if entry else own,
        follows=_OF_CONTRADICTION if item.code == CONTRADICTED else _FOLLOWS[item.kind],
        remedy=entry.on_page if entry else Words(en="", fa=""),
        actor=entry.actor if entry else None,
        acts={} if item.ended_at else _acts(item),
        ended=_ended(item),
    )


def _acts(item: Quarantined) -> dict[Remedy, Words]:
    if item.kind is not QuarantineKind.RECEIPT:
        return {Remedy.DISMISS: _DISMISS}
    release = _READ_AGAIN if item.code.startswith(OF_MAPPING) else _OF_CODE.get(item.code, _RELEASE)
    return {Remedy.RELEASE: release, Remedy.DISMISS: _DISMISS}


def _ended(item: Quarantined) -> Words | None:
    if item.ended_at is None:
        return None
    at = dates_in_words.moment(item.ended_at)
    if item.ended_as == RELEASED:
        return Words(en=f"Accepted on {at.en}, after a person released it.", fa=f"در تاریخ {at.fa} آزاد و پذیرفته شد.")
    if item.ended_as == DISMISSED:
        return Words(en=f"Dismissed on {at.en} by a person.", fa=f"در تاریخ {at.fa} به تصمیم متصدی کنار گذاشته شد.")
    if item.ended_as == KNOWN:
        return Words(
            en=f"Judged again by itself on {at.en}, and accepted.",
            fa=f"در تاریخ {at.fa} خودبه‌خود دوباره بررسی و پذیرفته شد.",
        )
    return Words(
        en=f"Judged again on {at.en}; it stands under another reason now.",
        fa=f"در تاریخ {at.fa} دوباره بررسی شد و اکنون به علت دیگری در قرنطینه است.",
    )
