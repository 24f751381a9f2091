"""A doubt explained: what is known, what was asked and answered, and what each decision of a person would mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import HELD, OutboxEntry
from gateway.operations.intervention import DoubtDecision
from gateway.overview import dates_in_words
from gateway.overview.dates_in_words import as_it_came, number
from gateway.overview.doubts.doubt_kind import CERTAINTY_OF, DOUBTS, Certainty, DoubtKind, doubt_kind
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE
from gateway.store.stored import HistoryEvent

_E, _D, _K = DeliveryEvent, DoubtDecision, DoubtKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Inquiry about the notice in the present doubt: the time of its answer, or of giving up on one; and the answer.

    ``record`` is the id of the answer's record; None if none came.
    """

    at: datetime
    words: Words
    record: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Meaning of one decision.

    ``name`` is the decision in words, ``means`` its effect, ``warning`` the harm that it may do (None: it does none).
    ``refusal`` says why it cannot be taken now (None: it can); ``possible_from`` is the end of that, if time ends it.
    """

    decision: DoubtDecision
    name: Words
    means: Words
    warning: Words | None
    refusal: Words | None = None
    possible_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedDoubt:
    """Doubt about a notice: its list (``certainty``), its kind in a few words, and the facts that are known, in order.

    ``settled_at`` is the time from which on no message that was sent can arrive any more. ``next_inquiry`` is the time
    of the gateway's next question (None: it asks no more by itself).
    """

    reference: str
    kind: DoubtKind
    certainty: Certainty
    title: Words
    known: Sequence[Words]
    inquiries: Sequence[Inquiry]
    decisions: Sequence[Meaning]
    settled_at: datetime
    next_inquiry: datetime | None


DECISIONS: Final[Mapping[DoubtDecision, Words]] = {
    _D.SUBMITTED: Words(en="Count it as received by the judiciary", fa="دریافت‌شده از سوی قوه قضاییه تلقی شود"),
    _D.QUEUED: Words(en="Send it again", fa="دوباره ارسال شود"),
    _D.WITHDRAWN: Words(en="Withdraw it", fa="پس گرفته شود"),
}
"""Decisions in words."""

_CORRECTED: Final = Words(
    en="It is never sent again. The gateway waits for the judiciary's receipt, which corrects a wrong decision.",
    fa="دیگر ارسال نمی‌شود و درگاه منتظر رسید قوه قضاییه می‌ماند؛ رسید، تصمیم نادرست را اصلاح می‌کند.",
)
_ENDS: Final = Words(
    en="It ends here, and the issuing body may issue a new revision of the paper.",
    fa="کار آن در درگاه پایان می‌یابد و مرجع صادرکننده می‌تواند نسخه تازه‌ای از برگه صادر کند.",
)
MEANINGS: Final[Mapping[Certainty, Mapping[DoubtDecision, tuple[Words, Words | None]]]] = {
    Certainty.ABSENT: {
        _D.SUBMITTED: (
            _CORRECTED,
            Words(
                en="It is proven that it did not arrive: so it is never served, and no receipt will come. Decide so "
                "only if the judiciary has told you its tracking number.",
                fa="ثابت شده است که این ابلاغیه نرسیده است؛ پس هرگز ابلاغ نمی‌شود و رسیدی نخواهد آمد. تنها در صورتی "
                "چنین تصمیمی بگیرید که قوه قضاییه شماره رهگیری آن را اعلام کرده باشد.",
            ),
        ),
        _D.QUEUED: (
            Words(
                en="It is sent again. No earlier message arrived or can arrive any more, so it is not served twice.",
                fa="دوباره ارسال می‌شود. پیام‌های پیشین نرسیده‌اند و دیگر نخواهند رسید؛ پس دو بار ابلاغ نمی‌شود.",
            ),
            None,
        ),
        _D.WITHDRAWN: (_ENDS, None),
    },
    Certainty.UNTOLD: {
        _D.SUBMITTED: (
            _CORRECTED,
            Words(
                en="If it did not arrive, it is never served, and no receipt will come.",
                fa="اگر نرسیده باشد، هرگز ابلاغ نمی‌شود و رسیدی نخواهد آمد.",
            ),
        ),
        _D.QUEUED: (
            Words(en="It is sent again.", fa="دوباره ارسال می‌شود."),
            Words(
                en="If it did arrive, it is served twice, and a second deadline may begin. Ask the judiciary first.",
                fa="اگر رسیده باشد، ابلاغ دومی انجام می‌شود و ممکن است مهلت دومی آغاز شود. نخست از قوه قضاییه بپرسید.",
            ),
        ),
        _D.WITHDRAWN: (
            _ENDS,
            Words(
                en="If it did arrive, its service stands all the same, and a new revision would be a second service.",
                fa="اگر رسیده باشد، ابلاغ آن به قوت خود باقی است و نسخه تازه، ابلاغ دوم خواهد بود.",
            ),
        ),
    },
}
"""List of doubts → decision → effect, and the harm that it may do. Notices that are being asked about have those of
`Certainty.UNTOLD`."""

_OF_PREDECESSOR: Final = Words(
    en="It is sent. That is right only if the earlier revision was rejected or withdrawn.",
    fa="ارسال می‌شود. این تصمیم تنها در صورتی درست است که نسخه پیشین رد یا پس گرفته شده باشد.",
)

_RESTORED: Final = Words(
    en="The gateway's database was restored or made anew; it does not know what was sent before.",
    fa="پایگاه داده درگاه بازیابی یا از نو ساخته شده است و از ارسال‌های پیش از آن اطلاعی ندارد.",
)
_BEGAN: Final[Mapping[DoubtKind, Words]] = {
    _K.RECOVERY: _RESTORED,
    _K.RECEIPT: Words(
        en="While it waited to be sent, a receipt about it came that the judiciary signed. So it may have arrived.",
        fa="هنگام انتظار آن در صف، رسیدی با امضای قوه قضاییه درباره آن دریافت شد؛ پس شاید رسیده باشد.",
    ),
    _K.FAULT: Words(
        en="The judiciary's service answered the sending with the error {fault}, which does not tell whether the "
        "notice was taken.",
        fa="سامانه قوه قضاییه به ارسال آن با پیام خطای {fault} پاسخ داد و این پاسخ نشان نمی‌دهد ابلاغیه دریافت "
        "شده است یا نه.",
    ),
    _K.NOT_UNDERSTOOD: Words(
        en="An answer came that says nothing clear about this notice: {reason}.",
        fa="پاسخی رسید که درباره این ابلاغیه روشن نیست: {reason}.",
    ),
    _K.NOT_BELIEVED: Words(
        en="An answer came whose signature does not verify, so that it does not count. It is kept in quarantine.",
        fa="پاسخی رسید که امضای آن احراز نشد و به آن استناد نمی‌شود؛ این پاسخ در قرنطینه نگهداری می‌شود.",
    ),
    _K.PREDECESSOR: Words(
        en="The gateway's database was lost, and nothing is known here of the earlier revision of the same paper.",
        fa="پایگاه داده درگاه از دست رفته و از سرنوشت نسخه پیشین همین برگه در درگاه اطلاعی نیست.",
    ),
}
_BEGAN_BY_EVENT: Final[Mapping[DeliveryEvent, Words]] = {
    _E.LOST_ANSWER: Words(en="No answer to the sending came.", fa="به ارسال آن پاسخی داده نشد."),
    _E.LEASE_EXPIRY: Words(
        en="The sending was interrupted before an answer came.", fa="ارسال پیش از دریافت پاسخ قطع شد."
    ),
    _E.TICKET_FAILURE: Words(
        en="The judiciary took it for processing under the ticket {ticket}, and no outcome came of that.",
        fa="قوه قضاییه آن را با کد پیگیری موقت {ticket} برای رسیدگی دریافت کرد، ولی نتیجه‌ای به دست نیامد.",
    ),
    _E.RECOVERY: Words(
        en="It may have arrived without a record here: the gateway's database was restored or made anew, or a receipt "
        "that the judiciary signed names it.",
        fa="شاید بدون ثبت در این درگاه رسیده باشد: پایگاه داده درگاه بازیابی یا از نو ساخته شده، یا رسیدی با امضای "
        "قوه قضاییه درباره آن دریافت شده است.",
    ),
}
_SIGNED_FOR: Final = Words(
    en="A receipt about it, signed by the judiciary, lies in quarantine: something arrived. It is not sent again while "
    "that receipt is there.",
    fa="رسیدی با امضای قوه قضاییه درباره آن در قرنطینه است؛ یعنی ابلاغیه‌ای رسیده است و تا زمانی که آن رسید در قرنطینه "
    "است، دوباره ارسال نمی‌شود.",
)
_ANSWERS: Final[Mapping[DeliveryEvent, Words]] = {
    _E.UNKNOWN_TO_PEER: Words(
        en="The judiciary answered that it does not know the notice.",
        fa="قوه قضاییه پاسخ داد که این ابلاغیه را نمی‌شناسد.",
    ),
    _E.INQUIRY_UNANSWERED: Words(
        en="No answer came that says anything about the notice.", fa="پاسخی که وضعیت ابلاغیه را روشن کند دریافت نشد."
    ),
}


def explain_doubt(
    entry: OutboxEntry,
    history: Sequence[HistoryEvent],
    settle_after: timedelta,
    now: datetime,
    *,
    unasked: bool = False,
    receipt_waits: bool = False,
) -> ExplainedDoubt:
    """Explain the doubt about a notice in `IN_DOUBT`.

    ``history`` are all of its steps. ``settle_after`` is the settling time of the configuration. ``unasked`` is True if
    a `gateway.store.store_fingerprint.Recovery` forgot the notice: then no decision is possible before an inquiry.
    ``receipt_waits`` is True if a believed receipt in quarantine names it: then nobody sends it again, and two answers
    "not known" prove no absence.
    """
    kind = doubt_kind(entry)
    settled_at = (entry.doubt_since or entry.state_since) + settle_after
    inquiries = [] if kind is _K.UNASKABLE else list(_inquiries(history))
    return ExplainedDoubt(
        reference=entry.reference,
        kind=kind,
        certainty=CERTAINTY_OF[kind],
        title=DOUBTS[kind],
        known=list(_known(entry, kind, history, inquiries, settled_at, now, receipt_waits=receipt_waits)),
        inquiries=inquiries,
        decisions=[
            _meaning(each, kind, settled_at, now, unasked=unasked, receipt_waits=receipt_waits)
            for each in DoubtDecision
        ],
        settled_at=settled_at,
        next_inquiry=entry.due_at,
    )


def _present(history: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """Return the steps of the present doubt, its first one included."""
    steps: list[HistoryEvent] = []
    for step in reversed(history):
        if step.state is not DeliveryState.IN_DOUBT:
            break
        steps.insert(0, step)
    return steps


def _inquiries(history: Sequence[HistoryEvent]) -> Iterator[Inquiry]:
    for step in _present(history):
        if (words := _ANSWERS.get(step.event)) is not None:
            yield Inquiry(at=step.learned_at, words=words, record=step.evidence_id)


def _known(
    entry: OutboxEntry,
    kind: DoubtKind,
    history: Sequence[HistoryEvent],
    inquiries: Sequence[Inquiry],
    settled_at: datetime,
    now: datetime,
    *,
    receipt_waits: bool,
) -> Iterator[Words]:
    sent = [step.occurred_at for step in history if step.event is _E.CLAIM]
    yield _sent(sent)
    yield _began(entry, kind, history)
    if kind is _K.RECEIPT and entry.reason and entry.reason not in HELD:
        named = as_it_came(entry.reason)
        yield Words(en="That receipt in quarantine: {item}.", fa="آن رسید در قرنطینه: {item}.").filled(item=named)
    since = dates_in_words.moment(entry.doubt_since or entry.state_since)
    yield Words(en=f"It has been in doubt since {since.en}.", fa=f"وضعیت آن از تاریخ {since.fa} نامعلوم است.")
    yield _asked(kind, inquiries)
    yield _settled(settled_at, now)
    if receipt_waits:
        yield _SIGNED_FOR
    elif kind is _K.ABSENT:
        yield Words(
            en="After that time the judiciary answered twice that it does not know it: it did not arrive.",
            fa="پس از آن زمان قوه قضاییه دو بار پاسخ داده است که آن را نمی‌شناسد؛ پس ابلاغیه نرسیده است.",
        )
    yield _next(entry.due_at, now)


def _sent(sent: Sequence[datetime]) -> Words:
    if not sent:
        return Words(en="No sending of it is recorded here.", fa="ارسالی از آن در درگاه ثبت نشده است.")
    last, often = dates_in_words.moment(sent[-1]), number(len(sent))
    if len(sent) == 1:
        return Words(
            en=f"There was one attempt to send it, on {last.en}.",
            fa=f"یک بار، در تاریخ {last.fa}، اقدام به ارسال آن شده است.",
        )
    return Words(
        en=f"Attempts to send it: {often.en}, the last one on {last.en}.",
        fa=f"{often.fa} بار اقدام به ارسال آن شده است که آخرین بار در تاریخ {last.fa} بود.",
    )


def _began(entry: OutboxEntry, kind: DoubtKind, history: Sequence[HistoryEvent]) -> Words:
    first = next(iter(_present(history)), None)
    words = _BEGAN.get(kind) or _BEGAN_BY_EVENT.get(first.event if first else _E.ADMISSION, _RESTORED)
    nothing = Words(en="no words were given", fa="توضیحی داده نشده است")
    return words.filled(
        fault=as_it_came(entry.doubt_fault or "–"),
        reason=as_it_came(entry.reason) if entry.reason else nothing,
        ticket=as_it_came(entry.ticket or "–"),
    )


def _asked(kind: DoubtKind, inquiries: Sequence[Inquiry]) -> Words:
    if kind is _K.UNASKABLE:
        return Words(
            en="The judiciary's service takes no inquiries, so the gateway cannot ask.",
            fa="سامانه قوه قضاییه امکان استعلام ندارد و درگاه نمی‌تواند بپرسد.",
        )
    if not inquiries:
        return Words(en="It has not been asked about so far.", fa="تاکنون درباره آن استعلام نشده است.")
    unknown = sum(each.words is _ANSWERS[_E.UNKNOWN_TO_PEER] for each in inquiries)
    often, absent, silent = number(len(inquiries)), number(unknown), number(len(inquiries) - unknown)
    return Words(
        en=f'Inquiries: {often.en}; answered with "not known": {absent.en}; without a clear answer: {silent.en}.',
        fa=f"شمار استعلام‌ها: {often.fa}؛ پاسخ «نمی‌شناسد»: {absent.fa}؛ بدون پاسخ روشن: {silent.fa}.",
    )


def _settled(settled_at: datetime, now: datetime) -> Words:
    at = dates_in_words.moment(settled_at)
    if now < settled_at:
        return Words(
            en=f"Until {at.en} a message that was sent may still reach the judiciary.",
            fa=f"تا تاریخ {at.fa} ممکن است پیامی که ارسال شده است هنوز به قوه قضاییه برسد.",
        )
    return Words(
        en=f"Since {at.en}, by the settling time that is set, no earlier message can reach the judiciary any more.",
        fa=f"از تاریخ {at.fa}، بر پایه زمان انتظار تنظیم‌شده، دیگر پیامی از ارسال‌های پیشین به قوه قضاییه نمی‌رسد.",
    )


def _next(due_at: datetime | None, now: datetime) -> Words:
    if due_at is None:
        return Words(en="The gateway asks no more by itself.", fa="درگاه دیگر خودبه‌خود استعلام نمی‌کند.")
    if due_at <= now:
        return Words(en="The gateway asks again in the next round.", fa="درگاه در نوبت بعدی دوباره استعلام می‌کند.")
    at = dates_in_words.moment(due_at)
    return Words(en=f"The gateway asks again on {at.en}.", fa=f"درگاه در تاریخ {at.fa} دوباره استعلام می‌کند.")


def _meaning(
    decision: DoubtDecision, kind: DoubtKind, settled_at: datetime, now: datetime, *, unasked: bool, receipt_waits: bool
) -> Meaning:
    certain = Certainty.ABSENT if kind is _K.ABSENT and not receipt_waits else Certainty.UNTOLD
    means, warning = MEANINGS[certain][decision]
    if kind is _K.PREDECESSOR and decision is _D.QUEUED:
        means = _OF_PREDECESSOR
    refusal, possible_from = None, None
    if unasked:
        refusal = _catalogued("queue.unasked")
    elif receipt_waits and decision is _D.QUEUED:
        refusal = _catalogued("queue.receipt-waits")
    elif now < settled_at and decision is not _D.SUBMITTED:
        refusal, possible_from = _catalogued("queue.unsettled"), settled_at
    return Meaning(
        decision=decision,
        name=DECISIONS[decision],
        means=means,
        warning=warning,
        refusal=refusal,
        possible_from=possible_from,
    )


def _catalogued(code: str) -> Words:
    return Words(en=CATALOGUE[code].en, fa=CATALOGUE[code].fa)
