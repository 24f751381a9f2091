"""Names of the states and events of a version, and of its subjects, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.judiciary.capabilities import Capabilities, InquiryWay, ReceiptWay, SealPlace
from gateway.overview.dates_in_words import as_it_came, moment
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp
from gateway.store.version_state import MappingEvent, MappingState
from gateway.versions.lineage import BEGUN_FROM, COLUMNS_OF

_S, _E = MappingState, MappingEvent

SUBJECTS: Final[Mapping[Subject, Words]] = {
    Subject.ROWS: Words(en="Mapping of rows", fa="نگاشت ردیف‌ها"),
    Subject.RESULTS: Words(en="Mapping of results", fa="نگاشت نتیجه‌ها"),
    Subject.PROFILE: Words(en="Judiciary profile", fa="پروفایل قوه قضاییه"),
    Subject.RULES: Words(en="Rules of service", fa="قواعد ابلاغ"),
    Subject.CALENDAR: Words(en="Office calendar", fa="تقویم اداری"),
}

STATES: Final[Mapping[MappingState, Words]] = {
    _S.DRAFT: Words(en="Draft", fa="پیش‌نویس"),
    _S.CHECKED: Words(en="Checked", fa="بررسی‌شده"),
    _S.SUBMITTED: Words(en="Waiting for approval", fa="در انتظار تأیید"),
    _S.APPROVED: Words(en="Approved", fa="تأییدشده"),
    _S.ACTIVE: Words(en="Put in force", fa="جاری‌شده"),
    _S.RETIRED: Words(en="Retired", fa="کنارگذاشته"),
}
"""A version that was once put in force is so named for good; `version_standing` says if it still is."""

EVENTS: Final[Mapping[MappingEvent, Words]] = {
    _E.IMPORT: Words(en="Imported", fa="وارد شد"),
    _E.CHECK: Words(en="Checked", fa="بررسی شد"),
    _E.SUBMISSION: Words(en="Submitted for approval", fa="برای تأیید ارائه شد"),
    _E.APPROVAL: Words(en="Approved by another person", fa="شخص دیگری تأیید کرد"),
    _E.ACTIVATION: Words(en="Put in force", fa="جاری شد"),
    _E.RESTORATION: Words(en="Put in force again", fa="دوباره جاری شد"),
    _E.RETIREMENT: Words(en="Retired", fa="کنار گذاشته شد"),
}

_EVERY_NOTICE: Final = Words(en="all notices", fa="همه ابلاغیه‌ها")
_BEGUN_FROM: Final = Words(en="begun from {what}", fa="بر پایه {what}")
_COLUMNS_OF: Final = Words(en="columns found in {what}", fa="ستون‌های آن در {what} یافته شد")
_RULES_OF: Final = Words(en="rules of {what}", fa="قواعد {what}")
_CALENDAR_OF: Final = Words(en="calendar of {what}", fa="تقویم {what}")
_BEGINNINGS: Final = (
    (BEGUN_FROM, _BEGUN_FROM),
    (COLUMNS_OF, _COLUMNS_OF),
    ("rules of ", _RULES_OF),
    ("calendar of ", _CALENDAR_OF),
)
_FROM: Final = Words(en="for {what} from {at} (Tehran)", fa="برای {what} از {at}")


def place_words(place: str) -> Words:
    """Return the place for which a version is in force: a source or a destination by its name, or all notices."""
    return _EVERY_NOTICE if place == EVERY_NOTICE else as_it_came(place)


def detail_words(detail: str) -> Words:
    """Return the detail of a step in words, as far as there are any (`gateway.versions.version_plans` writes it)."""
    for beginning, words in _BEGINNINGS:
        if detail.startswith(beginning):
            return words.filled(what=as_it_came(detail.removeprefix(beginning)))
    what, separator, at = detail.rpartition(" from ")
    try:
        return _FROM.filled(what=place_words(what), at=moment(parse_timestamp(at))) if separator else as_it_came(detail)
    except ValueError:
        return as_it_came(detail)


_INQUIRY: Final[Mapping[InquiryWay, Words]] = {
    InquiryWay.BY_REFERENCE: Words(
        en="It can be asked what became of a notice, by our reference: a lost answer is settled without sending twice.",
        fa="وضعیت هر ابلاغیه را می‌توان با شماره خودمان استعلام کرد؛ پاسخ گم‌شده بدون ارسال دوباره روشن می‌شود.",
    ),
    InquiryWay.NONE: Words(
        en="It cannot be asked what became of a notice: after a lost answer a person decides.",
        fa="وضعیت ابلاغیه را نمی‌توان استعلام کرد؛ پس از پاسخ گم‌شده، شخصی باید تصمیم بگیرد.",
    ),
}
_RECEIPTS: Final[Mapping[ReceiptWay, Words]] = {
    ReceiptWay.CURSOR: Words(en="Receipts are fetched page by page.", fa="رسیدها صفحه به صفحه از سرویس دریافت می‌شود."),
    ReceiptWay.POLL: Words(en="Receipts are asked for notice by notice.", fa="رسید هر ابلاغیه جداگانه درخواست می‌شود."),
    ReceiptWay.CALLBACK: Words(
        en="The judiciary brings receipts to an address of ours.", fa="قوه قضاییه رسیدها را به نشانی ما می‌فرستد."
    ),
}
_SEAL: Final[Mapping[SealPlace, Words]] = {
    SealPlace.INSIDE: Words(
        en="The sealed notice travels inside the message.", fa="ابلاغیه مهرشده درون پیام فرستاده می‌شود."
    ),
    SealPlace.ATTACHMENT: Words(
        en="The sealed notice travels as an attachment of the message.", fa="ابلاغیه مهرشده پیوست پیام فرستاده می‌شود."
    ),
    SealPlace.NONE: Words(
        en="The judiciary gets the data of the notice; its seal stays in our archive.",
        fa="داده‌های ابلاغیه به قوه قضاییه می‌رسد و مهر آن تنها در بایگانی ما می‌ماند.",
    ),
}
_BATCHES: Final[Mapping[bool, Words]] = {
    True: Words(en="One message may carry several notices.", fa="هر پیام می‌تواند چند ابلاغیه داشته باشد."),
    False: Words(en="Each message carries one notice.", fa="هر پیام یک ابلاغیه دارد."),
}
_REPLAY: Final = Words(
    en="The service looks for repetitions first: some of its faults prove that it acted on nothing.",
    fa="سرویس نخست تکراری بودن را بررسی می‌کند؛ پس برخی خطاهای آن ثابت می‌کند که هیچ اقدامی نشده است.",
)


def capability_words(able: Capabilities) -> list[Words]:
    """Return sentences that say what a judiciary's service can do, and what it cannot."""
    said = [_INQUIRY[able.inquiry], _RECEIPTS[able.receipts], _SEAL[able.seal], _BATCHES[able.batches]]
    return [*said, _REPLAY] if able.replay_check_first else said
