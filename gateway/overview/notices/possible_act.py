"""Acts of a person on one notice: those that are possible now with their meaning, and why the others are not.

An act is possible if its own function (`gateway.operations.intervention`) would change the notice now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations import intervention
from gateway.operations.decision_obstacles import needs_inquiry
from gateway.operations.intervention import EntryChange
from gateway.overview.dates_in_words import as_it_came, moment
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, GatewayError


class NoticeAct(StrEnum):
    """Act on a notice. Its value is the name in records, and ends with the verb of the command line."""

    RETRY = "queue.retry"
    HOLD = "queue.hold"
    RELEASE = "queue.release"
    WITHDRAW = "queue.withdraw"
    OTHER_CHANNEL = "queue.other-channel"
    WRITE_AGAIN = "queue.write-again"

    @property
    def verb(self) -> str:
        return self.value.removeprefix("queue.")


_S, _A = DeliveryState, NoticeAct

DEEDS: Final[Mapping[NoticeAct, EntryChange]] = {
    _A.RETRY: intervention.retry,
    _A.HOLD: intervention.hold_notice,
    _A.RELEASE: intervention.release_notice,
    _A.WITHDRAW: intervention.withdraw,
    _A.OTHER_CHANNEL: intervention.switch_channel,
    _A.WRITE_AGAIN: intervention.rewrite,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleAct:
    """Act with its name and its meaning for one notice. ``refusal`` says why it is not possible; None: it is."""

    act: NoticeAct
    title: Words
    means: Words
    refusal: Words | None = None


TITLES: Final[Mapping[NoticeAct, Words]] = {
    _A.RETRY: Words(en="Send it now, or ask about it now", fa="ارسال یا استعلام بی‌درنگ"),
    _A.HOLD: Words(en="Hold it", fa="نگه داشتن"),
    _A.RELEASE: Words(en="Release it", fa="آزاد کردن"),
    _A.WITHDRAW: Words(en="Withdraw it", fa="پس گرفتن"),
    _A.OTHER_CHANNEL: Words(en="It is served otherwise", fa="ابلاغ به شیوه دیگر"),
    _A.WRITE_AGAIN: Words(en="Write its state into its row again", fa="نوشتن دوباره وضعیت در ردیف"),
}
"""Act → its title, in whatever state a notice is."""

_HELD_BY: Final = Words(
    en="Held on {at} by {account}, for this reason: {reason}.",
    fa="در تاریخ {at} به دستور {account} نگه داشته شده است، به این دلیل: {reason}.",
)

_SEND: Final = Words(en="Send it now", fa="ارسال بی‌درنگ")
_ASK: Final = Words(en="Ask about it now", fa="استعلام بی‌درنگ")

_TITLES_IN_STATE: Final[Mapping[tuple[NoticeAct, DeliveryState], Words]] = {
    (_A.RETRY, _S.QUEUED): _SEND,
    (_A.RETRY, _S.DEAD_LETTER): Words(en="Send it again", fa="ارسال دوباره"),
    (_A.RETRY, _S.PENDING): _ASK,
    (_A.RETRY, _S.IN_DOUBT): _ASK,
}

_MEANS: Final[Mapping[NoticeAct, Words]] = {
    _A.RETRY: Words(
        en="The gateway sends it, or asks the judiciary about it, in the next round.",
        fa="درگاه در نوبت بعدی آن را ارسال یا درباره آن از قوه قضاییه استعلام می‌کند.",
    ),
    _A.HOLD: Words(
        en="It is not sent until a person releases it.", fa="تا زمانی که متصدی آن را آزاد نکند ارسال نمی‌شود."
    ),
    _A.RELEASE: Words(
        en="Nothing keeps it from being sent any more; the gateway goes on with it by itself.",
        fa="دیگر مانعی برای ارسال آن نیست و درگاه خودبه‌خود کار آن را ادامه می‌دهد.",
    ),
    _A.WITHDRAW: Words(
        en="It ends here and is never sent. The issuing body may issue a new revision of the paper.",
        fa="کار آن در درگاه پایان می‌یابد و هرگز ارسال نمی‌شود. مرجع صادرکننده می‌تواند نسخه تازه‌ای از برگه صادر کند.",
    ),
    _A.OTHER_CHANNEL: Words(
        en="Electronic service ends here: record it once the notice is served through another channel.",
        fa="ابلاغ الکترونیک آن پایان می‌یابد؛ پس از اقدام برای ابلاغ به شیوه دیگر، آن را ثبت کنید.",
    ),
    _A.WRITE_AGAIN: Words(
        en="Its present state is written into its row of the case database once more, such as after somebody changed "
        "the row.",
        fa="وضعیت کنونی آن بار دیگر در ردیف پایگاه داده پرونده‌ها نوشته می‌شود؛ برای نمونه پس از تغییر دستی ردیف.",
    ),
}

_MEANS_IN_STATE: Final[Mapping[tuple[NoticeAct, DeliveryState], Words]] = {
    (_A.RETRY, _S.QUEUED): Words(
        en="It is sent in the next round instead of at its time.",
        fa="در نوبت بعدی، پیش از زمان مقرر خود، ارسال می‌شود.",
    ),
    (_A.RETRY, _S.DEAD_LETTER): Words(
        en="It returns to the queue and is sent in the next round; the time that it may wait begins anew.",
        fa="به صف بازمی‌گردد و در نوبت بعدی ارسال می‌شود؛ مهلت انتظار آن از نو آغاز می‌شود.",
    ),
    (_A.RETRY, _S.PENDING): Words(
        en="The judiciary is asked about its ticket in the next round. Nothing is sent again.",
        fa="در نوبت بعدی درباره کد پیگیری موقت آن از قوه قضاییه پرسیده می‌شود. چیزی دوباره ارسال نمی‌شود.",
    ),
    (_A.RETRY, _S.IN_DOUBT): Words(
        en="The judiciary is asked about it in the next round. Nothing is sent again.",
        fa="در نوبت بعدی درباره آن از قوه قضاییه استعلام می‌شود. چیزی دوباره ارسال نمی‌شود.",
    ),
    (_A.HOLD, _S.SENDING): Words(
        en="It is not sent again until a person releases it. The present sending goes on, and may arrive.",
        fa="تا آزاد نشود دوباره ارسال نمی‌شود. ارسال کنونی ادامه دارد و ممکن است برسد.",
    ),
    (_A.HOLD, _S.PENDING): Words(
        en="It is not sent again until a person releases it. The judiciary goes on with what it has.",
        fa="تا آزاد نشود دوباره ارسال نمی‌شود. قوه قضاییه رسیدگی به آنچه دریافت کرده است را ادامه می‌دهد.",
    ),
    (_A.HOLD, _S.IN_DOUBT): Words(
        en="It is not sent again until a person releases it. It may have arrived, and is still asked about.",
        fa="تا آزاد نشود دوباره ارسال نمی‌شود. ممکن است رسیده باشد و استعلام آن ادامه دارد.",
    ),
}

_HELD_ALL_THE_SAME: Final = Words(
    en=" It is held: it is not sent until it is released, too.",
    fa=" این ابلاغیه نگه داشته شده است و تا آزاد نشود ارسال نمی‌شود.",
)

_ALREADY: Final[Mapping[NoticeAct, Words]] = {
    _A.RETRY: Words(
        en="It is due already, and comes with the next round.", fa="نوبت آن رسیده است و در نوبت بعدی انجام می‌شود."
    ),
    _A.HOLD: Words(en="It is held already.", fa="هم‌اکنون نگه داشته شده است."),
    _A.RELEASE: Words(en="It is not held.", fa="نگه داشته نشده است."),
    _A.WITHDRAW: Words(en="It is withdrawn already.", fa="پیش از این پس گرفته شده است."),
    _A.OTHER_CHANNEL: Words(en="That is recorded already.", fa="ابلاغ به شیوه دیگر پیش از این ثبت شده است."),
    _A.WRITE_AGAIN: Words(
        en="Its state is still to be written; the gateway does it by itself.",
        fa="وضعیت آن هنوز نوشته نشده است و درگاه خودبه‌خود آن را می‌نویسد.",
    ),
}
"""Act → why it would change nothing."""

_BEING_SENT: Final = Words(en="It is being sent at this moment.", fa="هم‌اکنون در حال ارسال است.")
_IN_DOUBT: Final = Words(
    en="It may have arrived. Decide the doubt instead.",
    fa="ممکن است رسیده باشد؛ به جای آن، مورد نامعلوم را تعیین تکلیف کنید.",
)
_WITH_JUDICIARY: Final = Words(
    en="The judiciary has it, and only the judiciary could take it back.",
    fa="نزد قوه قضاییه است و تنها همان مرجع می‌تواند آن را بازگرداند.",
)
_ENDED: Final = Words(
    en="Its electronic service has ended; nothing is sent any more.",
    fa="کار ابلاغ الکترونیک آن پایان یافته است و چیزی ارسال نمی‌شود.",
)
_IN_STATE: Final[Mapping[DeliveryState, Words]] = {
    _S.SENDING: _BEING_SENT,
    _S.IN_DOUBT: _IN_DOUBT,
    **dict.fromkeys((_S.PENDING, _S.SUBMITTED, _S.DELIVERED, _S.VIEWED), _WITH_JUDICIARY),
    **dict.fromkeys((_S.REJECTED, _S.NO_ACCOUNT, _S.UNDELIVERABLE, _S.OTHER_CHANNEL, _S.WITHDRAWN), _ENDED),
}
"""State → why an act that would change the notice's way is not possible in it."""

_NO_OBSTACLE: Final = Words(
    en="Only a notice whose recipient has no account, or that could not be delivered, is served otherwise.",
    fa="تنها ابلاغیه‌ای که مخاطب آن حساب کاربری ندارد یا تحویل آن ممکن نشده است به شیوه دیگر ابلاغ می‌شود.",
)


def possible_acts(
    entry: OutboxEntry, now: datetime, *, unasked: bool = False, disputed: bool = False
) -> list[PossibleAct]:
    """Return every act on a notice, with the reason of those that are not possible now.

    ``unasked`` is True if a `gateway.store.store_fingerprint.Recovery` forgot the notice: then no act ends it before an
    inquiry. ``disputed`` is True if a believed receipt of it is in quarantine: then it is not served otherwise.
    """
    return [_possible(act, entry, now, unasked=unasked, disputed=disputed) for act in NoticeAct]


def _possible(act: NoticeAct, entry: OutboxEntry, now: datetime, *, unasked: bool, disputed: bool) -> PossibleAct:
    key = act, entry.state
    means = _MEANS_IN_STATE.get(key, _MEANS[act])
    if act is _A.RETRY and entry.held:
        means = Words(en=means.en + _HELD_ALL_THE_SAME.en, fa=means.fa + _HELD_ALL_THE_SAME.fa)
    return PossibleAct(
        act=act,
        title=_TITLES_IN_STATE.get(key, TITLES[act]),
        means=means,
        refusal=_refusal(act, entry, now, unasked=unasked, disputed=disputed),
    )


def _refusal(act: NoticeAct, entry: OutboxEntry, now: datetime, *, unasked: bool, disputed: bool) -> Words | None:
    try:
        change = DEEDS[act](entry, now)
    except GatewayError:
        return _NO_OBSTACLE if act is _A.OTHER_CHANNEL else _IN_STATE[entry.state]
    if change.step is None and change.mark is None:
        return _ALREADY[act]
    if change.step is not None and unasked and needs_inquiry(entry, change.step):
        return _catalogued("queue.unasked")
    if change.step is not None and disputed and act is _A.OTHER_CHANNEL:
        return _catalogued("queue.receipt-waits")
    return None


def _catalogued(code: str) -> Words:
    entry = CATALOGUE[code]
    return Words(en=f"{entry.en}.".capitalize(), fa=entry.fa)


def held_by(at: datetime, account: str, reason: str) -> Words:
    """Return the hold of a notice by a person, which a release ends."""
    return _HELD_BY.filled(at=moment(at), account=as_it_came(account), reason=as_it_came(reason))
