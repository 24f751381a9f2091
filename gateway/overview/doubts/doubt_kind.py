"""Kinds of doubt, by what is known of the notice. Proven absence and ignorance are never one list."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.judiciary.courier import OF_MAPPING, UNCLEAR
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import (
    FOR_A_PERSON,
    HELD,
    NAMED,
    ORPHAN,
    PERSON_DECIDES,
    PROVEN_ABSENT,
    TICKET_LATE,
    TICKET_UNKNOWN,
    UNANSWERED,
    OutboxEntry,
)
from gateway.operations.recovery import FORGOTTEN
from gateway.runtime.bilingual import Words


class Certainty(StrEnum):
    """State of knowledge about notices in doubt; each is a list of its own."""

    ABSENT = "absent"
    """Proven not to have arrived: a person decides, and nothing can be doubled."""
    UNTOLD = "untold"
    """It may have arrived, and no inquiry settles that: a person asks by other means before a decision."""
    ASKED = "asked"
    """It may have arrived; the gateway asks by itself, and nobody has to act."""


class DoubtKind(StrEnum):
    """Kind of a doubt: its cause, or the reason why a person must act."""

    ABSENT = "absent"
    UNANSWERED = "unanswered"
    UNASKABLE = "unaskable"
    PREDECESSOR = "predecessor"
    TICKET_LATE = "ticket-late"
    ASKED_AGAIN = "asked-again"
    """It was proven not to have arrived, and a person has it asked about again."""
    NOT_KNOWN_ONCE = "not-known-once"
    """After the settling time the judiciary said once that it does not know it; one more answer proves its absence."""
    RECOVERY = "recovery"
    RECEIPT = "receipt"
    """A believed receipt in quarantine named it while it waited to be sent."""
    TICKET_FAILED = "ticket-failed"
    NOT_UNDERSTOOD = "not-understood"
    NOT_BELIEVED = "not-believed"
    """An answer came that does not verify, so that it says nothing."""
    FAULT = "fault"
    NO_ANSWER = "no-answer"


CERTAINTY_OF: Final[Mapping[DoubtKind, Certainty]] = dict.fromkeys(DoubtKind, Certainty.ASKED) | {
    DoubtKind.ABSENT: Certainty.ABSENT,
    DoubtKind.UNANSWERED: Certainty.UNTOLD,
    DoubtKind.UNASKABLE: Certainty.UNTOLD,
    DoubtKind.PREDECESSOR: Certainty.UNTOLD,
    DoubtKind.TICKET_LATE: Certainty.UNTOLD,
}

CERTAINTIES: Final[Mapping[Certainty, Words]] = {
    Certainty.ABSENT: Words(
        en="Proven not to have arrived", fa="ابلاغیه‌هایی که نرسیدن آن‌ها به قوه قضاییه ثابت شده است"
    ),
    Certainty.UNTOLD: Words(
        en="May have arrived; cannot be told by asking", fa="ابلاغیه‌هایی که رسیدن آن‌ها با استعلام روشن نمی‌شود"
    ),
    Certainty.ASKED: Words(en="May have arrived; being asked about", fa="ابلاغیه‌هایی که در حال استعلام است"),
}
"""Titles of the lists."""

DOUBTS: Final[Mapping[DoubtKind, Words]] = {
    DoubtKind.ABSENT: Words(en="proven not to have arrived", fa="نرسیدن آن ثابت شده است"),
    DoubtKind.UNANSWERED: Words(en="inquiries have not been answered for long", fa="مدت‌هاست استعلام بی‌پاسخ مانده است"),
    DoubtKind.UNASKABLE: Words(
        en="the judiciary's service takes no inquiries", fa="سامانه قوه قضاییه امکان استعلام ندارد"
    ),
    DoubtKind.PREDECESSOR: Words(
        en="nothing is known of the paper's earlier revision", fa="سرنوشت نسخه پیشین همین برگه معلوم نیست"
    ),
    DoubtKind.TICKET_LATE: Words(
        en="taken for processing, and no outcome in time", fa="برای رسیدگی دریافت شده و نتیجه آن به‌موقع اعلام نشده است"
    ),
    DoubtKind.ASKED_AGAIN: Words(en="asked about again by a person", fa="به درخواست متصدی دوباره استعلام می‌شود"),
    DoubtKind.NOT_KNOWN_ONCE: Words(
        en="not known to the judiciary so far; asked once more",
        fa="قوه قضاییه تاکنون آن را نشناخته است؛ یک بار دیگر استعلام می‌شود",
    ),
    DoubtKind.RECOVERY: Words(
        en="may have been sent before the database was restored",
        fa="شاید پیش از بازیابی پایگاه داده ارسال شده باشد",
    ),
    DoubtKind.RECEIPT: Words(
        en="a signed receipt about it came while it waited to be sent",
        fa="هنگام انتظار در صف، رسیدی با امضای قوه قضاییه درباره آن دریافت شد",
    ),
    DoubtKind.TICKET_FAILED: Words(en="its ticket led to no outcome", fa="کد پیگیری موقت آن به نتیجه نرسید"),
    DoubtKind.NOT_UNDERSTOOD: Words(
        en="the answer says nothing clear about it", fa="پاسخ قوه قضاییه درباره آن روشن نیست"
    ),
    DoubtKind.NOT_BELIEVED: Words(en="the answer does not verify", fa="پاسخی رسید که اصالت آن احراز نشد"),
    DoubtKind.FAULT: Words(en="the answer was an error", fa="پاسخ، پیام خطا بود"),
    DoubtKind.NO_ANSWER: Words(en="its sending was not answered", fa="به ارسال آن پاسخی داده نشد"),
}
"""Kinds in a few words, for a column."""


def is_undecided(entry: OutboxEntry) -> bool:
    """Return True for a notice in doubt that waits for a person, as the store's tally ``undecided`` counts them."""
    return entry.state is DeliveryState.IN_DOUBT and (entry.due_at is None or entry.code in FOR_A_PERSON)


def doubt_kind(entry: OutboxEntry) -> DoubtKind:
    """Return the kind of the doubt about a notice in `IN_DOUBT`."""
    if is_undecided(entry):
        return _undecided(entry)
    if entry.code in PROVEN_ABSENT:
        return DoubtKind.ASKED_AGAIN
    if entry.absences and entry.code not in PERSON_DECIDES:
        return DoubtKind.NOT_KNOWN_ONCE
    return _asked(entry, entry.code or "")


def is_not_understood(code: str) -> bool:
    """Return True for the code of a doubt that began with an answer which nobody here understands."""
    return code == UNCLEAR or code.startswith(OF_MAPPING)


def certainty(entry: OutboxEntry) -> Certainty:
    """Return the list that a notice in `IN_DOUBT` belongs to."""
    return CERTAINTY_OF[doubt_kind(entry)]


def _undecided(entry: OutboxEntry) -> DoubtKind:
    if entry.code in PROVEN_ABSENT:
        return DoubtKind.ABSENT
    known = {
        UNANSWERED: DoubtKind.UNANSWERED,
        ORPHAN: DoubtKind.PREDECESSOR,
        TICKET_LATE: DoubtKind.TICKET_LATE,
    }
    return known.get(entry.code or "", DoubtKind.UNASKABLE)


def _asked(entry: OutboxEntry, code: str) -> DoubtKind:
    if code == FORGOTTEN or code in HELD:
        return DoubtKind.RECOVERY
    if code == NAMED:
        return DoubtKind.RECEIPT
    if is_not_understood(code):
        return DoubtKind.NOT_UNDERSTOOD
    if entry.doubt_fault is not None:
        return DoubtKind.FAULT
    if code == TICKET_UNKNOWN or (entry.ticket is not None and not code.startswith("courier.")):
        return DoubtKind.TICKET_FAILED
    return DoubtKind.NOT_BELIEVED if code.startswith("verify.") else DoubtKind.NO_ANSWER
