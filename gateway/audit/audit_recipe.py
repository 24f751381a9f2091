"""Recipe of an audit: numbered checks, each with its question and the meaning of its verdicts, in English and Persian.

Code, reports and `docs/audit/archive.md` share this table; a test compares the page with it. A number belongs to its
check for ever: reports are kept, and compared years later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.runtime.bilingual import Words
from gateway.runtime.verdict import Verdict


class Check(StrEnum):
    """One step of the recipe."""

    CONTAINER = "1 container"
    RECORDS = "2 records"
    TREE = "3 tree"
    CHECKPOINT = "4 checkpoint"
    TIME = "5 time"
    PAYLOAD = "6 payload"
    SIGNATURE = "7 signature"
    JOIN = "8 join"
    HISTORY = "9 history"
    PERIOD = "10 period"
    REVOCATION = "11 revocation"

    @property
    def number(self) -> int:
        return int(self.value.split()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """Check in words; ``unclear`` explains INDETERMINATE, and is None if that verdict is impossible."""

    title: Words
    asks: Words
    failed: Words
    unclear: Words | None = None

    def meaning(self, verdict: Verdict) -> Words | None:
        """Return the explanation of a verdict; None for PASSED."""
        return {Verdict.FAILED: self.failed, Verdict.INDETERMINATE: self.unclear}.get(verdict)


VERDICTS: Mapping[Verdict, Words] = {
    Verdict.PASSED: Words("passed", "تأیید شد"),
    Verdict.FAILED: Words("failed", "رد شد"),
    Verdict.INDETERMINATE: Words("could not be judged", "قابل احراز نیست"),
}

_NO_RECORD = Words("no record", "رکوردی نبود")

RECIPE: Mapping[Check, CheckText] = {
    Check.CONTAINER: CheckText(
        title=Words("container", "محتوای قطعه‌ها"),
        asks=Words(
            "does each file hold exactly what a segment may hold?",
            "آیا هر فایل دقیقاً همان چیزی را دارد که یک قطعه باید داشته باشد؟",
        ),
        failed=Words(
            "a file was changed, cut off, or something was put into it",
            "فایلی تغییر کرده یا ناقص است، یا چیزی به آن افزوده‌اند",
        ),
    ),
    Check.RECORDS: CheckText(
        title=Words("records", "شکل رکوردها"),
        asks=Words(
            "has each header the one form of a record?",
            "آیا سرآیند هر رکورد تنها شکل پذیرفته را دارد؟",
        ),
        failed=Words(
            "a header was written by something else",
            "سرآیندی را چیزی جز درگاه نوشته است",
        ),
        unclear=_NO_RECORD,
    ),
    Check.TREE: CheckText(
        title=Words("tree", "درخت رکوردها"),
        asks=Words(
            "do the records have the root that was signed?",
            "آیا ریشه درخت رکوردها همان است که امضا شده است؟",
        ),
        failed=Words(
            "a record was changed, or two were swapped",
            "رکوردی تغییر کرده، یا دو رکورد جابه‌جا شده‌اند",
        ),
        unclear=Words("no checkpoint could be compared", "نقطه وارسی‌ای برای مقایسه نبود"),
    ),
    Check.CHECKPOINT: CheckText(
        title=Words("checkpoint", "نقطه‌های وارسی"),
        asks=Words(
            "is each checkpoint signed by the archive's key?",
            "آیا هر نقطه وارسی را کلید بایگانی امضا کرده است؟",
        ),
        failed=Words("another key, or another text", "کلید دیگری امضا کرده، یا متن دیگری امضا شده است"),
        unclear=Words("no checkpoint", "نقطه وارسی‌ای نبود"),
    ),
    Check.TIME: CheckText(
        title=Words("time", "مهر زمانی"),
        asks=Words(
            "is each time-stamp an authority's, of that very checkpoint, and not of a time before the records that it"
            " covers, or after those behind it?",
            "آیا هر مهر زمانی از مرجع آن و برای همان نقطه وارسی است، و زمانش نه پیش از رکوردهای زیر پوشش آن است و نه"
            " پس از رکوردهای بعدی؟",
        ),
        failed=Words(
            "another text, no anchor of yours, a date before the events, or a record that was dated back",
            "مهر برای متن دیگری است، به ریشه مورد اعتماد شما نمی‌رسد، تاریخش پیش از رویدادهاست، یا تاریخ رکوردی به عقب"
            " برده شده است",
        ),
        unclear=Words(
            "the last checkpoint has none, or you trust no time authority",
            "آخرین نقطه وارسی مهر زمانی ندارد، یا شما به هیچ مرجع زمانی اعتماد نکرده‌اید",
        ),
    ),
    Check.PAYLOAD: CheckText(
        title=Words("payload", "متن رکوردها"),
        asks=Words(
            "is each payload the one that its record names?",
            "آیا متن هر رکورد همان است که رکورد نام می‌برد؟",
        ),
        failed=Words(
            "octets were changed, or taken away without a record of it",
            "متنی تغییر کرده، یا بی آنکه ثبت شود برداشته شده است",
        ),
        unclear=Words(
            "some were deleted, as the archive itself records, or there was no record",
            "برخی حذف شده‌اند و خود بایگانی آن را ثبت کرده است، یا رکوردی نبود",
        ),
    ),
    Check.SIGNATURE: CheckText(
        title=Words("signature", "امضاها"),
        asks=Words(
            "do notices, receipts and messages verify at their time, under your anchors, and may their signers sign"
            " them, by your pins?",
            "آیا امضای ابلاغیه‌ها، رسیدها و پیام‌ها در زمان خود، زیر ریشه‌های مورد اعتماد شما، درست است و امضاکننده به"
            " استناد گواهی‌های معرفی‌شده در پوشه اعتماد شما مجاز به آن امضا بوده است؟",
        ),
        failed=Words(
            "a signature does not hold, is on something about another notice, or its certificate leads to no anchor of"
            " yours, is not the one that you pinned, is for other purposes, or belongs to the other side",
            "امضایی درست نیست، برای ابلاغیه دیگری است، یا گواهی آن به ریشه مورد اعتماد شما نمی‌رسد، همان گواهی"
            " معرفی‌شده نیست، برای کاربرد دیگری صادر شده یا از آن طرف مقابل است",
        ),
        unclear=Words(
            "you pinned no certificate for a destination's receipts or a body's seals, a receipt of the judiciary's own"
            " format names no notice in a form that is known, nobody signed it (connection only), a secret was removed"
            " from it, or nothing signed was there",
            "برای رسیدهای یک مقصد یا مهر یک مرجع گواهی‌ای در پوشه اعتماد معرفی نشده است، رسیدی با قالب خود قوه قضاییه"
            " ابلاغیه‌ای را به شکل شناخته‌شده نام نمی‌برد، کسی آن را امضا نکرده است (تنها اتصال)، گذرواژه یا توکنی از آن"
            " حذف شده است، یا چیز امضاشده‌ای نبود",
        ),
    ),
    Check.JOIN: CheckText(
        title=Words("join", "پیوستگی قطعه‌ها"),
        asks=Words(
            "does the first segment begin at 0, and each with the tree that the last one ended with?",
            "آیا نخستین قطعه از صفر آغاز می‌شود، و هر قطعه با همان درختی که قطعه پیشین با آن پایان یافته است؟",
        ),
        failed=Words(
            "a segment is missing, or one is of another history",
            "قطعه‌ای نیست، یا قطعه‌ای از تاریخچه دیگری است",
        ),
        unclear=Words(
            "what came before could not be judged, or what is missing lies outside the period that was asked about",
            "آنچه پیش از آن بود قابل احراز نیست، یا آنچه نیست بیرون از بازه خواسته‌شده است",
        ),
    ),
    Check.HISTORY: CheckText(
        title=Words("history", "تاریخچه"),
        asks=Words(
            "are the checkpoints that you kept of this very tree?",
            "آیا نقطه‌های وارسی‌ای که نزد خود نگه داشته‌اید از همین درخت‌اند؟",
        ),
        failed=Words(
            "history was rewritten, or records at the end are missing",
            "تاریخچه بازنویسی شده، یا رکوردهای پایانی نیست",
        ),
        unclear=Words(
            "you gave none, or the records up to it could not be judged",
            "نقطه‌ای نداده‌اید، یا رکوردهای تا آن نقطه قابل احراز نیست",
        ),
    ),
    Check.PERIOD: CheckText(
        title=Words("period", "کامل بودن بازه"),
        asks=Words(
            "of the period that you ask about: are all records here, from the last checkpoint that was time-stamped"
            " before it to the first one after it?",
            "برای بازه خواسته‌شده: آیا همه رکوردها، از آخرین نقطه وارسی با مهر زمانی پیش از بازه تا نخستین نقطه پس از"
            " آن، اینجاست؟",
        ),
        failed=Words("records between the two are missing or changed", "رکوردهایی میان این دو نیست یا تغییر کرده است"),
        unclear=Words(
            "no checkpoint was time-stamped after the period yet",
            "هنوز پس از بازه نقطه وارسی‌ای با مهر زمانی نیست",
        ),
    ),
    Check.REVOCATION: CheckText(
        title=Words("revocation", "ابطال گواهی‌ها"),
        asks=Words(
            "was no certificate that signed, nor one that issued it, revoked at that time?",
            "آیا هیچ گواهی‌ای که با آن امضا شده، و هیچ گواهی صادرکننده آن، در زمان امضا باطل نبوده است؟",
        ),
        failed=Words(
            "it was revoked before it signed; the finding has its serial and the time",
            "گواهی پیش از امضا باطل شده بوده است؛ یافته، شماره سریال گواهی و زمان ابطال را دارد",
        ),
        unclear=Words(
            "no list of its authority is of that time or later: put a newer one into your trust folder; or nothing"
            " signed was there",
            "از مرجع صدور آن فهرست ابطالی برای آن زمان یا پس از آن نیست: فهرست تازه‌تری در پوشه اعتماد خود بگذارید؛ یا"
            " چیز امضاشده‌ای نبود",
        ),
    ),
}

UNPROVEN: Sequence[Words] = (
    Words(
        "That something which happened was recorded at all.",
        "این که هر آنچه رخ داده، اصلاً ثبت شده باشد.",
    ),
    Words(
        "That the gateway's clock was right: its times are its own word, the judiciary's are in receipts, and a"
        " time-stamp says only that what it covers was there by then.",
        "درستی ساعت درگاه: زمان‌های درگاه گفته خود آن است، زمان‌های قوه قضاییه در رسیدهاست، و مهر زمانی تنها می‌گوید"
        " آنچه زیر پوشش آن است تا آن زمان وجود داشته است.",
    ),
    Words(
        "That a thief of a key whose authority never learned of it signed nothing.",
        "این که کسی کلیدی را نربوده و با آن امضا نکرده باشد، بی آنکه مرجع صدور گواهی هرگز از آن آگاه شده باشد.",
    ),
    Words(
        "That no later record exists than the newest checkpoint you have.",
        "این که پس از تازه‌ترین نقطه وارسی شما رکورد دیگری نباشد.",
    ),
    Words(
        "Whose the anchors and keys are: that is known only by comparing their fingerprints with their owners.",
        "این که ریشه‌ها و کلیدها از آن کیست: این را تنها با مقایسه اثر انگشت آنها با صاحبانشان می‌توان دانست.",
    ),
)
"""Limits of an audit: facts that even a passed one does not prove."""


def as_markdown() -> str:
    """Return the recipe as the table of `docs/audit/archive.md`."""
    rows = ["| check | asks | FAILED means | INDETERMINATE means |", "| --- | --- | --- | --- |"]
    for check, step in RECIPE.items():
        unclear = step.unclear.en if step.unclear else "–"
        rows.append(f"| {check} | {step.asks.en} | {step.failed.en} | {unclear} |")
    return "\n".join(rows) + "\n"
