"""Lines of a notice's timeline in words: the event, its detail, the record that proves it, and what was found of that.

The verdict is the gateway's finding at the time of recording. Only a verification now judges the record anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from gateway.audit.audit import CONNECTION_ONLY, SECRETS_REMOVED, SENT_UNSIGNED
from gateway.audit.audit_recipe import VERDICTS
from gateway.evidence.timeline import REPLACED, Element, Recorded, Timeline
from gateway.judiciary.courier import Operation
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import TIME_OF
from gateway.overview.dates_in_words import as_it_came
from gateway.overview.notice_words import DETAILS, EVENTS, STATES
from gateway.record.evidence_record import CARRIED_BY, UNSIGNED, EvidenceKind, Header
from gateway.record.masking import MASKED
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.verdict import Verdict
from gateway.store.stored import HistoryEvent
from gateway.trust.trust_policy import BY_CONNECTION, ELEMENT_OF_ANSWER, UNSEEN_SEAL

ACTS: Final[Mapping[str, Words]] = {
    "intake.enter": Words(en="entered it by hand", fa="ثبت دستی ابلاغیه"),
    "queue.retry": Words(en="had it processed at once", fa="دستور پردازش بی‌درنگ"),
    "queue.hold": Words(en="held it", fa="نگه داشتن ابلاغیه"),
    "queue.release": Words(en="released it", fa="آزاد کردن ابلاغیه"),
    "queue.withdraw": Words(en="withdrew it", fa="پس گرفتن ابلاغیه"),
    "queue.other-channel": Words(en="switched it to another channel", fa="تغییر به شیوه دیگر ابلاغ"),
    "queue.write-again": Words(en="had its state written into its row again", fa="دستور نوشتن دوباره نتیجه در ردیف"),
    "queue.decide": Words(en="decided a doubt", fa="تعیین تکلیف ابلاغیه نامعلوم"),
    "quarantine.release": Words(en="released a receipt from quarantine", fa="آزاد کردن رسید از قرنطینه"),
    "quarantine.dismiss": Words(en="dismissed an item of the quarantine", fa="کنار گذاشتن مورد قرنطینه"),
    "archive.hold": Words(en="ordered that nothing of it is deleted", fa="دستور نگهداری اسناد"),
    "archive.unhold": Words(en="ended the order that nothing of it is deleted", fa="پایان دستور نگهداری اسناد"),
}
"""Acts on a notice by their names."""

OPERATIONS: Final[Mapping[str, Words]] = {
    Operation.SUBMIT: Words(en="submission of notices", fa="ارسال ابلاغیه"),
    Operation.INQUIRE_STATUS: Words(en="inquiry about notices", fa="استعلام ابلاغیه"),
    Operation.INQUIRE_TICKET: Words(en="question about a ticket", fa="استعلام کد پیگیری موقت"),
    Operation.FETCH_RECEIPTS: Words(en="fetch of receipts", fa="دریافت رسیدها"),
    Operation.BRING_RECEIPTS: Words(en="receipts pushed by the judiciary", fa="رسیدهای ارسالی قوه قضاییه"),
}
"""Operations of messages by their names."""

_MORE_DETAILS: Final[Mapping[str, Words]] = {
    REPLACED: Words(
        en="replaced before it was sent: the gateway's clock was ahead",
        fa="پیش از ارسال جایگزین شد: ساعت درگاه هنگام مهر نخست جلو بود",
    ),
    ELEMENT_OF_ANSWER: Words(en=ELEMENT_OF_ANSWER, fa="بخشی از پاسخ قوه قضاییه"),
    UNSEEN_SEAL: Words(en=UNSEEN_SEAL, fa="قوه قضاییه مهر مرجع صادرکننده را ندیده است"),
}

UNREADABLE: Final = Words(en="The header cannot be read.", fa="سرآیند رکورد خوانا نیست.")
"""Finding about a record whose header has another form than its one."""

_WITHOUT_ANSWER: Final = frozenset({DeliveryEvent.LOST_ANSWER.value, DeliveryEvent.INQUIRY_UNANSWERED.value})
_FAULT: Final = Words(en="The judiciary answered with the error {fault}", fa="قوه قضاییه با پیام خطای {fault} پاسخ داد")
_NOT_BELIEVED: Final = Words(
    en="Something came in the place of an answer, and is not believed",
    fa="به جای پاسخ، چیزی رسید که معتبر شناخته نشد",
)
_NOT_CLEAR: Final = Words(en="An answer came that says nothing certain", fa="پاسخی آمد که وضعیت ابلاغیه را روشن نمی‌کند")
_BY_PERSON: Final = Words(en="by an act of a person", fa="به دستور متصدی")
_NO_RECORD: Final = Words(en="no record: the gateway's own word", fa="بدون سند: تنها به گفته درگاه")
_OURS: Final = Words(en="recorded by the gateway", fa="ثبت‌شده از سوی درگاه")
_VERIFIED: Final = Words(
    en="signature and signer verified when it came", fa="امضا و امضاکننده هنگام دریافت راستی‌آزمایی شد"
)
_OF_SIGNED: Final = Words(
    en="part of a message whose signature was verified when it came",
    fa="بخشی از پیامی که امضای آن هنگام دریافت راستی‌آزمایی شد",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineLine:
    """Line of a timeline.

    ``event`` is a `gateway.notice.delivery_state.DeliveryEvent` or a `gateway.evidence.timeline.Recorded`. ``state`` is
    the notice's state after a step, in words. ``record`` is the id of the proof (None: the gateway's own word).
    ``verdict`` is the finding about a signature of others (None: there is none to judge), and ``finding`` its words.
    """

    event: str
    words: Words
    detail: Words | None
    state: Words | None
    occurred_at: datetime
    learned_at: datetime
    record: str | None
    verdict: Verdict | None
    finding: Words

    @property
    def sentence(self) -> Words:
        """Return the event with the state that it led to."""
        if self.state is None:
            return self.words
        return Words(en=f"{self.words.en}; state: {self.state.en}", fa=f"{self.words.fa}؛ وضعیت: {self.state.fa}")

    @property
    def serves(self) -> bool:
        """True for an event from which the date or the character of service follows."""
        return self.event in TIME_OF

    @property
    def verdict_words(self) -> Words | None:
        """Return the verdict as audits write it."""
        return None if self.verdict is None else VERDICTS[self.verdict]


def timeline_lines(timeline: Timeline, headers: Iterable[Header]) -> list[TimelineLine]:
    """Return the lines of a timeline, in its order. ``headers`` are the records that it was built from."""
    known = {header.id: header for header in headers}
    return [_line(each, known.get(each.record or "")) for each in timeline.elements]


def with_damage(
    lines: Iterable[TimelineLine], history: Sequence[HistoryEvent], damaged: Collection[str]
) -> list[TimelineLine]:
    """Return the lines; a step fails whose record is one of ``damaged``: it is here, and cannot be read."""
    failed = {(step.event.value, step.occurred_at) for step in history if step.evidence_id in damaged}
    return [
        replace(line, verdict=Verdict.FAILED, finding=UNREADABLE)
        if line.record is None and (line.event, line.occurred_at) in failed
        else line
        for line in lines
    ]


def _line(element: Element, header: Header | None) -> TimelineLine:
    verdict, finding = _finding(header)
    # The digest of a configuration and the names of its parts are for auditors: its record has them.
    hidden = element.detail is None or element.event == Recorded.CONFIGURATION
    detail = None if hidden else detail_in_words(element.event, element.detail or "")
    return TimelineLine(
        event=element.event,
        words=_words(element.event, header),
        detail=None if detail == finding else detail,
        state=None if element.state is None else STATES[DeliveryState(element.state)],
        occurred_at=parse_timestamp(element.occurred_at),
        learned_at=parse_timestamp(element.learned_at),
        record=element.record,
        verdict=verdict,
        finding=finding,
    )


def _words(event: str, header: Header | None) -> Words:
    """Return the event in words. Where an answer proves a step that says "no answer", the words say what came."""
    if header is None or event not in _WITHOUT_ANSWER:
        return EVENTS[event]
    if "refused" in header.context:
        return _NOT_BELIEVED
    if (fault := header.context.get("fault")) is not None:
        return _FAULT.filled(fault=as_it_came(fault))
    return _NOT_CLEAR


def detail_in_words(event: str, detail: str) -> Words:
    """Return the detail of an event in words, as far as there are any; else as it is (a digest, a judiciary's code)."""
    if (known := DETAILS.get(detail) or _MORE_DETAILS.get(detail)) is not None:
        return known
    if event == Recorded.ACT:
        return ACTS.get(detail) or as_it_came(detail)
    if detail in ACTS:  # the event says what was done
        return _BY_PERSON
    if (whole := _of_code(detail)) is not None:
        return whole
    first, rest = _parted(detail)
    if (operation := OPERATIONS.get(first) or _of_code(first)) is None:
        return as_it_came(detail)
    if first in OPERATIONS and event != Recorded.MESSAGE_SENT:
        operation = Words(en=f"in answer to: {operation.en}", fa=f"در پاسخ به {operation.fa}")
    if not rest:
        return operation
    more = DETAILS.get(rest) or as_it_came(rest)
    return Words(en=f"{operation.en}: {more.en}", fa=f"{operation.fa}: {more.fa}")


def _of_code(code: str) -> Words | None:
    entry = CATALOGUE.get(code)
    return None if entry is None else Words(en=entry.en, fa=entry.fa)


def _parted(detail: str) -> tuple[str, str]:
    """Return an operation, and a mark or the code of a fault behind it. The version of a profile is for programs."""
    first, _, rest = detail.partition(": ")
    return first.partition(" (")[0], rest


def _finding(header: Header | None) -> tuple[Verdict | None, Words]:
    """Return the finding; reasons for which others cannot judge a record are those of the audit."""
    if header is None:
        return None, _NO_RECORD
    code = header.context.get("refused")
    if code is not None:
        entry = CATALOGUE.get(code)
        return Verdict.FAILED, Words(en=entry.en, fa=entry.fa) if entry else as_it_came(code)
    if header.kind is EvidenceKind.MESSAGE_SENT and UNSIGNED in header.context:
        return Verdict.INDETERMINATE, SENT_UNSIGNED
    if MASKED in header.context:
        return Verdict.INDETERMINATE, SECRETS_REMOVED
    if header.kind not in (EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT):
        return None, _OURS
    if BY_CONNECTION in _passed(header):
        return Verdict.INDETERMINATE, CONNECTION_ONLY
    return Verdict.PASSED, _OF_SIGNED if CARRIED_BY in header.context else _VERIFIED


def _passed(header: Header) -> Sequence[str]:
    return header.context.get("passed", "").split("; ")
