"""The recipe by which an evidence file is judged: what each check asks, and what its verdicts mean. Code, report and
`docs/evidence-file.md` share it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One thing in both languages."""

    en: str
    fa: str


class EvidenceCheck(StrEnum):
    """One step of the recipe."""

    CONTAINER = "1 container"
    MANIFEST = "2 manifest"
    SIGNATURE = "3 signature"
    SIGNED_AT = "4 time of signature"
    RECORDS = "5 records"
    PAYLOADS = "6 payloads"
    INCLUSION = "7 inclusion"
    CHECKPOINT = "8 checkpoint"
    TIME = "9 time of checkpoint"
    SEAL = "10 seal"
    RECEIPTS = "11 receipts"
    MESSAGES = "12 messages"
    REVOCATION = "13 revocation"
    TIMELINE = "14 timeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``asks`` is what a check asks; ``failed`` and ``indeterminate`` are what the two verdicts mean."""

    asks: str
    asks_fa: str
    failed: str
    indeterminate: str


RECIPE: Final[Mapping[EvidenceCheck, Step]] = {
    EvidenceCheck.CONTAINER: Step(
        asks="is it an ASiC-E container that holds what an evidence file may hold, each once, within bounds?",
        asks_fa="آیا فایل، ظرف ASiC-E است و تنها آنچه باید، هر یک یک بار و در اندازه مجاز، در آن است؟",
        failed="it was cut off or packed in another way, or something was put into it",
        indeterminate="–",
    ),
    EvidenceCheck.MANIFEST: Step(
        asks="does the manifest list exactly the files that are here, each once?",
        asks_fa="آیا سیاهه ظرف دقیقاً همین فایل‌ها را، هر یک یک بار، نام می‌برد؟",
        failed="a file was added or removed, or is listed twice",
        indeterminate="the container could not be read",
    ),
    EvidenceCheck.SIGNATURE: Step(
        asks="did the archive's certificate, which you have from elsewhere, sign every file as it is?",
        asks_fa="آیا گواهی بایگانی، که آن را از جای دیگر دارید، همه فایل‌ها را به همین شکل امضا کرده است؟",
        failed="a file was changed, added or removed, or somebody else signed",
        indeterminate="the container could not be read",
    ),
    EvidenceCheck.SIGNED_AT: Step(
        asks="does a time authority say when the signature was there, and was its certificate valid then?",
        asks_fa="آیا مرجع مهر زمانی زمان امضا را گواهی می‌کند و گواهی امضاکننده در آن زمان معتبر بوده است؟",
        failed="the time-stamp is of something else, of no anchor of yours, or of a time when nobody could sign",
        indeterminate="there is none, or you trust no time authority",
    ),
    EvidenceCheck.RECORDS: Step(
        asks="has each record the one form of a record, and is each about these notices?",
        asks_fa="آیا هر سند شکل درست دارد و درباره همین ابلاغیه‌هاست؟",
        failed="a record has another form, or is about another notice; a file belongs to no record",
        indeterminate="evidence.json could not be read",
    ),
    EvidenceCheck.PAYLOADS: Step(
        asks="is each file the one that its record names by digest?",
        asks_fa="آیا هر فایل همان است که سند آن با چکیده نام می‌برد؟",
        failed="a notice, receipt or message is not the one that was recorded",
        indeterminate="no file could be compared",
    ),
    EvidenceCheck.INCLUSION: Step(
        asks="does each record's proof lead to the root of the tree that was signed?",
        asks_fa="آیا دلیل هر سند به ریشه درخت امضاشده می‌رسد؟",
        failed="a record, or its proof, is another than that of the archive",
        indeterminate="the checkpoint is not believed",
    ),
    EvidenceCheck.CHECKPOINT: Step(
        asks="is the checkpoint signed by the archive's key, which you have from elsewhere?",
        asks_fa="آیا نقطه وارسی با کلید بایگانی، که آن را از جای دیگر دارید، امضا شده است؟",
        failed="another key, another text, or a tree of another size",
        indeterminate="evidence.json could not be read",
    ),
    EvidenceCheck.TIME: Step(
        asks="does a time authority say when the checkpoint was there, and not before the records?",
        asks_fa="آیا مرجع مهر زمانی زمان وجود نقطه وارسی را، نه پیش از اسناد آن، گواهی می‌کند؟",
        failed="the time-stamp is of another text, of no anchor of yours, or of a time before the records",
        indeterminate="there is none, or you trust no time authority",
    ),
    EvidenceCheck.SEAL: Step(
        asks="did the issuing body seal each notice, under the municipality's anchor, at its time?",
        asks_fa="آیا هر ابلاغیه در زمان خود با مهر مرجع صادرکننده، زیر ریشه شهرداری، مهر شده است؟",
        failed="the seal does not hold, or its certificate leads to no anchor of yours",
        indeterminate="no notice could be judged",
    ),
    EvidenceCheck.RECEIPTS: Step(
        asks="did the judiciary sign each receipt, at its time, for this very notice, seal, event and moment?",
        asks_fa="آیا قوه قضاییه هر رسید را در زمان خود برای همین ابلاغیه، همین مهر و همین رویداد امضا کرده است؟",
        failed="a receipt is not the judiciary's, or is about another notice, seal, event or moment",
        indeterminate="there is no receipt, or one of a seal that the gateway says it lost",
    ),
    EvidenceCheck.MESSAGES: Step(
        asks="is each message that is here signed by its sender?",
        asks_fa="آیا هر پیامی که در پرونده است با امضای فرستنده آن است؟",
        failed="the signature of a message does not hold",
        indeterminate="messages are here by their digests only, since they carried notices of others",
    ),
    EvidenceCheck.REVOCATION: Step(
        asks="had none of the certificates been revoked when it signed?",
        asks_fa="آیا هیچ‌یک از گواهی‌ها هنگام امضا باطل نشده بود؟",
        failed="a certificate had been revoked by then",
        indeterminate="no list is here that speaks of that certificate at that time",
    ),
    EvidenceCheck.TIMELINE: Step(
        asks="does the timeline say what the records say, and does the date of service follow from the receipts?",
        asks_fa="آیا سرگذشت با اسناد می‌خواند و تاریخ ابلاغ از رسیدها به دست می‌آید؟",
        failed="it says otherwise than the records that it names",
        indeterminate="the records could not be read",
    ),
}

NOT_PROVEN_TITLE: Final = Words(en="What verification does not prove", fa="آنچه راستی‌آزمایی اثبات نمی‌کند")
NOT_PROVEN: Final = (
    Words(
        en="That nothing else was recorded about the notice, or that everything that happened was recorded.",
        fa="این‌که درباره ابلاغیه هیچ سند دیگری وجود ندارد، یا هر چه رخ داده ثبت شده است.",
    ),
    Words(
        en="That the clocks were right. Times of receipts are the judiciary's word, the others are the gateway's; a "
        "time-stamp says only that what it covers was there by then.",
        fa="این‌که ساعت‌ها درست بوده‌اند. زمان‌های رسید گفته قوه قضاییه و زمان‌های دیگر گفته درگاه است؛ مهر زمانی تنها "
        "نشان می‌دهد که سند تا آن لحظه وجود داشته است.",
    ),
    Words(
        en="Who read the notice. That it was viewed says that the account was opened, not by whom.",
        fa="این‌که چه کسی ابلاغیه را خوانده است. رؤیت یعنی حساب کاربری گشوده شده، نه این‌که چه کسی آن را گشوده است.",
    ),
    Words(
        en="That what the paper says is true or lawful, or that its recipient is the right person.",
        fa="درستی یا قانونی بودن متن ابلاغیه، یا این‌که مخاطب همان شخصی است که باید باشد.",
    ),
    Words(
        en="That the keys were in the right hands. A certificate says whose they are; revocation lists say until when.",
        fa="این‌که کلیدها در دست صاحبان آن‌ها بوده است. گواهی می‌گوید کلید از آن کیست و فهرست ابطال می‌گوید تا چه زمانی.",
    ),
    Words(
        en="What is in a file that stands here by its digest only, until that file is shown.",
        fa="محتوای سندی که تنها چکیده آن در این پرونده است، تا زمانی که خود آن سند ارائه شود.",
    ),
    Words(
        en="The date of service, as long as nobody compares it with the law: it is computed from the times above.",
        fa="تاریخ و نوع ابلاغ به خودی خود: این دو از روی زمان‌های بالا محاسبه شده‌اند و باید با قانون سنجیده شوند.",
    ),
)
