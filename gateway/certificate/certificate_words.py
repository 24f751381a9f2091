"""Words of a printed certificate of service: plain administrative Persian, with times in Tehran by the Jalali calendar.

Name and identifier stand here alone: on the paper, never in the record or in the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.notice_standing import NOTHING_BESIDE, Standing
from gateway.certificate.service_certificate import ServiceCertificate
from gateway.evidence.particulars import Particulars
from gateway.legal.rules import STARTS
from gateway.notice.legal_effect import (
    DEADLINE_OTHERWISE,
    EFFECT_NAMES,
    NO_DEADLINE_KNOWN,
    NO_RECEIPT_OF_ARRIVAL,
    RULES,
    Effect,
    jalali,
    moment_in_words,
    persian_digits,
)
from gateway.runtime.bilingual import Words

TITLE: Final = Words(en="Certificate of electronic service", fa="گواهی ابلاغ الکترونیکی")

NO_DEADLINE: Final = Words(
    en="No confirmed last day is known for this notice. The certificate says nothing of a deadline.",
    fa="آخرین روز تأییدشده‌ای برای مهلت این ابلاغیه معلوم نیست؛ این گواهی درباره مهلت چیزی نمی‌گوید.",
)
NO_DEADLINE_BEFORE_SERVICE: Final = Words(
    en="By the rule that governs it the notice is not served yet, so no deadline has begun.",
    fa="به موجب قاعده حاکم بر این ابلاغیه، ابلاغ هنوز انجام نشده است؛ بنابراین مهلتی آغاز نشده است.",
)

_STATEMENTS: Final = {
    Effect.LEGAL: (
        "این ابلاغیه {when} ابلاغ شده است. نوع ابلاغ، قانونی است: تا زمان صدور این گواهی رؤیت آن ثبت نشده است.{known}"
    ),
    # A receipt of viewing says that the account was opened, and not who opened it (docs/audit/evidence-file.md).
    Effect.ACTUAL: (
        "این ابلاغیه {when} ابلاغ شده است. نوع ابلاغ، واقعی است: به موجب رسید رؤیت، ابلاغیه در حساب کاربری مخاطب "
        "گشوده شده است.{known}"
    ),
}
_NOTHING_KNOWN: Final = (
    "درگاه تا زمان صدور این گواهی، رسید وصول این ابلاغیه به حساب کاربری مخاطب را دریافت نکرده است. این گواهی درباره "
    "انجام‌شدن یا نشدن ابلاغ چیزی نمی‌گوید."
)
_OTHER_CHANNEL: Final = (
    "ابلاغ الکترونیک این ابلاغیه پایان یافته است و ابلاغ به شیوه دیگری انجام می‌شود. تاریخ آن ابلاغ در درگاه ثبت نیست."
)
_QUARANTINED: Final = " رسیدی درباره این ابلاغیه در قرنطینه درگاه است که پذیرفته نشده است؛ این گواهی آن را در بر ندارد."
_NOT_SERVED_YET: Final = (
    "این ابلاغیه در تاریخ {day} به حساب کاربری مخاطب واصل شده است، ولی به موجب قاعده حاکم بر آن، تا زمان صدور این "
    "گواهی ابلاغ انجام نشده است."
)
_ON_THE_DAY: Final = "در تاریخ {day}"
_BY_THE_DAY: Final = "حداکثر تا تاریخ {day}"
_NO_ARRIVAL: Final = " رسید وصول آن دریافت نشده است؛ ممکن است ابلاغ پیش از این تاریخ انجام شده باشد."
_CHECK: Final = (
    "این گواهی یک رکورد بایگانی ادله است و رمزینه روبه‌رو اثبات آن را در خود دارد. برای راستی‌آزمایی، صفحه "
    "«راستی‌آزمایی گواهی ابلاغ» را بدون نیاز به اینترنت در مرورگر باز کنید و متن رمزینه یا تصویر آن را به آن بدهید.",
    "آنچه صفحه نشان می‌دهد باید با همین برگه یکسان باشد. نام، شناسه و شماره پرونده در رمزینه نیست؛ آن‌ها را در همان "
    "صفحه وارد کنید تا تطبیق داده شوند.",
    "اثر انگشت کلید را با آنچه شهرداری جداگانه منتشر کرده است مقایسه کنید، نه تنها با این برگه.",
)
_ALT: Final = "رمزینه دوبعدی: فیلدهای گواهی، جایگاه آن در درخت بایگانی و امضای نقطه وارسی. متن آن نام و شناسه ندارد."


def page_words(
    printed: PrintedCertificate,
    particulars: Particulars,
    fingerprint: str,
    rules: Mapping[str, Words] = RULES,
    standing: Standing = NOTHING_BESIDE,
) -> dict[str, Any]:
    """Return the texts of the page by their places in `adapters/certificate/certificate.typ`.

    ``fingerprint`` is that of the log's key (SHA-256, hexadecimal). ``rules`` has the titles of rules of service by
    code; a code without a title is printed itself. ``standing`` is that of the notice when it was issued.
    """
    certificate = printed.certificate
    fields = particulars.fields
    body = [text for path in ("IssuingBody/Title", "IssuingBody/District") if (text := fields.get(path))]
    return {
        "title": TITLE.fa,
        "author": certificate.origin,
        "description": f"{TITLE.fa} – {certificate.notice}",
        "issuer": persian_digits(" – ".join(body) or certificate.body),
        "issued": f"صادرشده در {moment_in_words(certificate.issued_at).fa}",
        "statement": statement(certificate, standing),
        "columns": ["عنوان", "مقدار"],
        "who": {"title": "مشخصات ابلاغیه", "rows": [*_who(certificate, particulars)]},
        "when": {"title": "زمان و نوع ابلاغ", "rows": [*_when(certificate, rules, standing)]},
        "deadline": _deadline(certificate, standing),
        "check": {
            "title": "راستی‌آزمایی",
            "paragraphs": list(_CHECK),
            "rows": [
                _row("دفتر بایگانی", printed.log, code=True),
                _row("رکورد", persian_digits(f"{printed.index} از {printed.size}")),
                _row("اثر انگشت کلید", grouped(fingerprint), code=True),
            ],
            "alt": _ALT,
        },
        "footer": f"{TITLE.fa} – \u2066{certificate.notice}\u2069",
        "page": "صفحه",
        "of": "از",
        "digits": [persian_digits(str(number)) for number in range(1000)],
    }


def statement(certificate: ServiceCertificate, standing: Standing = NOTHING_BESIDE) -> str:
    """Return the sentences that the certificate is for."""
    return _of_service(certificate, standing) + (_QUARANTINED if standing.quarantined else "")


def _of_service(certificate: ServiceCertificate, standing: Standing) -> str:
    service = certificate.service
    if service is not None:
        when, known = (_ON_THE_DAY, "") if certificate.delivered_at else (_BY_THE_DAY, _NO_ARRIVAL)
        return _STATEMENTS[service.effect].format(when=when.format(day=service.day.fa), known=known)
    if certificate.delivered_at is not None:
        return _NOT_SERVED_YET.format(day=persian_digits(jalali(certificate.delivered_at).replace("-", "/")))
    return _OTHER_CHANNEL if standing.other_channel else _NOTHING_KNOWN


def grouped(fingerprint: str) -> str:
    """Return a fingerprint in groups of four, so that people can compare it."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _who(certificate: ServiceCertificate, particulars: Particulars) -> Iterator[dict[str, Any]]:
    for label, told in particulars.rows():
        yield _row(label.fa, told.fa, code=told.fa.isascii())
    yield _row("شناسه ابلاغیه", certificate.notice, code=True)
    yield _row("چکیده ابلاغیه مهرشده", certificate.seal, code=True)


def _when(certificate: ServiceCertificate, rules: Mapping[str, Words], standing: Standing) -> Iterator[dict[str, Any]]:
    service = certificate.service
    for label, moment in (
        ("وصول به حساب کاربری", certificate.delivered_at),
        ("رؤیت", certificate.viewed_at),
        ("اعلام ابلاغ قانونی از سوی قوه قضاییه", certificate.legal_service_at),
    ):
        if moment is not None:
            yield _row(label, moment_in_words(moment).fa)
        elif label != "اعلام ابلاغ قانونی از سوی قوه قضاییه":
            yield _row(label, "ثبت نشده است")
    if service is None:
        yield _row("نوع ابلاغ", _no_effect(certificate, standing))
        return
    yield _row("تاریخ ابلاغ" if certificate.delivered_at else "تاریخ ابلاغ، حداکثر تا", service.day.fa)
    yield _row("نوع ابلاغ", EFFECT_NAMES[service.effect].fa)
    yield _row("به موجب", rules[service.rule].fa if service.rule in rules else service.rule)


def _no_effect(certificate: ServiceCertificate, standing: Standing) -> str:
    if certificate.delivered_at is not None:
        return "به موجب قاعده حاکم، هنوز ابلاغ نشده"
    return f"نامعلوم؛ {'ابلاغ الکترونیک پایان یافته است' if standing.other_channel else NO_RECEIPT_OF_ARRIVAL.fa}"


def _no_deadline(certificate: ServiceCertificate, standing: Standing) -> Words:
    if certificate.service is not None:
        return NO_DEADLINE
    if certificate.delivered_at is not None:
        return NO_DEADLINE_BEFORE_SERVICE
    return DEADLINE_OTHERWISE if standing.other_channel else NO_DEADLINE_KNOWN


def _deadline(certificate: ServiceCertificate, standing: Standing) -> dict[str, Any]:
    deadline = certificate.deadline
    if deadline is None:
        return {"title": "مهلت", "text": _no_deadline(certificate, standing).fa, "steps": [], "rows": []}
    day = persian_digits(deadline.last_day.replace("-", "/"))
    period = "مهلت" if deadline.starts is None else STARTS[deadline.starts].fa
    said = f"آخرین روز {period} برای مخاطب مقیم ایران، {day} است و بر پایه قاعده‌ای تأییدشده محاسبه شده است."
    return {
        "title": "مهلت",
        "text": said + _others(deadline.others),
        "steps": [step.fa for step in deadline.steps],
        "rows": [_row("قاعده", deadline.rule, code=True), _row("تقویم", deadline.calendar, code=True)],
    }


def _others(periods: Sequence[Words]) -> str:
    """Return the sentence about the other periods; nothing if there is none."""
    named = "، ".join(each.fa for each in periods)
    match len(periods):
        case 0:
            return ""
        case 1:
            return f" این ابلاغیه مهلت دیگری نیز آغاز می‌کند ({named}) که ممکن است دیرتر پایان یابد."
        case _:
            return f" این ابلاغیه مهلت‌های دیگری نیز آغاز می‌کند ({named}) که ممکن است دیرتر پایان یابند."


def _row(label: str, value: str, *, code: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "code": code}
