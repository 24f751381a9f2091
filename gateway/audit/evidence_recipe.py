"""Recipe for judging an evidence file: the question of each check, and the meaning of its verdicts.

Code, report and `docs/audit/evidence-file.md` share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.audit.audit_recipe import CheckText
from gateway.runtime.bilingual import Words


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


BESIDE: Final = frozenset({EvidenceCheck.MESSAGES})
"""Checks that never affect the answer: a notice and its receipts prove themselves.

A message that carried them adds no proof.
"""

RECIPE: Final[Mapping[EvidenceCheck, CheckText]] = {
    EvidenceCheck.CONTAINER: CheckText(
        title=Words("container", "ظرف"),
        asks=Words(
            "is it an ASiC-E container that holds what an evidence file may hold, each once, within bounds?",
            "آیا فایل، ظرف ASiC-E است و تنها آنچه باید، هر یک یک بار و در اندازه مجاز، در آن است؟",
        ),
        failed=Words(
            "it was cut off or packed in another way, or something was put into it",
            "فایل ناقص است یا به شیوه دیگری بسته‌بندی شده، یا چیزی به آن افزوده‌اند",
        ),
    ),
    EvidenceCheck.MANIFEST: CheckText(
        title=Words("manifest", "سیاهه"),
        asks=Words(
            "does the manifest list exactly the files that are here, each once?",
            "آیا سیاهه ظرف دقیقاً همین فایل‌ها را، هر یک یک بار، نام می‌برد؟",
        ),
        failed=Words(
            "a file was added or removed, or is listed twice",
            "فایلی افزوده یا برداشته شده، یا دو بار در سیاهه آمده است",
        ),
        unclear=Words("the container could not be read", "ظرف خوانده نشد"),
    ),
    EvidenceCheck.SIGNATURE: CheckText(
        title=Words("signature", "امضا"),
        asks=Words(
            "did the archive's certificate, which you have from elsewhere, sign every file as it is?",
            "آیا گواهی بایگانی، که آن را از جای دیگر دارید، همه فایل‌ها را به همین شکل امضا کرده است؟",
        ),
        failed=Words(
            "a file was changed, added or removed, or somebody else signed",
            "فایلی تغییر کرده، افزوده یا برداشته شده، یا دیگری امضا کرده است",
        ),
        unclear=Words("the container could not be read", "ظرف خوانده نشد"),
    ),
    EvidenceCheck.SIGNED_AT: CheckText(
        title=Words("time of signature", "زمان امضا"),
        asks=Words(
            "does a time authority say when the signature was there, and was its certificate valid then?",
            "آیا مرجع مهر زمانی زمان امضا را گواهی می‌کند و گواهی امضاکننده در آن زمان معتبر بوده است؟",
        ),
        failed=Words(
            "the time-stamp is of something else, of no anchor of yours, or of a time when nobody could sign",
            "مهر زمانی برای چیز دیگری است، به ریشه مورد اعتماد شما نمی‌رسد، یا از زمانی است که کسی نمی‌توانست امضا کند",
        ),
        unclear=Words(
            "there is none, or you trust no time authority",
            "مهر زمانی ندارد، یا شما به هیچ مرجع زمانی اعتماد نکرده‌اید",
        ),
    ),
    EvidenceCheck.RECORDS: CheckText(
        title=Words("records", "اسناد"),
        asks=Words(
            "has each record the one form of a record, and is each about these notices?",
            "آیا هر سند شکل درست دارد و درباره همین ابلاغیه‌هاست؟",
        ),
        failed=Words(
            "a record has another form, or is about another notice; a file belongs to no record",
            "سندی شکل دیگری دارد یا درباره ابلاغیه دیگری است، یا فایلی به هیچ سندی تعلق ندارد",
        ),
        unclear=Words("evidence.json could not be read", "فایل evidence.json خوانده نشد"),
    ),
    EvidenceCheck.PAYLOADS: CheckText(
        title=Words("payloads", "متن اسناد"),
        asks=Words(
            "is each file the one that its record names by digest, and are paper.pdf and the attachments those in the"
            " sealed notice?",
            "آیا هر فایل همان است که سند آن با چکیده نام می‌برد، و paper.pdf و پیوست‌ها همان برگه و پیوست‌های درون ابلاغیه"
            " مهرشده‌اند؟",
        ),
        failed=Words(
            "a notice, receipt, message, mapping, profile, calendar or set of rules is not the one that was recorded,"
            " paper.pdf or an attachment is another than the sealed one, or an attachment is missing",
            "ابلاغیه، رسید، پیام، نگاشت، پروفایل، تقویم یا قواعدی همان نیست که ثبت شده است، paper.pdf یا پیوستی جز"
            " آن است که مهر شده است، یا پیوستی نیست",
        ),
        unclear=Words(
            "no file could be compared, some were deleted by a rule of retention, or a message was damaged",
            "فایلی برای مقایسه نبود، متنی طبق قاعده نگهداری حذف شده یا پیامی آسیب دیده است",
        ),
    ),
    EvidenceCheck.INCLUSION: CheckText(
        title=Words("inclusion", "جایگاه در درخت"),
        asks=Words(
            "does each record's proof lead to the root of the tree that was signed?",
            "آیا دلیل هر سند به ریشه درخت امضاشده می‌رسد؟",
        ),
        failed=Words(
            "a record, or its proof, is another than that of the archive",
            "سندی، یا دلیل آن، جز آن است که در بایگانی است",
        ),
        unclear=Words("the checkpoint is not believed", "نقطه وارسی معتبر شناخته نشد"),
    ),
    EvidenceCheck.CHECKPOINT: CheckText(
        title=Words("checkpoint", "نقطه وارسی"),
        asks=Words(
            "is the checkpoint signed by the archive's key, which you have from elsewhere?",
            "آیا نقطه وارسی با کلید بایگانی، که آن را از جای دیگر دارید، امضا شده است؟",
        ),
        failed=Words(
            "another key, another text, or a tree of another size",
            "کلید دیگری امضا کرده، متن دیگری امضا شده، یا اندازه درخت دیگر است",
        ),
        unclear=Words("evidence.json could not be read", "فایل evidence.json خوانده نشد"),
    ),
    EvidenceCheck.TIME: CheckText(
        title=Words("time of checkpoint", "زمان نقطه وارسی"),
        asks=Words(
            "does a time authority say when the checkpoint was there, and not before the records?",
            "آیا مرجع مهر زمانی زمان وجود نقطه وارسی را، نه پیش از اسناد آن، گواهی می‌کند؟",
        ),
        failed=Words(
            "the time-stamp is of another text, of no anchor of yours, or of a time before the records",
            "مهر زمانی برای متن دیگری است، به ریشه مورد اعتماد شما نمی‌رسد، یا زمانش پیش از اسناد است",
        ),
        unclear=Words(
            "there is none, or you trust no time authority",
            "مهر زمانی ندارد، یا شما به هیچ مرجع زمانی اعتماد نکرده‌اید",
        ),
    ),
    EvidenceCheck.SEAL: CheckText(
        title=Words("seal", "مهر مرجع صادرکننده"),
        asks=Words(
            "did the issuing body seal each notice, under the municipality's anchor, at its time, with a certificate"
            " that you pinned?",
            "آیا هر ابلاغیه در زمان خود با مهر مرجع صادرکننده، زیر ریشه شهرداری و با گواهی معرفی‌شده در پوشه اعتماد،"
            " مهر شده است؟",
        ),
        failed=Words(
            "the seal does not hold, or its certificate leads to no anchor of yours, is another body's, or is for other"
            " purposes",
            "مهر درست نیست، یا گواهی آن به ریشه مورد اعتماد شما نمی‌رسد، از مرجع دیگری است یا برای کاربرد دیگری است",
        ),
        unclear=Words(
            "no notice could be judged, or you pinned no certificate for the body's seals (seals-….pem)",
            "هیچ ابلاغیه‌ای قابل بررسی نبود، یا برای مهر آن مرجع گواهی‌ای در پوشه اعتماد معرفی نشده است (seals-….pem)",
        ),
    ),
    EvidenceCheck.RECEIPTS: CheckText(
        title=Words("receipts", "رسیدها"),
        asks=Words(
            "did the judiciary sign each receipt, at its time, with a certificate that you pinned, for this very"
            " notice, seal, event and moment?",
            "آیا قوه قضاییه هر رسید را در زمان خود، با گواهی معرفی‌شده در پوشه اعتماد، برای همین ابلاغیه، همین مهر و"
            " همین رویداد امضا کرده است؟",
        ),
        failed=Words(
            "a receipt is not the judiciary's, its certificate is not the one that you pinned, or it is about another"
            " notice, seal, event or moment",
            "رسیدی از قوه قضاییه نیست، گواهی آن همان گواهی معرفی‌شده نیست، یا درباره ابلاغیه، مهر، رویداد یا زمان دیگری"
            " است",
        ),
        unclear=Words(
            "there is no receipt, you pinned no certificate for the destination's receipts (receipts-….pem), or the"
            " receipt is one of a seal that the gateway says it lost, or one of the judiciary's own format: who signed"
            " it and which notice it names is judged, not what it says happened; or it has no signature of its own, and"
            " the answer that carried it is not here, says it only in the gateway's reading, or is believed by its"
            " connection only",
            "رسیدی نیست، برای رسیدهای آن مقصد گواهی‌ای در پوشه اعتماد معرفی نشده است (receipts-….pem)، رسید مهری است که"
            " درگاه می‌گوید آن را از دست داده است، یا قالب رسید از خود قوه قضاییه است: امضاکننده و ابلاغیه آن داوری"
            " می‌شود، نه رویدادی که می‌گوید؛ یا رسید خود امضا ندارد و پاسخی که آن را آورده اینجا نیست، تنها به خوانش"
            " درگاه آن را می‌گوید یا تنها به اتصال متکی است",
        ),
    ),
    EvidenceCheck.MESSAGES: CheckText(
        title=Words("messages", "پیام‌ها"),
        asks=Words(
            "is each message that is here signed by its sender?",
            "آیا هر پیامی که در پرونده است با امضای فرستنده آن است؟",
        ),
        failed=Words("the signature of a message does not hold", "امضای پیامی درست نیست"),
        unclear=Words(
            "messages are here by their digests only, since they carried notices of others, nobody signed them"
            " (connection only), or a secret was removed from them",
            "پیام‌ها تنها با چکیده خود اینجا هستند، زیرا ابلاغیه‌های دیگران را نیز در بر داشتند، کسی آن‌ها را امضا"
            " نکرده است (تنها اتصال)، یا گذرواژه یا توکنی از آن‌ها حذف شده است",
        ),
    ),
    EvidenceCheck.REVOCATION: CheckText(
        title=Words("revocation", "ابطال گواهی‌ها"),
        asks=Words(
            "had none of the certificates been revoked when it signed?",
            "آیا هیچ‌یک از گواهی‌ها هنگام امضا باطل نشده بود؟",
        ),
        failed=Words("a certificate had been revoked by then", "گواهی‌ای تا آن زمان باطل شده بود"),
        unclear=Words(
            "no list of its authority is of that time or later: put a newer one into your trust folder",
            "از مرجع صدور آن فهرست ابطالی برای آن زمان یا پس از آن نیست: فهرست تازه‌تری در پوشه اعتماد خود بگذارید",
        ),
    ),
    EvidenceCheck.TIMELINE: CheckText(
        title=Words("timeline", "سوابق ابلاغ"),
        asks=Words(
            "does the timeline say what the records say, and does the date of service follow from the receipts?",
            "آیا سوابق ابلاغ با اسناد مطابقت دارد و تاریخ ابلاغ از رسیدها به دست می‌آید؟",
        ),
        failed=Words(
            "it says otherwise than the records that it names",
            "سوابق ابلاغ با اسناد نامبرده در آن مطابقت ندارد",
        ),
        unclear=Words(
            "the records could not be read, or a signed receipt states what the timeline does not",
            "اسناد خوانده نشد، یا رسید امضاشده‌ای چیزی می‌گوید که در سوابق ابلاغ نیست",
        ),
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
