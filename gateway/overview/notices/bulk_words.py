"""Words for acts on many notices: the deeds with their effects and the harm that they may do, outcomes and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.operations.intervention import DoubtDecision
from gateway.overview.doubts.doubt_explained import MEANINGS
from gateway.overview.doubts.doubt_kind import Certainty
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE
from gateway.store.bulk_act import UNCHANGED, BulkDeed, BulkEnd

_D = BulkDeed

DEEDS: Final[Mapping[BulkDeed, Words]] = {
    _D.RETRY: Words(en="Send or ask now", fa="ارسال یا استعلام بی‌درنگ"),
    _D.HOLD: Words(en="Hold", fa="نگه داشتن"),
    _D.RELEASE: Words(en="Release", fa="آزاد کردن"),
    _D.WITHDRAW: Words(en="Withdraw", fa="پس گرفتن"),
    _D.OTHER_CHANNEL: Words(en="Serve through another channel", fa="ابلاغ به شیوه دیگر"),
    _D.WRITE_AGAIN: Words(en="Write the result into the row again", fa="نوشتن دوباره نتیجه در ردیف"),
    _D.SEND_ABSENT: Words(
        en="Send again what is proven not to have arrived", fa="ارسال دوباره مواردی که نرسیدن آن‌ها ثابت شده است"
    ),
    _D.WITHDRAW_ABSENT: Words(
        en="Withdraw what is proven not to have arrived", fa="پس گرفتن مواردی که نرسیدن آن‌ها ثابت شده است"
    ),
}
"""Deeds as choices."""

EFFECTS: Final[Mapping[BulkDeed, Words]] = {
    _D.RETRY: Words(
        en="Queued notices and dead letters are sent in the next round; doubts and pending ones are asked about.",
        fa="ابلاغیه‌های در صف و ارسال‌نشده در نوبت بعدی ارسال می‌شود و درباره موارد نامعلوم و در حال رسیدگی "
        "استعلام می‌شود.",
    ),
    _D.HOLD: Words(
        en="They are not sent, or not sent again, until somebody releases them.",
        fa="تا زمانی که آزاد نشوند ارسال، یا دوباره ارسال، نمی‌شوند.",
    ),
    _D.RELEASE: Words(
        en="What was held is sent again as usual.", fa="ابلاغیه‌های نگه‌داشته‌شده به روال عادی ارسال بازمی‌گردد."
    ),
    _D.WITHDRAW: Words(
        en="They end here. Nothing is taken back from the judiciary: only what was not sent, or certainly did not "
        "arrive, can be withdrawn.",
        fa="کار آن‌ها در درگاه پایان می‌یابد. چیزی از قوه قضاییه پس گرفته نمی‌شود؛ تنها ابلاغیه‌ای پس گرفته می‌شود که "
        "ارسال نشده یا نرسیدن آن ثابت شده است.",
    ),
    _D.OTHER_CHANNEL: Words(
        en="Electronic service of what has no account, or could not be delivered, ends.",
        fa="ابلاغ الکترونیک مواردی که حساب کاربری ندارد یا قابل تحویل نبوده است پایان می‌یابد.",
    ),
    _D.WRITE_AGAIN: Words(
        en="The state of each is written into its row of the case database once more.",
        fa="وضعیت هر ابلاغیه یک بار دیگر در ردیف آن در پایگاه پرونده‌ها نوشته می‌شود.",
    ),
    _D.SEND_ABSENT: MEANINGS[Certainty.ABSENT][DoubtDecision.QUEUED][0],
    _D.WITHDRAW_ABSENT: MEANINGS[Certainty.ABSENT][DoubtDecision.WITHDRAWN][0],
}

HARMS: Final[Mapping[BulkDeed, Words]] = {
    _D.RETRY: Words(
        en="Dead letters are old: make sure that their papers still hold before they are served.",
        fa="ابلاغیه‌های ارسال‌نشده قدیمی است: پیش از ابلاغ مطمئن شوید که اوراق آن‌ها هنوز معتبر است.",
    ),
    _D.HOLD: Words(
        en="While they are held, deadlines for service may pass.",
        fa="تا زمانی که نگه داشته شده‌اند، ممکن است مهلت ابلاغ آن‌ها سپری شود.",
    ),
    _D.RELEASE: Words(
        en="They are sent at once, and what was served cannot be taken back.",
        fa="بلافاصله ارسال می‌شوند و ابلاغ انجام‌شده بازگشت‌پذیر نیست.",
    ),
    _D.WITHDRAW: Words(
        en="This cannot be undone: the issuing body must issue a new revision of each paper.",
        fa="این کار بازگشت‌پذیر نیست: مرجع صادرکننده باید از هر برگه نسخه تازه‌ای صادر کند.",
    ),
    _D.OTHER_CHANNEL: Words(
        en="This cannot be undone: each must be served in another way, and nobody reminds you of it.",
        fa="این کار بازگشت‌پذیر نیست: هر یک باید به شیوه دیگری ابلاغ شود و درگاه آن را یادآوری نمی‌کند.",
    ),
    _D.WRITE_AGAIN: Words(
        en="Values that somebody has changed in these rows since are overwritten.",
        fa="مقدارهایی که پس از آن در این ردیف‌ها تغییر داده شده است بازنویسی می‌شود.",
    ),
    _D.SEND_ABSENT: Words(
        en="Time has passed meanwhile: make sure that the papers still hold and can be served in time.",
        fa="در این فاصله زمان گذشته است: مطمئن شوید که اوراق آن‌ها هنوز معتبر است و مهلت ابلاغ آن‌ها سپری نشده است.",
    ),
    _D.WITHDRAW_ABSENT: Words(
        en="This cannot be undone: the issuing body must issue a new revision of each paper.",
        fa="این کار بازگشت‌پذیر نیست: مرجع صادرکننده باید از هر برگه نسخه تازه‌ای صادر کند.",
    ),
}
"""Harm that a deed may do."""

OUTCOMES: Final[Mapping[str, Words]] = {
    "held": Words(en="held", fa="نگه داشته شد"),
    "released": Words(en="released", fa="آزاد شد"),
    "due": Words(en="to be sent now", fa="آماده ارسال شد"),
    "asked": Words(en="to be asked about now", fa="آماده استعلام شد"),
    "requeued": Words(en="put back into the queue", fa="به صف بازگشت"),
    "queued": Words(en="put back into the queue", fa="به صف بازگشت"),
    "withdrawn": Words(en="withdrawn", fa="پس گرفته شد"),
    "other-channel": Words(en="switched to another channel", fa="به شیوه دیگر ابلاغ منتقل شد"),
    "to-be-written": Words(en="to be written again", fa="آماده نوشتن دوباره شد"),
    UNCHANGED: Words(en="was so already", fa="از پیش چنین بود"),
}
"""Outcomes of notices. A failure has the code of its error instead (`outcome_words`)."""

ENDS: Final[Mapping[BulkEnd, Words]] = {
    BulkEnd.DONE: Words(en="every notice has its outcome", fa="نتیجه همه ابلاغیه‌ها روشن است"),
    BulkEnd.STOPPED: Words(en="stopped by a person", fa="به دستور متصدی متوقف شد"),
    BulkEnd.NOT_PERMITTED: Words(
        en="ended, since its person may not act on these notices any more",
        fa="پایان یافت، چون کاربر آن دیگر اجازه اقدام درباره این ابلاغیه‌ها را ندارد",
    ),
    BulkEnd.RESTORED: Words(
        en="ended, since the gateway's database was restored meanwhile",
        fa="پایان یافت، چون در این فاصله پایگاه داده درگاه بازیابی شد",
    ),
}


def outcome_words(outcome: str) -> Words:
    """Return an outcome, or the meaning of an error's code, in words."""
    entry = CATALOGUE.get(outcome)
    return OUTCOMES.get(outcome) or (Words(en=entry.en, fa=entry.fa) if entry else Words(en=outcome, fa=outcome))
