"""Words of the offline page in both languages, by the keys that `offline/page.html` and `offline/view.js` name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.notice.legal_effect import EFFECT_NAMES, NO_RECEIPT_OF_ARRIVAL, Effect
from gateway.runtime.bilingual import Words

W = Words

OFFLINE_WORDS: Final[Mapping[str, Words]] = {
    "title": W("Verification of a certificate of service", "راستی‌آزمایی گواهی ابلاغ"),
    "intro": W(
        "This page works without a network: nothing that you type or choose leaves this machine.",
        "این صفحه بدون اینترنت کار می‌کند: آنچه وارد یا انتخاب می‌کنید از این دستگاه بیرون نمی‌رود.",
    ),
    "key": W("The key that is trusted", "کلید مورد اعتماد"),
    "log": W("Log", "دفتر بایگانی"),
    "fingerprint": W("Fingerprint of its key (SHA-256)", "اثر انگشت کلید آن (SHA-256)"),
    "compare-key": W(
        "Compare this fingerprint with the one that the municipality has published elsewhere, such as in the official "
        "gazette or on its site. A page that somebody else made would trust another key.",
        "این اثر انگشت را با آنچه شهرداری جداگانه منتشر کرده است (مانند روزنامه رسمی یا پایگاه اینترنتی خود) مقایسه "
        "کنید. صفحه‌ای که دیگری ساخته باشد به کلید دیگری اعتماد می‌کند.",
    ),
    "code": W("The code of the certificate", "رمزینه گواهی"),
    "picture": W("A photo or scan of the code", "تصویر یا اسکن رمزینه"),
    "text": W("Or the text that a scanner read from it", "یا متنی که بارکدخوان از آن خوانده است"),
    "verify": W("Verify", "راستی‌آزمایی"),
    "result": W("Result", "نتیجه"),
    "reading": W("The picture is being read …", "تصویر در حال خواندن است …"),
    "unread": W("No code was read", "رمزینه‌ای خوانده نشد"),
    "no-picture": W("This file is no picture that the browser can show", "مرورگر این فایل را به عنوان تصویر نمی‌شناسد"),
    "unread-why": W(
        "Take the photo from above, in good light and near enough, or paste the text of a scanner.",
        "از بالا، در نور کافی و از فاصله نزدیک عکس بگیرید، یا متن بارکدخوان را وارد کنید.",
    ),
    "cannot": W("This browser cannot verify", "این مرورگر نمی‌تواند راستی‌آزمایی کند"),
    "cannot-why": W(
        "Ed25519 signatures and DecompressionStream are needed: Chromium 137, Firefox 129, Safari 17 or later.",
        "امضای Ed25519 و DecompressionStream لازم است: Chromium 137، Firefox 129، Safari 17 یا تازه‌تر.",
    ),
    "good": W("Verified", "تأیید شد"),
    "history-known": W(
        "The certificate stands in the log, and the log has published this checkpoint. Compare the fields below with "
        "the paper.",
        "این گواهی در دفتر بایگانی ثبت است و دفتر همین نقطه وارسی را منتشر کرده است. فیلدهای زیر را با برگه "
        "مقایسه کنید.",
    ),
    "history-later": W(
        "The certificate stands in the log that this key signed. Its checkpoint is newer than this page: get a newer "
        "page, or a checkpoint from a witness, to see that it is part of the published history.",
        "این گواهی در دفتری ثبت است که با همین کلید امضا شده است. نقطه وارسی آن از این صفحه تازه‌تر است: "
        "برای اطمینان از "
        "اینکه جزو تاریخچه منتشرشده است، نسخه تازه صفحه یا نقطه وارسی یک شاهد را بگیرید.",
    ),
    "history-earlier": W(
        "The certificate stands in the log that this key signed. Its checkpoint is older than those of this page: "
        "compare it with one that a witness holds.",
        "این گواهی در دفتری ثبت است که با همین کلید امضا شده است. نقطه وارسی آن از نقطه‌های این صفحه قدیمی‌تر "
        "است: آن را "
        "با نقطه‌ای که نزد یک شاهد است مقایسه کنید.",
    ),
    "bad-no-code": W("Not a certificate", "رد شد: متن گواهی نیست"),
    "why-no-code": W(
        "The text of a certificate begins with EBC1: and is longer.",
        "متن گواهی با EBC1: آغاز می‌شود و کامل نیست یا از رمزینه دیگری است.",
    ),
    "bad-damaged": W("Rejected: the text is damaged", "رد شد: متن آسیب دیده است"),
    "why-damaged": W("Scan the code once more.", "رمزینه را دوباره بخوانید."),
    "bad-other-version": W("Not read: another version", "خوانده نشد: نسخه دیگر"),
    "why-other-version": W(
        "The certificate has a form that this page does not know. Get the newest page.",
        "این گواهی در قالبی است که این صفحه نمی‌شناسد. تازه‌ترین نسخه صفحه را بگیرید.",
    ),
    "bad-foreign": W("Rejected: another log", "رد شد: دفتر دیگر"),
    "why-foreign": W(
        "Another key than the one above has signed it. Nothing of it is verified.",
        "کلیدی جز کلید بالا آن را امضا کرده است. هیچ بخش آن تأیید نمی‌شود.",
    ),
    "bad-altered": W("Rejected: altered, or not in the log", "رد شد: تغییریافته، یا در دفتر ثبت نشده"),
    "why-altered": W(
        "The fields, the proof and the signature do not belong together. Do not rely on this paper.",
        "فیلدها، اثبات و امضا با هم مطابقت ندارند. به این برگه استناد نکنید.",
    ),
    "bad-forked": W("Rejected: another history", "رد شد: تاریخچه دیگر"),
    "why-forked": W(
        "The key has signed it, but the log has not published this checkpoint: there are two histories. Keep the paper "
        "and tell the municipality and its witnesses.",
        "کلید آن را امضا کرده است، ولی دفتر این نقطه وارسی را منتشر نکرده است: دو تاریخچه وجود دارد. برگه را "
        "نگه دارید و "
        "به شهرداری و شاهدان آن اطلاع دهید.",
    ),
    "fields": W("Fields of the certificate", "فیلدهای گواهی"),
    "compare-fields": W(
        "The paper must say the same. What differs on the paper was not certified.",
        "برگه باید همین‌ها را نشان دهد. آنچه در برگه متفاوت است گواهی نشده است.",
    ),
    "issuer": W("Issuing body", "مرجع صادرکننده"),
    "kind": W("Kind of notice", "نوع ابلاغیه"),
    "notice": W("Reference of the notice", "شناسه ابلاغیه"),
    "seal": W("Digest of the sealed notice", "چکیده ابلاغیه مهرشده"),
    "issued": W("Issued", "زمان صدور گواهی"),
    "delivered": W("Arrival in the account", "وصول به حساب کاربری"),
    "viewed": W("Viewing", "رؤیت"),
    "legal-service": W("Judiciary's statement of service by law", "اعلام ابلاغ قانونی از سوی قوه قضاییه"),
    "served": W("Date of service", "تاریخ ابلاغ"),
    "served-by": W("Date of service, at the latest", "تاریخ ابلاغ، حداکثر تا"),
    "effect": W("Effect", "نوع ابلاغ"),
    "effect-NONE": W("unknown; no receipt of arrival is known to the gateway", f"نامعلوم؛ {NO_RECEIPT_OF_ARRIVAL.fa}"),
    "effect-NOT-YET": W("by the rule, not served yet at that time", "به موجب قاعده حاکم، هنوز ابلاغ نشده"),
    **{f"effect-{effect.value}": EFFECT_NAMES[effect] for effect in Effect},
    "rule": W("Under", "به موجب"),
    "deadline": W("Last day, for a recipient in Iran", "آخرین روز مهلت برای مخاطب مقیم ایران"),
    "no-deadline": W("no confirmed one is known", "آخرین روز تأییدشده‌ای معلوم نیست"),
    "gateway": W("Gateway", "درگاه"),
    "record": W("Record, and records in the log", "رکورد، از شمار رکوردهای دفتر"),
    "none": W("none", "ثبت نشده"),
    "person": W("The recipient", "مخاطب"),
    "person-why": W(
        "Name, identifier and case number are not in the code. Type them as they are printed: all three are compared.",
        "نام، شناسه و شماره پرونده در رمزینه نیست. هر سه را چنان‌که چاپ شده است وارد کنید تا با هم تطبیق داده شوند.",
    ),
    "name": W("Name", "نام مخاطب"),
    "identifier": W("Identifier", "کد یا شناسه ملی"),
    "case-number": W("Case number", "شماره پرونده"),
    "compare": W("Compare", "تطبیق"),
    "comparing": W("Comparing …", "در حال تطبیق …"),
    "same": W("The same", "مطابقت دارد"),
    "same-why": W("The certificate is about this person and this case.", "گواهی درباره همین شخص و همین پرونده است."),
    "differs": W("Different", "مطابقت ندارد"),
    "differs-why": W(
        "At least one of the three is not that of the certificate.", "دست‌کم یکی از این سه با گواهی یکسان نیست."
    ),
    "limits": W("What this does not prove", "آنچه ثابت نمی‌شود"),
    "not-proven": W(
        "That the judiciary signed the receipts, and when the certificate existed: for these there is the "
        "evidence file of the notice. Who read the notice: a viewing says that the account was opened. The notice may "
        "start other periods, which may run longer than the one whose last day is shown. "
        "The page trusts one key, and knows the checkpoints until it was made.",
        "امضای قوه قضاییه بر رسیدها و زمان وجود گواهی را این صفحه ثابت نمی‌کند؛ برای آن‌ها فایل شواهد ابلاغیه هست. "
        "هویت بیننده نیز ثابت نمی‌شود: رؤیت یعنی گشوده‌شدن ابلاغیه در حساب کاربری. ممکن است این ابلاغیه مهلت‌های دیگری "
        "نیز آغاز کند که دیرتر پایان یابند. صفحه به یک کلید اعتماد می‌کند و نقطه‌های وارسی را تا زمان ساخته شدن خود "
        "می‌شناسد.",
    ),
}
