"""Words of a printed certificate of service: plain administrative Persian, with times in Tehran by the Jalali calendar.

Name and identifier stand here alone: on the paper, never in the record or in the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.service_certificate import ServiceCertificate
from gateway.evidence.particulars import Particulars
from gateway.notice.legal_effect import EFFECT_NAMES, RULES, Effect, jalali, moment_in_words, persian_digits
from gateway.runtime.bilingual import Words

TITLE: Final = Words(en="Certificate of electronic service", fa="گواهی ابلاغ الکترونیکی")

NO_DEADLINE: Final = Words(
    en="No confirmed last day is known for this notice. The certificate says nothing of a deadline.",
    fa="آخرین روز تأییدشده‌ای برای مهلت این ابلاغیه معلوم نیست؛ این گواهی درباره مهلت چیزی نمی‌گوید.",
)
NO_DEADLINE_BEFORE_SERVICE: Final = Words(
    en="No deadline has begun, since the notice is not served yet.",
    fa="ابلاغ انجام نشده است؛ بنابراین مهلتی آغاز نشده است.",
)

_STATEMENTS: Final = {
    None: "تا زمان صدور این گواهی، وصول این ابلاغیه به حساب کاربری مخاطب ثبت نشده و ابلاغ انجام نشده است.",
    Effect.LEGAL: (
        "این ابلاغیه {when} ابلاغ شده است. نوع ابلاغ، قانونی است: تا زمان صدور این گواهی رؤیت آن ثبت نشده است.{known}"
    ),
    Effect.ACTUAL: "این ابلاغیه {when} ابلاغ شده است. نوع ابلاغ، واقعی است: مخاطب آن را رؤیت کرده است.{known}",
}
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
    printed: PrintedCertificate, particulars: Particulars, fingerprint: str, rules: Mapping[str, Words] = RULES
) -> dict[str, Any]:
    """Return the texts of the page by their places in `adapters/certificate/certificate.typ`.

    ``fingerprint`` is that of the log's key (SHA-256, hexadecimal). ``rules`` has the titles of rules of service by
    code; a code without a title is printed itself.
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
        "statement": statement(certificate),
        "columns": ["عنوان", "مقدار"],
        "who": {"title": "مشخصات ابلاغیه", "rows": [*_who(certificate, particulars)]},
        "when": {"title": "زمان و نوع ابلاغ", "rows": [*_when(certificate, rules)]},
        "deadline": _deadline(certificate),
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


def statement(certificate: ServiceCertificate) -> str:
    """Return the sentence that the certificate is for."""
    service = certificate.service
    if service is None and certificate.delivered_at is not None:
        return _NOT_SERVED_YET.format(day=persian_digits(jalali(certificate.delivered_at).replace("-", "/")))
    said = _STATEMENTS[service.effect if service else None]
    if service is None:
        return said
    when, known = (_ON_THE_DAY, "") if certificate.delivered_at else (_BY_THE_DAY, _NO_ARRIVAL)
    return said.format(when=when.format(day=service.day.fa), known=known)


def grouped(fingerprint: str) -> str:
    """Return a fingerprint in groups of four, so that people can compare it."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def _who(certificate: ServiceCertificate, particulars: Particulars) -> Iterator[dict[str, Any]]:
    for label, told in particulars.rows():
        yield _row(label.fa, told.fa, code=told.fa.isascii())
    yield _row("شناسه ابلاغیه", certificate.notice, code=True)
    yield _row("چکیده ابلاغیه مهرشده", certificate.seal, code=True)


def _when(certificate: ServiceCertificate, rules: Mapping[str, Words]) -> Iterator[dict[str, Any]]:
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
        yield _row("نوع ابلاغ", "ابلاغ نشده")
        return
    yield _row("تاریخ ابلاغ" if certificate.delivered_at else "تاریخ ابلاغ، حداکثر تا", service.day.fa)
    yield _row("نوع ابلاغ", EFFECT_NAMES[service.effect].fa)
    yield _row("به موجب", rules[service.rule].fa if service.rule in rules else service.rule)


def _deadline(certificate: ServiceCertificate) -> dict[str, Any]:
    deadline = certificate.deadline
    if deadline is None:
        said = NO_DEADLINE if certificate.service else NO_DEADLINE_BEFORE_SERVICE
        return {"title": "مهلت", "text": said.fa, "steps": [], "rows": []}
    day = persian_digits(deadline.last_day.replace("-", "/"))
    return {
        "title": "مهلت",
        "text": f"آخرین روز مهلت برای مخاطب مقیم ایران، {day} است و بر پایه قاعده‌ای تأییدشده محاسبه شده است.",
        "steps": [step.fa for step in deadline.steps],
        "rows": [_row("قاعده", deadline.rule, code=True), _row("تقویم", deadline.calendar, code=True)],
    }


def _row(label: str, value: str, *, code: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "code": code}
