"""Report of an audit as a page to read and print: Persian from right to left, English beside it.

It is one file without scripts or external resources, in which forged content remains text.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from adapters.crypto.keys.secret_file import new_file
from adapters.pages.rendering import render
from adapters.shipped.resources import version
from gateway.audit.audit import AuditReport, shown
from gateway.audit.audit_recipe import RECIPE, UNPROVEN, VERDICTS
from gateway.notice.legal_effect import jalali
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict

KINDS: Final = {
    EvidenceKind.SEALED_NOTICE: Words("sealed notices", "ابلاغیه مهرشده"),
    EvidenceKind.MESSAGE_SENT: Words("messages sent", "پیام فرستاده‌شده"),
    EvidenceKind.MESSAGE_RECEIVED: Words("messages received", "پیام دریافت‌شده"),
    EvidenceKind.RECEIPT: Words("receipts", "رسید"),
    EvidenceKind.PERSON_ACT: Words("acts of persons", "اقدام اشخاص"),
    EvidenceKind.MAPPING_ACTIVATED: Words("mappings activated", "نگاشت فعال‌شده"),
    EvidenceKind.PROFILE_ACTIVATED: Words("judiciary profiles activated", "پروفایل فعال‌شده قوه قضاییه"),
    EvidenceKind.RECOVERY_BEGUN: Words("recoveries begun", "آغاز بازیابی"),
    EvidenceKind.CONFIGURATION_CHANGED: Words("configurations recorded", "پیکربندی ثبت‌شده"),
    EvidenceKind.PAYLOAD_DELETED: Words("payloads deleted by rule", "متن حذف‌شده طبق قاعده"),
    EvidenceKind.PAYLOAD_DAMAGED: Words("payloads found damaged", "محتوای آسیب‌دیده"),
    EvidenceKind.HISTORY_SET_ASIDE: Words("histories set aside", "کنار گذاشتن بخش ازدست‌رفته"),
    EvidenceKind.SERVICE_CERTIFICATE: Words("certificates of service issued", "گواهی ابلاغ صادرشده"),
    EvidenceKind.RULES_ACTIVATED: Words("rules of service activated", "قواعد ابلاغ فعال‌شده"),
    EvidenceKind.CALENDAR_ACTIVATED: Words("office calendars activated", "تقویم اداری فعال‌شده"),
    EvidenceKind.DEADLINES_MOVED: Words("reports of moved last days", "گزارش تغییر آخرین روز مهلت‌ها"),
    EvidenceKind.OUTAGE_CERTIFICATE: Words("certificates of outages issued", "گواهی اختلال صادرشده"),
    EvidenceKind.ASSET_LOOKUP: Words("lookups in the asset register", "استعلام از سامانه املاک"),
    EvidenceKind.COURTESY_MESSAGE: Words("courtesy messages", "پیام اطلاع‌رسانی"),
    EvidenceKind.COURTESY_OUTCOME: Words("outcomes of courtesy messages", "نتیجه پیام اطلاع‌رسانی"),
}

_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def write_page(path: Path, report: AuditReport, anchors: list[str], folder: str, at: datetime) -> None:
    """Write the page for its owner alone; ``at`` is the time of the audit. Raises `GatewayError` ``archive.report``."""
    octets = page(report, anchors, folder, at)
    try:
        with new_file(path) as file:
            file.write(octets)
    except OSError as error:
        raise GatewayError("archive.report", where=str(path), detail=str(error.strerror)) from error


def page(report: AuditReport, anchors: list[str], folder: str, at: datetime) -> bytes:
    """Return the page as HTML in UTF-8."""
    verdict, outcome = _outcome(report)
    return render(
        "archive_report.html",
        "fa",
        report=report,
        verdict=verdict,
        outcome=outcome,
        kinds=[
            (KINDS.get(EvidenceKind(kind), Words(kind, kind)), count) for kind, count in sorted(report.kinds.items())
        ],
        times=_times(report),
        anchors=anchors,
        folder=folder,
        at=at,
        version=version(),
        recipe=RECIPE,
        verdicts=VERDICTS,
        not_proven=UNPROVEN,
        not_proven_title=Words("What this does not prove", "آنچه این راستی‌آزمایی ثابت نمی‌کند"),
        number=_number,
        local=_local,
        shown=shown,
        utc=timestamp,
    )


def _outcome(report: AuditReport) -> tuple[Verdict, Words]:
    failed, unclear = (
        sum(found is verdict for found in report.verdicts.values())
        for verdict in (Verdict.FAILED, Verdict.INDETERMINATE)
    )
    if failed:
        fa = f"این بایگانی آن نیست که باید باشد: {_number(failed)} بررسی رد شد."
        return Verdict.FAILED, Words(f"This archive is not what it ought to be: checks that failed: {failed}.", fa)
    if unclear:
        fa = f"هیچ بررسی‌ای رد نشد؛ {_number(unclear)} بررسی قابل احراز نیست."
        return Verdict.INDETERMINATE, Words(f"No check failed; checks that could not be judged: {unclear}.", fa)
    return Verdict.PASSED, Words("Every check passed.", "همه بررسی‌ها تأیید شد.")


def _times(report: AuditReport) -> list[tuple[str, str, datetime]]:
    times = [
        ("نخستین ثبت، به ساعت درگاه", "first recorded, by the gateway's clock", report.first_time),
        ("آخرین ثبت، به ساعت درگاه", "last recorded, by the gateway's clock", report.last_time),
        ("آخرین مهر زمانی، به ساعت مرجع", "last time-stamp, by an authority's clock", report.stamped_at),
    ]
    return [(fa, en, parse_timestamp(time)) for fa, en, time in times if time]


def _local(moment: datetime) -> str:
    """Return date and time in Tehran."""
    return f"{jalali(moment).replace('-', '/')} ساعت {moment.astimezone(TEHRAN):%H:%M:%S}".translate(_DIGITS)


def _number(number: int) -> str:
    return f"{number:,}".replace(",", "٬").translate(_DIGITS)
