"""Words of a printed certificate of outages: plain administrative Persian, with times in Tehran by the Jalali calendar.

The page says as plainly what the measurements do not prove.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from gateway.certificate.certificate_words import grouped
from gateway.certificate.outage_certificate import OutageCertificate, PlacedOutages
from gateway.notice.legal_effect import moment_in_words, persian_digits
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE
from gateway.store.outage import EndpointOutage, ServiceGap

OUTAGE_TITLE: Final = Words(en="Certificate of outages", fa="گواهی اختلال سامانه‌ها")

RESTORED: Final = Words(
    en="the store was restored about then; this proves nothing",
    fa="پایگاه داده در همین حدود بازیابی شده است؛ این مورد اثبات نمی‌شود",
)
NOT_OVER: Final = Words(en="not over so far", fa="تاکنون پایان نیافته است")

LIMITS: Final = (
    Words(
        en="A gap means that no process of the gateway recorded that it ran. The cause is not measured: a stop by the "
        "operator, a fault of the machine and a fault of the database look alike.",
        fa="در هر بازه توقف، هیچ یک از فرایندهای درگاه نشانه فعالیتی ثبت نکرده است. علت آن اندازه‌گیری نمی‌شود: توقف به "
        "دست متصدی، خرابی دستگاه و خرابی پایگاه داده یکسان دیده می‌شوند.",
    ),
    Words(
        en="The judiciary is measured by the gateway's own calls alone. A failed call does not tell whether the "
        "network or the service is the cause, nor whether other users had access.",
        fa="پاسخ‌گویی سامانه قوه قضاییه تنها از روی درخواست‌های خود درگاه سنجیده می‌شود. ناموفق بودن درخواست نشان نمی‌دهد "
        "که علت، شبکه بوده است یا خود سامانه، و درباره دسترسی دیگران چیزی نمی‌گوید.",
    ),
    Words(
        en="The end of such an outage is the first answered call; the service may have been back before. While nothing "
        "was to be sent or asked, nothing was measured.",
        fa="پایان هر اختلال، نخستین درخواست پاسخ‌داده‌شده است؛ ممکن است سامانه پیش از آن در دسترس بوده باشد. در زمانی که "
        "درگاه درخواستی نداشته است، چیزی سنجیده نشده است.",
    ),
    Words(
        en="Outages of a recipient's account, telephone or network are not known to the gateway.",
        fa="درگاه از اختلال حساب کاربری، تلفن یا شبکه مخاطب اطلاعی ندارد.",
    ),
    Words(
        en="Times are those of Tehran, by the gateway's own clock.",
        fa="زمان‌ها به وقت تهران و بر پایه ساعت خود درگاه است.",
    ),
)
"""Limits of what was measured."""

_CHECK: Final = (
    "این گواهی یک رکورد بایگانی ادله است. محتوای ماشین‌خوان آن در بایگانی با چکیده زیر ثبت شده است و حسابرس با ابزار "
    "مستقل راستی‌آزمایی بایگانی، آن را با همین برگه مقایسه می‌کند.",
)


def outage_page_words(placed: PlacedOutages, fingerprint: str) -> dict[str, Any]:
    """Return the texts of the page by their places in `adapters/certificate/outages.typ`.

    ``fingerprint`` is that of the log's key (SHA-256, hexadecimal).
    """
    certificate, outages = placed.certificate, placed.certificate.outages
    return {
        "title": OUTAGE_TITLE.fa,
        "author": certificate.origin,
        "description": OUTAGE_TITLE.fa,
        "issuer": f"درگاه ابلاغ الکترونیک \u2066{certificate.origin}\u2069",
        "issued": f"صادرشده در {_at(certificate.issued_at)}",
        "statement": statement_of_outages(certificate),
        "facts": {
            "title": "بازه گواهی",
            "rows": [
                _row("از", _at(outages.begin)),
                _row("تا", _at(outages.end)),
                _row("آغاز اندازه‌گیری", _measured(outages.measured_since)),
                _row("مقصد در قوه قضاییه", certificate.destination, code=True),
            ],
        },
        "columns": ["عنوان", "مقدار"],
        "tables": [
            {
                "title": "توقف درگاه (نبود نشانه فعالیت)",
                "columns": ["از", "تا", "مدت", "توضیح"],
                "rows": [_gap(each, certificate.issued_at) for each in outages.gaps],
                "none": "در این بازه توقفی اندازه‌گیری نشده است.",
            },
            {
                "title": "بی‌پاسخ ماندن درخواست‌ها به سامانه قوه قضاییه",
                "columns": ["نخستین درخواست ناموفق", "آخرین درخواست ناموفق", "نخستین پاسخ", "شمار و علت"],
                "rows": [_endpoint(each) for each in outages.endpoints],
                "none": "در این بازه اختلالی اندازه‌گیری نشده است.",
            },
        ],
        "limits": {"title": "محدوده این گواهی", "items": [each.fa for each in LIMITS]},
        "check": {
            "title": "راستی‌آزمایی",
            "paragraphs": list(_CHECK),
            "rows": [
                _row("دفتر بایگانی", placed.log, code=True),
                _row("رکورد", persian_digits(f"{placed.index} از {placed.size}")),
                _row("شناسه رکورد", certificate.id, code=True),
                _row("چکیده محتوا", placed.digest, code=True),
                _row("اثر انگشت کلید", grouped(fingerprint), code=True),
            ],
        },
        "footer": OUTAGE_TITLE.fa,
        "page": "صفحه",
        "of": "از",
        "digits": [persian_digits(str(number)) for number in range(1000)],
    }


def statement_of_outages(certificate: OutageCertificate) -> str:
    """Return the sentence that the certificate is for."""
    outages = certificate.outages
    if outages.measured_since is None or outages.measured_since >= outages.end:
        return "برای این بازه اندازه‌گیری‌ای ثبت نشده است؛ این گواهی درباره توقف درگاه چیزی نمی‌گوید."
    gaps = [each for each in outages.gaps if not each.restored]
    unmeasured = (
        f" از آغاز بازه تا {_at(outages.measured_since)} چیزی اندازه‌گیری نشده است و این گواهی درباره آن چیزی نمی‌گوید."
        if outages.measured_since > outages.begin
        else ""
    )
    return (
        f"به موجب اندازه‌گیری‌های درگاه، در این بازه {persian_digits(str(len(gaps)))} مورد توقف درگاه و "
        f"{persian_digits(str(len(outages.endpoints)))} مورد بی‌پاسخ ماندن درخواست‌ها به سامانه قوه قضاییه ثبت شده است."
        f"{unmeasured}"
    )


def duration(period: timedelta) -> Words:
    """Return a length of time in days, hours and minutes; under a minute in seconds."""
    minutes = int(period.total_seconds()) // 60
    if minutes == 0:
        seconds = int(period.total_seconds())
        return Words(en=f"{seconds} s", fa=persian_digits(f"{seconds} ثانیه"))
    parts = ((minutes // 1440, "d", "روز"), (minutes // 60 % 24, "h", "ساعت"), (minutes % 60, "min", "دقیقه"))
    told = [(number, en, fa) for number, en, fa in parts if number]
    return Words(
        en=" ".join(f"{number} {en}" for number, en, _ in told),
        fa=persian_digits(" و ".join(f"{number} {fa}" for number, _, fa in told)),
    )


def cause(code: str) -> Words:
    """Return the cause of a failed call; its code if the catalogue does not know it."""
    entry = CATALOGUE.get(code)
    return Words(en=code, fa=code) if entry is None else Words(en=entry.en, fa=entry.fa.rstrip("."))


def _gap(gap: ServiceGap, now: datetime) -> list[str]:
    return [
        _short(gap.since),
        NOT_OVER.fa if gap.until is None else _short(gap.until),
        duration((gap.until or now) - gap.since).fa,
        RESTORED.fa if gap.restored else "–",
    ]


def _endpoint(outage: EndpointOutage) -> list[str]:
    return [
        _short(outage.since),
        _short(outage.failed_at),
        NOT_OVER.fa if outage.over_at is None else _short(outage.over_at),
        f"{persian_digits(str(outage.failures))} درخواست؛ {cause(outage.code).fa}",
    ]


def _measured(since: datetime | None) -> str:
    return "اندازه‌گیری نشده است" if since is None else _at(since)


def _short(moment: datetime) -> str:
    """Return a time for a narrow column; the limits say that it is Tehran's."""
    return _at(moment).removesuffix(" به وقت تهران")


def _at(moment: datetime) -> str:
    return moment_in_words(moment).fa


def _row(label: str, value: str, *, code: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "code": code}
